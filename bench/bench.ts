/**
 * What all benches share: figures with a target, fair comparison of variants, and an output that a
 * person reads or a script does.
 *
 * Exit codes: 0 every figure holds, 1 one does not, 3 one could not be judged (it says why).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { Clock } from '../src/runtime/clock.ts';

export interface BenchOptions {
  readonly json: boolean;
}

/** `null`: there is nothing to hold, the figure is for information. */
export type Verdict = boolean | `not judged: ${string}` | null;

export interface Figure {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly target: string;
  readonly holds: Verdict;
}

/** The figures of one bench, in the order they were found. */
export class Report {
  readonly name: string;
  readonly #figures: Figure[] = [];
  readonly #notes: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** `target` as a person writes it, such as `>= 80`; `holds` is whether `value` meets it. */
  figure(name: string, value: number, unit: string, target: string, holds: boolean): void {
    this.#figures.push({ name, value, unit, target, holds });
  }

  atLeast(name: string, value: number, unit: string, least: number): void {
    this.figure(name, value, unit, `>= ${least}`, value >= least);
  }

  atMost(name: string, value: number, unit: string, most: number): void {
    this.figure(name, value, unit, `<= ${most}`, value <= most);
  }

  /** A figure without a target. */
  inform(name: string, value: number, unit: string): void {
    this.#figures.push({ name, value, unit, target: '', holds: null });
  }

  /** A figure that has a target and cannot be judged in this run. */
  notJudged(name: string, unit: string, target: string, reason: string): void {
    this.#figures.push({ name, value: null, unit, target, holds: `not judged: ${reason}` });
  }

  /** A line for people: what was skipped and why, what was observed beside the figures. */
  note(text: string): void {
    this.#notes.push(text);
  }

  /** Prints everything and returns the exit code. */
  finish({ json }: BenchOptions): number {
    const machine = machineLine();
    if (json) {
      for (const note of this.#notes) console.log(note);
      console.log(JSON.stringify({ bench: this.name, machine, figures: this.#figures }));
    } else {
      console.log(this.#table(machine));
    }
    if (this.#figures.some(({ holds }) => holds === false)) return 1;
    return this.#figures.some(({ holds }) => typeof holds === 'string') ? 3 : 0;
  }

  #table(machine: string): string {
    const rows = this.#figures.map(({ name, value, unit, target, holds }) => [
      typeof holds === 'boolean' ? (holds ? '✔' : '✖') : holds === null ? ' ' : '?',
      name,
      value === null ? '-' : readable(value),
      unit,
      target,
      typeof holds === 'string' ? holds : '',
    ]);
    const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...rows.map((row) => row[at]!.length)));
    const lines = rows.map((row) =>
      row
        .map((cell, at) => (at === 2 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    );
    return ['', `${this.name} · ${machine}`, '', ...lines, '', ...this.#notes].join('\n');
  }
}

/** Four significant digits, and no fewer than the whole number has. */
function readable(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : String(value);
  const decimals = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.min(4, decimals));
}

function machineLine(): string {
  const [first] = cpus();
  const load = loadavg()[0]!.toFixed(2);
  const machine = `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}`;
  return `${machine}, ${process.platform} ${process.arch}, Node ${process.version}, load ${load}`;
}

/** A way to do one piece of work, to be compared with others that do the same. */
export interface Variant {
  readonly name: string;
  /** Microseconds of CPU per piece of work, measured over at least `forMs` of CPU. */
  microseconds(forMs: number): number;
}

/** A variant that runs in this process; `work` does the piece of work `times` times. */
export function inProcess(name: string, work: (times: number) => void): Variant {
  return {
    name,
    microseconds(forMs) {
      let times = 0;
      let spentMicroseconds = 0;
      for (let turn = 64; spentMicroseconds < forMs * 1000; turn = Math.min(turn * 2, 8192)) {
        const before = process.cpuUsage();
        work(turn);
        const { user, system } = process.cpuUsage(before);
        spentMicroseconds += user + system;
        times += turn;
      }
      return spentMicroseconds / times;
    },
  };
}

export interface Measured {
  readonly microseconds: number;
  /** How far the worst round lies above the best, as a part of the best. */
  readonly spread: number;
}

const warmUpMs = 1000;
const rounds = 3;
const measureMs = 200;

/** A ratio to a variant that itself wavers by more than this says nothing. */
const spreadMax = 0.25;

/**
 * Measures all variants in one process: warm-up, then three rounds there and back (A B C C B A), so
 * that a machine that slows down or speeds up favours nobody. Each variant keeps its best round.
 */
export function measureFairly(variants: readonly Variant[]): ReadonlyMap<string, Measured> {
  for (const variant of variants) variant.microseconds(warmUpMs);
  const found = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const there = variants.map((variant) => variant.microseconds(measureMs));
    const back = variants.toReversed().map((variant) => variant.microseconds(measureMs));
    for (const [at, { name }] of variants.entries()) {
      found.get(name)?.push(Math.min(there[at]!, back[variants.length - 1 - at]!));
    }
  }
  return new Map(
    [...found].map(([name, times]) => {
      const best = Math.min(...times);
      return [name, { microseconds: best, spread: Math.max(...times) / best - 1 }];
    }),
  );
}

/**
 * Adds how many times faster `ours` is than `peer`, unless the peer's own rounds differ too much.
 */
export function reportRatio(
  report: Report,
  name: string,
  pair: { readonly ours: Measured; readonly peer: Measured; readonly least: number },
): void {
  const { ours, peer, least } = pair;
  if (peer.spread > spreadMax) {
    const percent = Math.round(peer.spread * 100);
    const reason = `machine busy, the peer's own rounds differ by ${percent} %`;
    report.notJudged(name, '×', `>= ${least}`, reason);
  } else {
    report.atLeast(name, peer.microseconds / ours.microseconds, '×', least);
  }
}

const busyLoopTicks = 400;
const busyTickMs = 5;

/** Above this an empty loop is late by as much as what a bench would measure. */
export const busyLatenessMs = 2;

/**
 * How late the timer of `clock` fires in an empty loop, in ms, at the 99th percentile of two
 * seconds. Above `busyLatenessMs` no absolute time of this run is to be judged.
 */
export async function emptyLoopLatenessMs(clock: Clock): Promise<number> {
  const lateness: number[] = [];
  const startMs = clock.monotonicMs();
  for (let tick = 1; tick <= busyLoopTicks; tick += 1) {
    const dueMs = startMs + tick * busyTickMs;
    const delayMs = Math.max(0, dueMs - clock.monotonicMs());
    await new Promise<void>((resolve) => clock.setTimer(delayMs, resolve));
    lateness.push(clock.monotonicMs() - dueMs);
  }
  return percentile(lateness, 99);
}

/** The value that `percent` of `values` do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

/** The most memory that a child of this process has taken; `null` where there is no /proc. */
export function childPeakMb(): number | null {
  if (process.platform !== 'linux') return null;
  const given = ['-o', 'pid=', '--ppid', String(process.pid)];
  const pids = execFileSync('ps', given, { encoding: 'utf8' }).trim().split(/\s+/);
  const peaks = pids.flatMap((pid) => {
    try {
      const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      return kb === undefined ? [] : [Number(kb) / 1_024];
    } catch (error) {
      // `ps` itself was a child too, and is gone.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  });
  return peaks.length === 0 ? null : Math.max(...peaks);
}
