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
import { pulseAudioPath, startSoundServer } from './sound-server.ts';

const path = firstOf(['/usr/bin/firefox-esr', '/usr/bin/firefox']);

/**
 * Firefox, driven by WebDriver BiDi. It is given a sound card of PulseAudio's with the microphone;
 * without that it has neither.
 */
export const firefox: Browser = {
  name: 'Firefox',
  isHere: path !== null && pulseAudioPath !== null,
  openPage,
};

/** No calls home, no first-run pages, and nobody to ask whether the microphone may be used. */
const quietPrefs = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'media.navigator.permission.disabled': true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': '',
  'toolkit.telemetry.enabled': false,
};

/** Not the sound card of whoever sits here. */
const noSound = { PULSE_SERVER: 'unix:/nonexistent' };

/** 0 is dark and 1 is light, for pages. */
const schemePref = 'layout.css.prefers-color-scheme.content-override';

async function openPage(options: PageOptions): Promise<Page> {
  const { before, isDark, microphoneWav } = options;
  const prefs = { ...quietPrefs, [schemePref]: isDark ? 0 : 1 };
  const lines = Object.entries(prefs).map(
    (pref) => `user_pref(${JSON.stringify(pref).slice(1, -1)});`,
  );
  const profile = makeProfile({ 'user.js': lines.join('\n') });
  const sound = microphoneWav === undefined ? null : await startSoundServer(profile, microphoneWav);
  const started = await startBrowser({
    path: path ?? 'firefox',
    given: ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile],
    profile,
    listening: /WebDriver BiDi listening on (ws:\S+)/,
    environment: sound?.environment ?? noSound,
  });
  const line = await openLine(`${started.debuggerUrl}/session`);
  await line.ask('session.new', { capabilities: {} });
  const complaints: string[] = [];
  line.on('log.entryAdded', (params) => {
    if (logged.parse(params).level === 'error') complaints.push(JSON.stringify(params));
  });
  await line.ask('session.subscribe', { events: ['log.entryAdded'] });
  if (before !== undefined) {
    await line.ask('script.addPreloadScript', { functionDeclaration: before });
  }
  const context = await onlyContext(line);
  const evaluate = evaluator(line, context);
  return {
    evaluate,
    until: waiter(evaluate),
    complaints,
    async open(url) {
      await line.ask('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    async screenshot(viewport) {
      await line.ask('browsingContext.setViewport', { context, viewport });
      const { data } = await line.ask('browsingContext.captureScreenshot', { context });
      return Buffer.from(String(data), 'base64');
    },
    async close() {
      line.close();
      await sound?.close();
      await started.stop();
    },
  };
}

const logged = z.looseObject({ level: z.string() });
const tree = z.looseObject({ contexts: z.array(z.looseObject({ context: z.string() })) });

async function onlyContext(line: DebuggerLine): Promise<string> {
  const { contexts } = tree.parse(await line.ask('browsingContext.getTree'));
  const [first] = contexts;
  if (first === undefined) throw new Error('the browser has no page');
  return first.context;
}

const evaluated = z.looseObject({
  type: z.string(),
  result: z.looseObject({ value: z.unknown().optional() }).exactOptional(),
});

function evaluator(line: DebuggerLine, context: string): Page['evaluate'] {
  return async (expression) => {
    const how = { target: { context }, awaitPromise: true, userActivation: true };
    const given = await line.ask('script.evaluate', { expression, ...how });
    const { result, type } = evaluated.parse(given);
    if (type !== 'success') throw new Error(JSON.stringify(given));
    return result?.value;
  };
}
