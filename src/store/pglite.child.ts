import { existsSync, fsyncSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { assert } from '../runtime/assert.ts';
import { type ErrorCode, GatewayError, messageOf } from '../runtime/errors.ts';
import { clusterMajor, unpackCluster } from './cluster-archive.ts';
import { lockDirectory } from './directory-lock.ts';
import type { SqlResult } from './engine.ts';
import { makeDirectory } from './make-directory.ts';

/** The parent asks one thing after the other; answers come in the same order. */
export type PgliteRequest =
  | { readonly type: 'run'; readonly sql: string; readonly parameters: readonly unknown[] | null }
  /** The database is closed, the lock given up, the process ends. */
  | { readonly type: 'close' };

export type PgliteReply =
  /** The first answer, or the second. */
  | { readonly type: 'opened' }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'result'; readonly result: SqlResult }
  | { readonly type: 'error'; readonly error: PgliteError };

/** An error of the database as it goes between processes. */
export interface PgliteError {
  readonly message: string;
  /** SQLSTATE, detail, constraint and the like. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What node-postgres gives by these names too. */
const errorFields = [
  'code',
  'severity',
  'detail',
  'hint',
  'schema',
  'table',
  'column',
  'constraint',
];
/** OIDs whose values come as node-postgres is told to give them. */
const int8 = 20;
const text = 25;
const date = 1082;

/** PGlite's own file system says that everything is safe and syncs nothing. */
class SyncedFiles extends NodeFS {
  override async init(...given: Parameters<NodeFS['init']>) {
    const { emscriptenOpts } = await super.init(...given);
    const preRun = [emscriptenOpts.preRun ?? []].flat();
    preRun.push((module) => {
      const { NODEFS } = module as unknown as EmscriptenFileSystems;
      NODEFS.stream_ops.fsync = ({ nfd }) => {
        fsyncSync(nfd);
        return 0;
      };
    });
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

/** The part of Emscripten's file systems that is ours to mend; `nfd` is Node's descriptor. */
interface EmscriptenFileSystems {
  readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { nfd: number }) => number } };
}

const options: PGliteOptions = {
  startParams: [
    // -F: no fsync. The default method of syncing the log reaches no fsync either.
    ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
    ...['-c', 'wal_sync_method=fsync'],
    // The default of 128 MB is most of what the process would need.
    ...['-c', 'shared_buffers=16MB'],
  ],
  extensions: { pg_trgm },
  parsers: { [int8]: Number, [date]: String },
  serializers: { [text]: asText },
};

/** Bytes are UTF-8, as node-postgres has it; what else is given for a text, PGlite refuses too. */
function asText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TypeError(`a ${typeof value} is given for a text`);
}

function send(reply: PgliteReply): void {
  // The parent may have gone: `disconnect` ends us.
  if (process.connected) process.send?.(reply);
}

async function open(directory: string) {
  makeDirectory(directory);
  const lock = lockDirectory(directory, 'the embedded database');
  const cluster = join(directory, 'cluster');
  if (!existsSync(cluster)) unpackCluster(cluster);
  const major = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (major !== clusterMajor) {
    const message = `${cluster} was made by Postgres ${major}, not ${clusterMajor}`;
    throw new GatewayError('STORE_OUTDATED', message);
  }
  const database = await PGlite.create({ ...options, fs: new SyncedFiles(cluster) });
  return { database, lock };
}

async function run(database: PGlite, request: PgliteRequest & { type: 'run' }): Promise<void> {
  const { sql, parameters } = request;
  try {
    if (parameters === null) {
      await database.exec(sql);
      send({ type: 'result', result: { rows: [], affectedCount: 0 } });
      return;
    }
    const { rows, affectedRows } = await database.query<Record<string, unknown>>(sql, [
      ...parameters,
    ]);
    send({ type: 'result', result: { rows, affectedCount: affectedRows ?? 0 } });
  } catch (error) {
    send({ type: 'error', error: errorOf(error) });
  }
}

function errorOf(thrown: unknown): PgliteError {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(thrown instanceof Error ? thrown : {})) {
    if (errorFields.includes(name) && typeof value === 'string') fields[name] = value;
  }
  return { message: messageOf(thrown), fields };
}

function refuse(thrown: unknown): void {
  const code = thrown instanceof GatewayError ? thrown.code : 'STORE_UNAVAILABLE';
  send({ type: 'refused', code, message: messageOf(thrown) });
  process.disconnect();
}

async function main(): Promise<void> {
  const directory = process.argv[2];
  assert(directory !== undefined, 'the parent names the directory');
  // Ctrl-C reaches the whole group: the parent says when it has no more use for us.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  const { database, lock } = await open(directory);
  let last: Promise<void> = Promise.resolve();
  const close = async (): Promise<void> => {
    await last;
    await database.close();
    lock.release();
    process.exit();
  };
  process.on('message', (request: PgliteRequest) => {
    if (request.type === 'close') void close();
    else last = last.then(() => run(database, request));
  });
  process.on('disconnect', () => void close());
  // A parent that went while we opened has said so already, to nobody.
  if (process.connected) send({ type: 'opened' });
  else await close();
}

main().catch(refuse);
