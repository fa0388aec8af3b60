import { z } from 'zod';
import {
  type Browser,
  type DebuggerLine,
  firstOf,
  makeProfile,
  openLine,
  type Page,
  type PageOptions,
  startBrowser,
  waiter,
} from './browser.ts';

const path = firstOf(['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']);

/** Chromium, driven by the DevTools protocol. It plays to nobody where there is no sound card. */
export const chromium: Browser = { name: 'Chromium', isHere: path !== null, openPage };

const microphoneFlags = (wav: string): readonly string[] => [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${wav}`,
];

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--remote-debugging-port=0',
];

const targetList = z.array(z.looseObject({ type: z.string(), webSocketDebuggerUrl: z.string() }));

async function openPage(options: PageOptions): Promise<Page> {
  const { before, isDark, microphoneWav } = options;
  const microphone = microphoneWav === undefined ? [] : microphoneFlags(microphoneWav);
  const profile = makeProfile();
  const started = await startBrowser({
    path: path ?? 'chromium',
    given: [...flags, ...microphone, `--user-data-dir=${profile}`, 'about:blank'],
    profile,
    listening: /^DevTools listening on (ws:\S+)/,
  });
  const { origin } = new URL(started.debuggerUrl);
  const listed = await fetch(`${origin.replace('ws:', 'http:')}/json/list`);
  const target = targetList.parse(await listed.json()).find(({ type }) => type === 'page');
  if (target === undefined) throw new Error('the browser has no page');
  const line = await openLine(target.webSocketDebuggerUrl);
  const complaints: string[] = [];
  for (const event of ['Log.entryAdded', 'Runtime.exceptionThrown']) {
    line.on(event, (params) => complaints.push(JSON.stringify(params)));
  }
  for (const domain of ['Page', 'Runtime', 'Log']) await line.ask(`${domain}.enable`);
  const value = isDark ? 'dark' : 'light';
  const features = [{ name: 'prefers-color-scheme', value }];
  await line.ask('Emulation.setEmulatedMedia', { features });
  if (before !== undefined) {
    await line.ask('Page.addScriptToEvaluateOnNewDocument', { source: `(${before})()` });
  }
  const evaluate = evaluator(line);
  return {
    evaluate,
    until: waiter(evaluate),
    complaints,
    async open(url) {
      const loaded = Promise.withResolvers<void>();
      line.on('Page.loadEventFired', () => loaded.resolve());
      await line.ask('Page.navigate', { url });
      await loaded.promise;
    },
    async screenshot({ width, height }) {
      const size = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
      await line.ask('Emulation.setDeviceMetricsOverride', size);
      const { data } = await line.ask('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(String(data), 'base64');
    },
    async close() {
      line.close();
      await started.stop();
    },
  };
}

const evaluated = z.looseObject({
  result: z.looseObject({ value: z.unknown().optional() }).exactOptional(),
  exceptionDetails: z.looseObject({ text: z.string() }).exactOptional(),
});

function evaluator(line: DebuggerLine): Page['evaluate'] {
  return async (expression) => {
    const how = { awaitPromise: true, returnByValue: true, userGesture: true };
    const given = await line.ask('Runtime.evaluate', { expression, ...how });
    const { exceptionDetails, result } = evaluated.parse(given);
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result?.value;
  };
}
