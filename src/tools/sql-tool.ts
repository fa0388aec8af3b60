import type { SqlToolSettings } from '../config/call-tools-schema.ts';
import { boundStatement, type DeclaredArguments } from '../config/declared-arguments.ts';
import type { Frozen } from '../config/schema.ts';
import { readingFor, type Transactions } from './data-query.ts';
import { declaredTool } from './declared-tool.ts';
import type { Tool } from './tool.ts';
import { outputBytesMax } from './tool-output.ts';

/** What is beside the rows in the output. */
const bytesBeside = 100;

/** A tool that runs one SELECT of the operator's, read-only, with bound parameters. */
export function sqlTool(
  name: string,
  settings: Frozen<SqlToolSettings>,
  database: Transactions,
): Tool<DeclaredArguments> {
  const { timeout_ms, rows_max } = settings;
  const { text, names } = boundStatement(settings.statement);
  return {
    ...declaredTool(name, settings),
    repeatable: true,
    async run(given, context) {
      const values = names.map((each) => given[each] ?? null);
      // One more than the model gets, to know whether there are more.
      const query = `select * from (${text}\n) as asked limit ${rows_max + 1}`;
      const found = await database.transaction(
        async (rows) => {
          const { CompiledQuery } = await import('kysely');
          return await rows.executeQuery(CompiledQuery.raw(query, values));
        },
        { ...readingFor(context), limitMs: timeout_ms },
      );
      const rows = fitting(found.rows.slice(0, rows_max));
      return { rows, more_rows_left_out: found.rows.length > rows.length };
    },
  };
}

/** The first rows, whole, as many as a model is given; one at least, however long it is. */
function fitting(rows: readonly unknown[]): readonly unknown[] {
  let bytes = bytesBeside;
  const end = rows.findIndex((row) => {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    return bytes > outputBytesMax;
  });
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}
