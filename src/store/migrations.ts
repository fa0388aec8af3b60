import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../runtime/errors.ts';
import { type Connection, sqlStateOf } from './engine.ts';

export interface Migration {
  /** The file without its ending: `0001_record_of_calls`. They are run in this order. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly checksum: string;
}

/** Any number, the same for everybody: who migrates waits for whoever migrates already. */
const migrationLock = 4_170_629_116;
const undefinedTable = '42P01';
const undefinedSchema = '3F000';

const prelude = `select pg_advisory_xact_lock(${migrationLock});
set local search_path = offhook, extensions, public;
create schema if not exists offhook;
create table if not exists offhook.migrations (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);`;

/** The register is nobody's secret, and its owner alone writes it. */
const postlude = `grant select on offhook.migrations to offhook_gateway;
alter table offhook.migrations enable row level security;
alter table offhook.migrations force row level security;
drop policy if exists owner on offhook.migrations;
drop policy if exists gateway on offhook.migrations;
create policy owner on offhook.migrations to current_user using (true);
comment on table offhook.migrations is 'Which of the files were applied, and their SHA-256.';
create policy gateway on offhook.migrations for select to offhook_gateway using (true);`;

/** The migrations that come with Offhook. */
export function shippedMigrations(): readonly Migration[] {
  const directory = join(import.meta.dirname, 'migrations');
  return readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(directory, file), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name: file.slice(0, -'.sql'.length), sql, checksum };
    });
}

/** What `applyMigrations` does to an empty database, as a script for `psql`. */
export function printMigrations(migrations: readonly Migration[]): string {
  const steps = migrations.map((each) => `-- ${each.name}\n\n${each.sql}\n${register(each)}`);
  return ['begin;', prelude, ...steps, postlude, 'commit;', ''].join('\n\n');
}

/**
 * Applies what is missing, all or nothing, and gives the names. Two that migrate at once wait for
 * each other. Throws `STORE_OUTDATED` when the database has a migration that this version does not
 * know, or one that has been changed since it was applied.
 */
export async function applyMigrations(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await connection.run('begin');
  try {
    await connection.run(prelude);
    const missing = missingOf(await appliedIn(connection), migrations);
    for (const each of missing) await connection.run(`${each.sql}\n${register(each)}`);
    if (missing.length > 0) await connection.run(postlude);
    await connection.run('commit');
    return missing.map(({ name }) => name);
  } catch (error) {
    await connection.run('rollback');
    throw error;
  }
}

/** Throws `STORE_OUTDATED`, with what to do, unless the database has exactly `migrations`. */
export async function checkMigrations(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<void> {
  const missing = missingOf(await appliedOrNone(connection), migrations);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  throw outdated(`the database lacks ${names}: run \`offhook migrate\``);
}

async function appliedOrNone(connection: Connection): Promise<Applied> {
  try {
    return await appliedIn(connection);
  } catch (error) {
    const state = sqlStateOf(error);
    if (state !== undefinedTable && state !== undefinedSchema) throw error;
    return new Map();
  }
}

/** Checksums by name. */
type Applied = ReadonlyMap<string, string>;

async function appliedIn(connection: Connection): Promise<Applied> {
  const { rows } = await connection.run('select name, checksum from offhook.migrations', []);
  return new Map(rows.map(({ name, checksum }) => [String(name), String(checksum)]));
}

function missingOf(applied: Applied, migrations: readonly Migration[]): readonly Migration[] {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    const expected = known.get(name);
    if (expected === undefined) {
      throw outdated(`the database has migration ${name}, which this version does not know`);
    }
    if (expected !== checksum) {
      throw outdated(`migration ${name} is not the one that was applied to the database`);
    }
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

function register({ name, checksum }: Migration): string {
  return `insert into offhook.migrations (name, checksum) values ('${name}', '${checksum}');`;
}

function outdated(message: string): GatewayError {
  return new GatewayError('STORE_OUTDATED', message);
}
