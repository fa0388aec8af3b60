/**
 * From the start of the process until it serves: from `dist/` and from the source of a clone. Node
 * keeps what it compiled in the first start for the others, which are judged.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/runtime/clock.ts';
import { type BenchOptions, percentile, Report, Times } from './bench.ts';
import { startGateway } from './gateway.process.ts';

const starts = 7;
const root = join(import.meta.dirname, '..');
/** Nobody listens there, and without calls nobody asks. */
const modelUrl = 'ws://127.0.0.1:9/v1/realtime';

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('start');
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'));
  try {
    const built = layOut(join(folder, 'built'), ['prompts', 'personas']);
    build(join(built, 'dist'));
    const clone = layOut(join(folder, 'clone'), ['prompts', 'personas', 'src']);
    const times = await Times.begin(report, systemClock());
    const fromDist = await startsOf(built);
    const fromSource = await startsOf(clone);
    report.inform('ready from dist, the very first', fromDist.firstMs, 'ms');
    report.inform('ready from source, the very first', fromSource.firstMs, 'ms');
    await times.judge([
      { name: 'ready from dist, median', value: fromDist.medianMs, unit: 'ms', most: 500 },
      { name: 'ready from source, median', value: fromSource.medianMs, unit: 'ms', most: 1200 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return report.finish(options);
}

/** A package of its own, so that the launcher finds what it shall find; the repository stays. */
function layOut(folder: string, linked: readonly string[]): string {
  for (const name of ['bin', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of [...linked, 'node_modules']) symlinkSync(join(root, name), join(folder, name));
  return folder;
}

function build(dist: string): void {
  const script = join(root, 'scripts', 'build.ts');
  const built = spawnSync(process.execPath, [script, '--to', dist], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
}

/** The first start, which finds nothing kept and the disk cold, and the median of those after. */
async function startsOf(folder: string): Promise<{ firstMs: number; medianMs: number }> {
  const found: number[] = [];
  const cacheFolder = join(folder, 'cache');
  const launcher = join(folder, 'bin', 'offhook.js');
  for (let start = 0; start <= starts; start += 1) {
    const settings = { modelUrl, format: 'slin', wire: 'auto', launcher, cacheFolder } as const;
    const gateway = await startGateway(settings);
    found.push(gateway.readyMs);
    await gateway.end();
  }
  const [firstMs = 0, ...later] = found;
  return { firstMs, medianMs: percentile(later, 50) };
}
