import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, ordinaryUser, untilAnswering } from './real-postgres.ts';

/** pgbouncer in transaction mode, in front of a server of ours. */
export interface RealPooler {
  url(login: string, database: string): string;
  /** As a new version of it would be rolled out: whoever was connected is thrown out. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Connections to the server for each login and database: few, so that they are shared. */
export const poolSize = 2;

/** Debian's, where it is installed. */
export function poolerProgram(): string | null {
  return ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(existsSync) ?? null;
}

/** `logins` may come in without a password, each in the place of itself. */
export async function startPooler(
  program: string,
  serverUrl: string,
  logins: readonly string[],
): Promise<RealPooler> {
  const home = mkdtempSync(join(tmpdir(), 'offhook-pooler-'));
  const identity = ordinaryUser();
  const { hostname, port: serverPort } = new URL(serverUrl);
  const port = await freePort();
  const settings = [
    '[databases]',
    `* = host=${hostname} port=${serverPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    `unix_socket_dir = ${home}`,
    'auth_type = trust',
    `auth_file = ${join(home, 'logins')}`,
    'pool_mode = transaction',
    `default_pool_size = ${poolSize}`,
  ];
  writeFileSync(join(home, 'settings.ini'), `${settings.join('\n')}\n`);
  writeFileSync(join(home, 'logins'), logins.map((each) => `"${each}" ""\n`).join(''));
  if (identity.uid !== undefined) chownSync(home, identity.uid, identity.gid);
  const url = (login: string, database: string): string =>
    `postgres://${login}@127.0.0.1:${port}/${database}`;
  const start = async (): Promise<ChildProcess> => {
    const arguments_ = [join(home, 'settings.ini')];
    const started = spawn(program, arguments_, { ...identity, cwd: home, stdio: 'ignore' });
    await untilAnswering(url('postgres', 'postgres'));
    return started;
  };
  const end = async (): Promise<void> => {
    const exited = once(pooler, 'exit');
    pooler.kill('SIGTERM');
    await exited;
  };
  let pooler = await start();
  return {
    url,
    async restart() {
      await end();
      pooler = await start();
    },
    async stop() {
      await end();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
