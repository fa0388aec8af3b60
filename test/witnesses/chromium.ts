import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';

const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is on this machine; `null`: nowhere. */
export const chromiumPath = paths.find((path) => existsSync(path)) ?? null;

const answer = z.looseObject({
  id: z.number().exactOptional(),
  method: z.string().exactOptional(),
  params: z.record(z.string(), z.unknown()).exactOptional(),
  result: z.record(z.string(), z.unknown()).exactOptional(),
  error: z.looseObject({ message: z.string() }).exactOptional(),
});

type Facts = Readonly<Record<string, unknown>>;

/** A page of a headless Chromium, driven by the DevTools protocol. */
export interface Page {
  /** What a script gives; it may be a promise. */
  evaluate(script: string): Promise<unknown>;
  /** Waits until a script gives something true. */
  until(script: string, limitMs?: number): Promise<void>;
  send(method: string, params?: Facts): Promise<Facts>;
  on(method: string, onEvent: (params: Facts) => void): void;
  /** A PNG of what is to be seen at this size. */
  screenshot(size: { readonly width: number; readonly height: number }): Promise<Buffer>;
  close(): Promise<void>;
}

export interface PageOptions {
  /** What the microphone hears, over and over; unset: there is no microphone. */
  readonly microphoneWav?: string;
  readonly isDark?: boolean;
}

/** Starts a browser with an empty page. */
export async function openPage({ microphoneWav, isDark }: PageOptions): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-chromium-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--autoplay-policy=no-user-gesture-required',
    '--remote-debugging-port=0',
    `--user-data-dir=${folder}`,
    ...(microphoneWav === undefined
      ? []
      : [
          '--use-fake-ui-for-media-stream',
          '--use-fake-device-for-media-stream',
          `--use-file-for-fake-audio-capture=${microphoneWav}`,
        ]),
  ];
  const browser = spawn(chromiumPath ?? 'chromium', [...flags, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { origin } = new URL(await debuggerUrl(browser));
  const listed = await fetch(`${origin.replace('ws:', 'http:')}/json/list`);
  const targets = z
    .array(z.looseObject({ type: z.string(), webSocketDebuggerUrl: z.string() }))
    .parse(await listed.json());
  const target = targets.find(({ type }) => type === 'page');
  if (target === undefined) throw new Error('the browser has no page');
  const line = await openLine(target.webSocketDebuggerUrl);
  const page = pageOn(line, async () => {
    line.socket.close();
    browser.kill('SIGKILL');
    await once(browser, 'exit');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await page.send(`${domain}.enable`);
  const value = isDark ? 'dark' : 'light';
  await page.send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value }],
  });
  return page;
}

async function debuggerUrl(browser: ChildProcess): Promise<string> {
  if (browser.stderr === null) throw new Error('the browser tells nothing');
  for await (const line of createInterface({ input: browser.stderr })) {
    const url = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    // Whoever stops reading would stop the browser: the rest goes nowhere.
    if (url !== undefined) {
      browser.stderr.resume();
      return url;
    }
  }
  throw new Error('the browser did not start');
}

interface Line {
  readonly socket: WebSocket;
  send(method: string, params: Facts): Promise<Facts>;
  on(method: string, onEvent: (params: Facts) => void): void;
}

async function openLine(url: string): Promise<Line> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const waiting = new Map<number, PromiseWithResolvers<Facts>>();
  const listeners = new Map<string, ((params: Facts) => void)[]>();
  socket.on('message', (data) => {
    const { id, method, params, result, error } = answer.parse(JSON.parse(String(data)));
    if (method !== undefined) for (const tell of listeners.get(method) ?? []) tell(params ?? {});
    if (id === undefined) return;
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result ?? {});
    waiting.delete(id);
  });
  let count = 0;
  return {
    socket,
    send(method, params) {
      count += 1;
      const reply = Promise.withResolvers<Facts>();
      waiting.set(count, reply);
      socket.send(JSON.stringify({ id: count, method, params }));
      return reply.promise;
    },
    on(method, onEvent) {
      listeners.set(method, [...(listeners.get(method) ?? []), onEvent]);
    },
  };
}

const evaluated = z.looseObject({
  result: z.looseObject({ value: z.unknown().optional() }).exactOptional(),
  exceptionDetails: z.looseObject({ text: z.string() }).exactOptional(),
});

const lookEveryMs = 50;

function pageOn(line: Line, close: () => Promise<void>): Page {
  const send = (method: string, params: Facts = {}) => line.send(method, params);
  const evaluate = async (script: string) => {
    const given = {
      expression: script,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    };
    const { exceptionDetails, result } = evaluated.parse(await send('Runtime.evaluate', given));
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result?.value;
  };
  return {
    evaluate,
    send,
    close,
    on: line.on,
    async until(script, limitMs = 10_000) {
      const endsMs = performance.now() + limitMs;
      while (!(await evaluate(script))) {
        if (performance.now() > endsMs) throw new Error(`did not come true: ${script}`);
        await sleep(lookEveryMs);
      }
    },
    async screenshot({ width, height }) {
      const mobile = width < 600;
      const metrics = { width, height, deviceScaleFactor: 1, mobile };
      await send('Emulation.setDeviceMetricsOverride', metrics);
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(String(data), 'base64');
    },
  };
}
