import type { Database } from './store.ts';

/** Every organisation: for work that is done for each of them in a transaction of its own. */
export function organisationIds(database: Database): Promise<readonly string[]> {
  return database.transaction(async (rows) => {
    const { sql } = await import('kysely');
    await sql`select set_config('offhook.lists_organisations', 'yes', true)`.execute(rows);
    const found = await rows.selectFrom('organisations').select('id').orderBy('id').execute();
    return found.map(({ id }) => id);
  });
}
