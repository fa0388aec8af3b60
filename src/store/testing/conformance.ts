import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import type { Connection, Engine } from '../engine.ts';
import { applyMigrations, shippedMigrations } from '../migrations.ts';
import { type Database, defaultOrganisationId } from '../store.ts';
import type { Tables } from '../tables.ts';

/** An engine under test, migrated after Supabase's roles were made. */
export interface Subject {
  readonly database: Database;
  /** Does something as the owner of the schema, outside any transaction. */
  asOwner<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
}

/** Supabase's roles, where they are missing. What only a superuser may, others go without. */
export const supabaseRoles = `do $$
begin
  if not exists (select from pg_roles where rolname = 'anon') then
    create role anon nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then
    create role authenticated nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'service_role') then
    create role service_role nologin bypassrls;
  end if;
end
$$`;

/** Makes Supabase's roles, and then everything that Offhook makes. */
export async function prepare(owner: Connection): Promise<void> {
  await owner.run(supabaseRoles);
  await applyMigrations(owner, shippedMigrations());
}

/** Does something on a connection of `engine`. */
export async function onConnection<Result>(
  engine: Engine,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await engine.acquire();
  try {
    return await work(connection);
  } finally {
    connection.release();
  }
}

const otherOrganisationId = '00000000-0000-4000-8000-00000000000a';
const permissionDenied = '42501';

const dish = { venue: 'Kigali', name: 'Tilapia', description: 'grilled', currency: 'RWF' };

/** What every engine promises, whatever is behind it. */
export function conformance(name: string, subject: () => Subject): void {
  const promise = (claim: string, prove: (subject: Subject) => Promise<void>): void => {
    test(`${claim} (${name})`, () => prove(subject()));
  };
  promise('[A6] migrations that were applied are not applied again', async ({ asOwner }) => {
    assert.deepEqual(await asOwner((owner) => applyMigrations(owner, shippedMigrations())), []);
  });
  promise('a migration that was changed afterwards is refused', async ({ asOwner }) => {
    const [first, ...others] = shippedMigrations();
    const changed = [{ ...first!, checksum: 'other' }, ...others];
    await assert.rejects(
      asOwner((owner) => applyMigrations(owner, changed)),
      { code: 'STORE_OUTDATED' },
    );
    await assert.rejects(
      asOwner((owner) => applyMigrations(owner, others)),
      { code: 'STORE_OUTDATED' },
    );
  });
  promise('[A6] every table is under row-level security, for its owner too', everyTableIsForced);
  promise('[A6] the gateway owns nothing', ownsNothing);
  promise('values come back as they were written', valuesComeBack);
  promise('a transaction that fails leaves nothing', rollsBack);
  promise('transactions at once do not see each other', runsBesideOthers);
  promise('an error of SQL bears its code and its constraint', async ({ database }) => {
    const negative = { ...dish, price_minor: -1 };
    await assert.rejects(
      database.transaction((rows) => rows.insertInto('menu_items').values(negative).execute()),
      { code: '23514', constraint: 'menu_items_price_minor_check' },
    );
  });
  promise('what is only read is not written', async ({ database }) => {
    const insert = database.transaction(
      (rows) =>
        rows
          .insertInto('menu_items')
          .values({ ...dish, price_minor: 1 })
          .execute(),
      { isReadOnly: true },
    );
    await assert.rejects(insert, { code: '25006' });
  });
  promise('[A6] an organisation sees and writes its own rows alone', isolates);
  promise('[A6] the roles of Supabase see what they may', rolesSeeWhatTheyMay);
  promise('a query that takes too long is given up, and the next one answers', async (given) => {
    const { database } = given;
    const slow = sql`select count(*) from generate_series(1, 2000000000)`;
    await assert.rejects(
      database.transaction((rows) => slow.execute(rows), { limitMs: 100 }),
      { code: 'STORE_TIMEOUT' },
    );
    assert.equal((await organisationsOf(database)).length, 1);
  });
}

function organisationsOf(database: Database) {
  return database.transaction((rows) => rows.selectFrom('organisations').selectAll().execute());
}

async function everyTableIsForced({ asOwner }: Subject): Promise<void> {
  const { rows } = await asOwner((owner) =>
    owner.run(
      `select relname from pg_class join pg_namespace n on n.oid = relnamespace
       where nspname = 'offhook' and relkind in ('r', 'p')
         and not (relrowsecurity and relforcerowsecurity)`,
      [],
    ),
  );
  assert.deepEqual(rows, []);
}

async function ownsNothing({ database }: Subject): Promise<void> {
  const owned = await database.transaction((rows) =>
    sql<{ relname: string }>`select relname from pg_class where relowner = current_user::regrole`
      .execute(rows)
      .then((result) => result.rows),
  );
  assert.deepEqual(owned, []);
  await assert.rejects(
    database.transaction((rows) =>
      sql`alter table menu_items disable row level security`.execute(rows),
    ),
    { code: permissionDenied },
  );
}

