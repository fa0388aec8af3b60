/**
 * What a stranger pays before the first word: a fresh clone of what is committed here, `npm ci`,
 * and the demo, with the sizes of what was installed and the memory of all its processes. Needs git
 * and the registry of npm, or its cache.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type BenchOptions, Report } from './bench.ts';

const root = join(import.meta.dirname, '..');
const sampleEveryMs = 250;
const installedMbMost = 650;
const runTimeMbMost = 230;
const demoMbMost = 1_200;

/** A package that is only for development has one of these flags. */
const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean().optional(), devOptional: z.boolean().optional() }),
  ),
});

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('install');
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'));
  const startedMs = performance.now();
  const passedSeconds = () => (performance.now() - startedMs) / 1_000;
  try {
    command('git', ['clone', '--quiet', `file://${root}`, folder], root);
    const clonedSeconds = passedSeconds();
    command('npm', ['ci'], folder);
    const installedSeconds = passedSeconds();
    const demo = await runDemo(folder, passedSeconds);
    report.atMost('npm ci', installedSeconds - clonedSeconds, 's', 60);
    report.atMost(
      'installed',
      await megabytesIn(join(folder, 'node_modules')),
      'MB',
      installedMbMost,
    );
    report.atMost('of that at run time', await runTimeMegabytes(folder), 'MB', runTimeMbMost);
    report.atMost("clone to the agent's first words", demo.firstWordsSeconds, 's', 90);
    if (demo.peakMb === null) {
      report.notJudged('memory of the demo', 'MB', `<= ${demoMbMost}`, 'there is no /proc here');
    } else report.atMost('memory of the demo, all processes', demo.peakMb, 'MB', demoMbMost);
    report.figure('exit code of the demo', demo.exitCode, '', '0', demo.exitCode === 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return report.finish(options);
}

function command(program: string, given: readonly string[], folder: string): void {
  const ran = spawnSync(program, given, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (ran.status !== 0) throw new Error(`${program} ${given.join(' ')} ended with ${ran.status}`);
}

interface DemoRun {
  /** When what the agent said first was printed, which is after it was said. */
  readonly firstWordsSeconds: number;
  /** Of npm, the gateway and its database together; `null` where it cannot be seen. */
  readonly peakMb: number | null;
  readonly exitCode: number;
}

async function runDemo(folder: string, passedSeconds: () => number): Promise<DemoRun> {
  const given = ['run', '--silent', 'demo', '--', '--once', '--quiet'];
  const demo = spawn('npm', given, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let firstWordsSeconds = Number.POSITIVE_INFINITY;
  createInterface({ input: demo.stdout }).on('line', (line) => {
    if (/^ +\d+:\S+ +agent /.test(line)) {
      firstWordsSeconds = Math.min(firstWordsSeconds, passedSeconds());
    }
  });
  let peakMb: number | null = null;
  const sampling = setInterval(() => {
    const nowMb = treeMegabytes(demo.pid);
    if (nowMb !== null) peakMb = Math.max(peakMb ?? 0, nowMb);
  }, sampleEveryMs);
  const exitCode = await new Promise<number>((resolve) => {
    demo.once('close', (code) => resolve(code ?? 1));
  });
  clearInterval(sampling);
  return { firstWordsSeconds, peakMb, exitCode };
}

/** Resident memory of a process and all below it; pages that they share count in each. */
function treeMegabytes(pid: number | undefined): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  const seen = new Map<number, { parent: number; kb: number }>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const status = statusOf(name);
    const [, parent] = /^PPid:\s+(\d+)/m.exec(status) ?? [];
    const [, kb = 0] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
    seen.set(Number(name), { parent: Number(parent), kb: Number(kb) });
  }
  const isBelow = (each: number): boolean => {
    const parent = seen.get(each)?.parent;
    return each === pid || (parent !== undefined && parent !== each && isBelow(parent));
  };
  const own = [...seen].filter(([each]) => isBelow(each));
  return own.reduce((sum, [, { kb }]) => sum + kb / 1_024, 0);
}

/** Empty for a process that has ended in between. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

/** What `npm ci --omit=dev` would leave of it. */
async function runTimeMegabytes(folder: string): Promise<number> {
  const { packages } = lockFile.parse(
    JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')),
  );
  const isNested = (path: string) => path.lastIndexOf('node_modules/') > 0;
  const paths = Object.entries(packages).flatMap(([path, { dev, devOptional }]) =>
    path === '' || isNested(path) || dev || devOptional ? [] : [path],
  );
  const sizes = await Promise.all(paths.map((path) => megabytesIn(join(folder, path))));
  return sizes.reduce((sum, each) => sum + each, 0);
}

/** 0 for a folder that there is not: a package for other machines. */
async function megabytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile());
  let bytes = 0;
  for (const { parentPath, name } of files) bytes += (await lstat(join(parentPath, name))).size;
  return bytes / 1e6;
}
