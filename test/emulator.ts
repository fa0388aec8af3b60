import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, emulate } from '../src/cli/emulate.ts';
import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { seededRandom } from '../src/runtime/random.ts';

export interface StartedEmulator extends Emulator {
  /** What a client trusts to speak wss with it, in PEM; empty without TLS. */
  readonly ca: string;
  /** What it has printed: a line for each connection that came, went or was refused. */
  readonly printed: readonly string[];
}

/** `offhook emulate` with `script` on a free port of loopback. */
export async function startEmulator(
  script: EmulatorScriptSource,
  { isTls } = { isTls: false },
): Promise<StartedEmulator> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-witness-'));
  const [path, tlsCert, tlsKey] = ['script.json', 'cert.pem', 'key.pem'].map((name) => {
    return join(folder, name);
  }) as [string, string, string];
  try {
    await writeFile(path, JSON.stringify(script));
    if (isTls) signItself(tlsCert, tlsKey);
    const printed: string[] = [];
    const print = (line: string): void => {
      printed.push(line);
    };
    const emulator = await emulate(
      { port: 0, script: path, ...(isTls ? { tlsCert, tlsKey } : {}) },
      { clock: systemClock(), random: seededRandom(1), print },
    );
    return { ...emulator, printed, ca: isTls ? await readFile(tlsCert, 'utf8') : '' };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Makes a certificate for this machine. */
function signItself(tlsCert: string, tlsKey: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', tlsKey, '-out', tlsCert, '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...key, ...files, ...names], { stdio: 'ignore' });
}
