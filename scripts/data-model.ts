/** `docs/DATA_MODEL.md`: what the migrations make, as an embedded database tells it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/runtime/clock.ts';
import type { Connection } from '../src/store/engine.ts';
import { shippedMigrations } from '../src/store/migrations.ts';
import { openPglite } from '../src/store/pglite-engine.ts';

const head = `<!-- Generated from src/store/migrations by \`npm run docs\`: do not edit. -->

# Data model

Everything is in the schema \`offhook\` of one Postgres (15 or later), Supabase or the embedded
database. \`offhook migrate\` makes it, \`offhook migrate --print\` prints the SQL instead.

The gateway works as the role \`offhook_gateway\`, which owns nothing. Every table is under forced
row-level security: a transaction sees the rows of the organisation in its setting
\`offhook.organisation_id\`; on Supabase a member (role \`authenticated\`) reads the rows of the
organisation in the \`app_metadata\` of their token, \`anon\` sees nothing, \`service_role\` sees
everything.
`;

const tablesQuery = `
  select c.oid::int as oid, relname as name, obj_description(c.oid) as comment
  from pg_class c join pg_namespace n on n.oid = relnamespace
  where nspname = 'offhook' and relkind = 'r' order by relname`;

const columnsQuery = `
  select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
    attgenerated <> '' as generated, pg_get_expr(adbin, adrelid) as initial
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = $1::int and attnum > 0 and not attisdropped order by attnum`;

/** NOT NULL, a constraint with a name since Postgres 18, stands with the columns. */
const constraintsQuery = `
  select pg_get_constraintdef(oid) as text from pg_constraint
  where conrelid = $1::int and contype <> 'n' order by contype <> 'p', contype, conname`;

const indexesQuery = `
  select pg_get_indexdef(indexrelid) as text from pg_index
  where indrelid = $1::int and not indisunique order by text`;

const policiesQuery = `
  select polname as name, polcmd as command, pg_get_expr(polqual, polrelid) as condition
  from pg_policy where polrelid = $1::int order by polname`;

export async function renderDataModel(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-docs-'));
  const migrations = shippedMigrations();
  const engine = await openPglite({ directory, migrations, clock: systemClock() });
  try {
    const connection = await engine.acquire();
    const { rows: tables } = await connection.run(tablesQuery, []);
    const sections: string[] = [];
    for (const table of tables) sections.push(await section(connection, table));
    connection.release();
    return [head, ...sections].join('\n');
  } finally {
    await engine.close();
    rmSync(directory, { recursive: true });
  }
}

type Row = Readonly<Record<string, unknown>>;

async function section(connection: Connection, { oid, name, comment }: Row): Promise<string> {
  const about = async (query: string): Promise<readonly Row[]> => {
    const { rows } = await connection.run(query, [oid]);
    return rows;
  };
  const columns = await about(columnsQuery);
  const rest = [
    ...(await about(constraintsQuery)).map(({ text }) => `\`${text}\``),
    ...(await about(indexesQuery)).map(({ text }) => `index \`${shortIndex(String(text))}\``),
    ...(await about(policiesQuery)).map(
      ({ name, condition }) => `policy \`${name}\`: \`${oneLine(String(condition))}\``,
    ),
  ];
  return [
    `## ${name}`,
    '',
    ...(comment === null ? [] : [`${comment}`, '']),
    '| Column | Type | Default |',
    '| --- | --- | --- |',
    ...columns.map(columnRow),
    '',
    ...rest.map((line) => `- ${line}`),
    '',
  ].join('\n');
}

function columnRow({ name, type, required, generated, initial }: Row): string {
  const value = initial === null ? '' : `\`${oneLine(String(initial))}\``;
  const origin = generated === true ? `always ${value}` : value;
  return `| \`${name}\` | ${type}${required === true ? '' : ', may be null'} | ${origin} |`;
}

/** Without its name and its table, which the heading says. */
function shortIndex(definition: string): string {
  return definition.replace(/^CREATE INDEX \S+ ON \S+ USING /, '');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