async function valuesComeBack({ database }: Subject): Promise<void> {
  const written = await database.transaction(async (rows) => {
    const item = await rows
      .insertInto('menu_items')
      .values({ ...dish, price_minor: 4_500_000_000 })
      .returning(['id', 'price_minor', 'is_demo', 'created_at'])
      .executeTakeFirstOrThrow();
    const account = await rows
      .insertInto('gl_accounts')
      .values({ code: '4000', name: 'Sales', category: 'revenue' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const entry = await rows
      .insertInto('gl_entries')
      .values({
        account_id: account.id,
        posted_on: '2026-02-28',
        amount_minor: -12_345,
        currency: 'EUR',
      })
      .returning(['posted_on', 'amount_minor', 'memo'])
      .executeTakeFirstOrThrow();
    const event = await rows
      .insertInto('openai_debug_events')
      .values({ endpoint: 'x', outcome: 'failed', tags: ['b', 'a'], metadata: '{"usage":{"n":1}}' })
      .returning(['tags', 'metadata', 'org_id'])
      .executeTakeFirstOrThrow();
    const counts = await rows
      .selectFrom('gl_entries')
      .select((each) => each.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const deleted = await rows.deleteFrom('gl_entries').executeTakeFirst();
    await rows.deleteFrom('gl_accounts').execute();
    await rows.deleteFrom('menu_items').execute();
    return { item, entry, event, counts, deletedCount: deleted.numDeletedRows };
  });
  assert.equal(written.item.price_minor, 4_500_000_000);
  assert.equal(written.item.is_demo, false);
  assert.ok(written.item.created_at instanceof Date);
  assert.deepEqual(written.entry, { posted_on: '2026-02-28', amount_minor: -12_345, memo: null });
  assert.deepEqual(written.event, {
    tags: ['b', 'a'],
    metadata: { usage: { n: 1 } },
    org_id: defaultOrganisationId,
  });
  assert.deepEqual(written.counts, { count: 1 });
  assert.equal(written.deletedCount, 1n);
}

async function rollsBack({ database }: Subject): Promise<void> {
  const failing = database.transaction(async (rows) => {
    await rows
      .insertInto('menu_items')
      .values({ ...dish, price_minor: 1 })
      .execute();
    throw new RangeError('no');
  });
  await assert.rejects(failing, RangeError);
  const left = await database.transaction((rows) =>
    rows.selectFrom('menu_items').selectAll().execute(),
  );
  assert.deepEqual(left, []);
}

async function runsBesideOthers({ database }: Subject): Promise<void> {
  const names = Array.from({ length: 20 }, (_, at) => `dish ${at}`);
  const counts = await Promise.all(
    names.map((each) =>
      database.transaction(async (rows) => {
        await rows
          .insertInto('menu_items')
          .values({ ...dish, name: each, price_minor: 1 })
          .execute();
        const own = await rows.selectFrom('menu_items').where('name', '=', each).execute();
        await rows.deleteFrom('menu_items').where('name', '=', each).execute();
        return own.length;
      }),
    ),
  );
  assert.deepEqual(
    counts,
    names.map(() => 1),
  );
}

async function isolates(subject: Subject): Promise<void> {
  const { database } = subject;
  const other = { organisationId: otherOrganisationId };
  await database.transaction(
    (rows) =>
      rows
        .insertInto('organisations')
        .values({ id: otherOrganisationId, slug: 'other', name: 'Other' })
        .execute(),
    other,
  );
  const insert = (price_minor: number) => (rows: Kysely<Tables>) =>
    rows
      .insertInto('menu_items')
      .values({ ...dish, price_minor })
      .execute();
  await database.transaction(insert(1));
  await database.transaction(insert(2), other);
  const prices = (options = {}) =>
    database.transaction(
      (rows) => rows.selectFrom('menu_items').select('price_minor').execute(),
      options,
    );
  assert.deepEqual(await prices(), [{ price_minor: 1 }]);
  assert.deepEqual(await prices(other), [{ price_minor: 2 }]);
  const foreign = database.transaction((rows) =>
    rows
      .insertInto('menu_items')
      .values({ ...dish, price_minor: 3, organisation_id: otherOrganisationId })
      .execute(),
  );
  await assert.rejects(foreign, { code: permissionDenied });
  assert.equal(await countAs(subject, 'offhook_gateway', {}), 0);
}

/** Row counts of `menu_items` as a role sees them, with the claims of a token. */
async function countAs(subject: Subject, role: string, claims: unknown): Promise<unknown> {
  return subject.asOwner(async (owner) => {
    await owner.run(
      `begin; select set_config('role', '${role}', true),
       set_config('request.jwt.claims', '${JSON.stringify(claims)}', true)`,
    );
    try {
      const { rows } = await owner.run('select count(*)::int as count from offhook.menu_items', []);
      return rows.map(({ count }) => count)[0];
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    } finally {
      await owner.run('rollback');
    }
  });
}

/** After `isolates`: one row of each of two organisations. */
async function rolesSeeWhatTheyMay(subject: Subject): Promise<void> {
  const member = { app_metadata: { organisation_id: otherOrganisationId } };
  const pretender = { user_metadata: { organisation_id: otherOrganisationId } };
  assert.equal(await countAs(subject, 'anon', member), permissionDenied);
  assert.equal(await countAs(subject, 'authenticated', member), 1);
  assert.equal(await countAs(subject, 'authenticated', pretender), 0);
  assert.equal(await countAs(subject, 'authenticated', {}), 0);
  assert.equal(await countAs(subject, 'service_role', {}), 2);
  const write = subject.asOwner(async (owner) => {
    await owner.run('begin; set local role authenticated');
    try {
      await owner.run('delete from offhook.menu_items', []);
    } finally {
      await owner.run('rollback');
    }
  });
  await assert.rejects(write, { code: permissionDenied });
}
