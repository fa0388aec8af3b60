import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { messageOf } from '../../src/runtime/errors.ts';

/** What a browser is started with. */
export interface PageOptions {
  /**
   * A WAV file (PCM, 16 bits, one channel) that the microphone hears, over and over; unset: there
   * is no microphone.
   */
  readonly microphoneWav?: string;
  readonly isDark?: boolean;
  /** Runs in every page before its own scripts: a function without arguments. */
  readonly before?: string;
}

/** A page of a headless browser. */
export interface Page {
  open(url: string): Promise<void>;
  /** What a script gives, a plain value; it may be a promise. Counts as done by a person. */
  evaluate(script: string): Promise<unknown>;
  /** Waits until a script gives `true`. */
  until(script: string, limitMs?: number): Promise<void>;
  /** A PNG of what is to be seen at this size. */
  screenshot(size: { readonly width: number; readonly height: number }): Promise<Buffer>;
  /** What the page's console and its scripts had to complain of. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface Browser {
  readonly name: string;
  /** It is on this machine, with all that it needs. */
  readonly isHere: boolean;
  openPage(options: PageOptions): Promise<Page>;
}

export const firstOf = (paths: readonly string[]): string | null =>
  paths.find((path) => existsSync(path)) ?? null;

export type Facts = Readonly<Record<string, unknown>>;

/** A started browser, and where its debugger listens. */
export interface Started {
  readonly debuggerUrl: string;
  stop(): Promise<void>;
}

/** A folder for one browser, which is also its home. */
export function makeProfile(files: Readonly<Record<string, string>> = {}): string {
  const profile = mkdtempSync(join(tmpdir(), 'offhook-browser-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(profile, name), text);
  return profile;
}

/** Starts a browser, and waits for the line that names its debugger. Takes the profile with it. */
export async function startBrowser({
  path,
  given,
  profile,
  listening,
  environment = {},
}: {
  readonly path: string;
  readonly given: readonly string[];
  readonly profile: string;
  /** Its line on standard error; the first group is the debugger's address. */
  readonly listening: RegExp;
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<Started> {
  const browser = spawn(path, given, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile, ...environment },
    // Its children end with it.
    detached: true,
  });
  const gone = once(browser, 'exit');
  const kill = (): void => {
    const isRunning = browser.exitCode === null && browser.signalCode === null;
    if (isRunning && browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
  };
  // Also when the tests are given up.
  process.once('exit', kill);
  return {
    debuggerUrl: await debuggerUrl(browser, listening),
    async stop() {
      process.off('exit', kill);
      kill();
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function debuggerUrl(browser: ChildProcess, listening: RegExp): Promise<string> {
  if (browser.stderr === null) throw new Error('the browser tells nothing');
  const lines: string[] = [];
  for await (const line of createInterface({ input: browser.stderr })) {
    lines.push(line);
    const url = listening.exec(line)?.[1];
    // Whoever stops reading would stop the browser: the rest goes nowhere.
    if (url !== undefined) {
      browser.stderr.resume();
      return url;
    }
  }
  throw new Error(`the browser did not start: ${lines.join('\n')}`);
}

/** As the DevTools protocol and WebDriver BiDi have it; errors they say differently. */
const message = z.looseObject({
  id: z.number().nullable().exactOptional(),
  method: z.string().exactOptional(),
  params: z.record(z.string(), z.unknown()).exactOptional(),
  result: z.record(z.string(), z.unknown()).exactOptional(),
  error: z.unknown().optional(),
});

/** Questions to a browser's debugger, and what it tells unasked. */
export interface DebuggerLine {
  ask(method: string, params?: Facts): Promise<Facts>;
  on(method: string, onEvent: (params: Facts) => void): void;
  close(): void;
}

export async function openLine(url: string): Promise<DebuggerLine> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const waiting = new Map<number, PromiseWithResolvers<Facts>>();
  const listeners = new Map<string, ((params: Facts) => void)[]>();
  socket.on('message', (data) => {
    const text = String(data);
    const { id, method, params, result, error } = message.parse(JSON.parse(text));
    if (method !== undefined) for (const tell of listeners.get(method) ?? []) tell(params ?? {});
    if (typeof id !== 'number') return;
    if (error === undefined) waiting.get(id)?.resolve(result ?? {});
    else waiting.get(id)?.reject(new Error(text));
    waiting.delete(id);
  });
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser has gone'));
  });
  let count = 0;
  return {
    ask(method, params = {}) {
      count += 1;
      const reply = Promise.withResolvers<Facts>();
      waiting.set(count, reply);
      socket.send(JSON.stringify({ id: count, method, params }));
      return reply.promise;
    },
    on(method, onEvent) {
      listeners.set(method, [...(listeners.get(method) ?? []), onEvent]);
    },
    close: () => socket.close(),
  };
}

const lookEveryMs = 50;
/** A busy machine takes its time: what comes at all comes well within this. */
const usualMsMax = 30_000;

/** `until` of a page, by its `evaluate`. Of a page that is being loaded nothing is true yet. */
export function waiter(evaluate: Page['evaluate']): Page['until'] {
  return async (script, limitMs = usualMsMax) => {
    const endsMs = performance.now() + limitMs;
    for (;;) {
      const seen = await evaluate(script).catch(messageOf);
      if (seen === true) return;
      if (performance.now() > endsMs) {
        const text = await evaluate('document.body.innerText').catch(messageOf);
        throw new Error(`${script} gives ${String(seen)}.\nThe page says: ${String(text)}`);
      }
      await sleep(lookEveryMs);
    }
  };
}
