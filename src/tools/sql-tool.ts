import { CompiledQuery } from 'kysely';
import type { SqlToolSettings } from '../config/call-tools-schema.ts';
import type { Frozen } from '../config/schema.ts';
import { readingFor, type Transactions } from './data-query.ts';
import { argumentsOf, type DeclaredArguments } from './declared-arguments.ts';
import type { Tool } from './tool.ts';
import { outputBytesMax } from './tool-output.ts';

/** The runner's limit comes after the database's, which says more. */
const graceMs = 500;
/** What is beside the rows in the output. */
const bytesBeside = 100;

/** A tool that runs one SELECT of the operator's, read-only, with bound parameters. */
export function sqlTool(
  name: string,
  settings: Frozen<SqlToolSettings>,
  database: Transactions,
): Tool<DeclaredArguments> {
  const { description, parameters, timeout_ms, min_trust, rows_max } = settings;
  const { text, names } = bound(settings.statement);
  return {
    name,
    description,
    input: argumentsOf(parameters),
    timeoutMs: timeout_ms + graceMs,
    repeatable: true,
    minTrust: min_trust,
    isSensitive: true,
    async run(given, context) {
      const values = names.map((each) => given[each] ?? null);
      // One more than the model gets, to know whether there are more.
      const query = `select * from (${text}\n) as asked limit ${rows_max + 1}`;
      const found = await database.transaction(
        async (rows) => await rows.executeQuery(CompiledQuery.raw(query, values)),
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

/** `:name` becomes `$1`, `$2` …; `::type`, quoted text and names stay as they are. */
function bound(statement: string): { readonly text: string; readonly names: readonly string[] } {
  const names: string[] = [];
  const token = /'(?:[^']|'')*'|"[^"]*"|::|:([A-Za-z_]\w*)/g;
  const text = statement.replaceAll(token, (whole, name: string | undefined) => {
    if (name === undefined) return whole;
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text, names };
}
