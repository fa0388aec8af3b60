import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { pcm } from '../../src/audio/format.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { fill } from '../../src/cli/demo.ts';
import { loadConfig } from '../../src/config/load.ts';
import { personaFolders } from '../../src/config/persona-files.ts';
import { readConfigFile } from '../../src/config/read-config-file.ts';
import { type Gateway, startGateway } from '../../src/main.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { FliteSynthesizer } from '../../src/speech/flite/flite-synthesizer.ts';
import type { Browser, Page } from './browser.ts';
import { chromium } from './chromium.ts';
import { firefox } from './firefox.ts';
import { ears, type Noticed } from './talk-ears.ts';

async function startTalk(folder: string): Promise<Gateway> {
  const set = (key: string, value: string) => ({ name: 'the test', key, value });
  const loaded = loadConfig({
    path: '',
    isRequired: false,
    readFile: readConfigFile,
    environment: {},
    personas: personaFolders(),
    flags: [
      set('audiosocket.port', '0'),
      set('api.port', '0'),
      set('journal.dir', join(folder, 'journal')),
      set('database.dir', join(folder, 'store')),
      set('default_persona', 'waiter'),
      set('session.loop_lag_max_ms', '1000'),
    ],
  });
  assert.ok(loaded.isValid);
  await fill(loaded.config);
  const log = recordingLog();
  const parts = {
    config: () => loaded.config,
    makeLog: () => log,
    scrub: String,
    script: null,
  };
  return await startGateway(parts);
}

/** A pause, and then a sentence: what the microphone hears over and over. */
async function microphone(folder: string, text: string): Promise<string> {
  const clock = systemClock();
  const voice = new FliteSynthesizer({ clock, log: recordingLog(), metrics: recordingMetrics() });
  const { signal } = new AbortController();
  const format = pcm(8000);
  const speech = await voice.speak({ text, voice: 'rms', format, signal });
  await voice.close();
  const pauseMs = 4_000;
  const bytes = Buffer.concat([Buffer.alloc(pauseMs * 16), speech, Buffer.alloc(pauseMs * 16)]);
  const samples = new Int16Array(new Uint8Array(bytes).buffer);
  const path = join(folder, 'microphone.wav');
  writeFileSync(path, writeWav(8000, [samples]));
  return path;
}

const question = 'What is on the menu in Kigali?';

const browsers = [chromium, firefox];
const folder = mkdtempSync(join(tmpdir(), 'offhook-talk-'));
let gateway: Gateway;
let microphoneWav: string;

before(async () => {
  if (!browsers.some(({ isHere }) => isHere)) return;
  gateway = await startTalk(folder);
  microphoneWav = await microphone(folder, question);
});

after(async () => {
  await gateway?.close();
  rmSync(folder, { recursive: true });
});

const transcript = `document.querySelector('#transcript').innerText`;
const notice = `document.querySelector('#notice').innerText`;
const press = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).click()`;
const isState = (state: string) => `document.body.dataset.state === ${JSON.stringify(state)}`;
const isShown = (selector: string) =>
  `document.querySelector(${JSON.stringify(selector)}).checkVisibility()`;
const isFocused = (selector: string) =>
  `document.activeElement === document.querySelector(${JSON.stringify(selector)})`;

async function visit(t: TestContext, browser: Browser, microphoneWav?: string): Promise<Page> {
  const microphone = microphoneWav === undefined ? {} : { microphoneWav };
  const page = await browser.openPage({ ...microphone, before: ears });
  t.after(() => page.close());
  await page.open(`${gateway.apiUrl}/talk`);
  await page.until(`document.querySelector('#personas :checked') !== null`);
  return page;
}

const noticed = async (page: Page): Promise<Noticed> =>
  JSON.parse(String(await page.evaluate('JSON.stringify(noticed)')));

/** Where the pictures of the page go, when somebody wants to look at them. */
const pictures = process.env['TALK_PICTURES'];

async function picture(page: Page, name: string): Promise<void> {
  for (const width of [360, 1280]) {
    const png = await page.screenshot({ width, height: 800 });
    const isTooWide = 'document.documentElement.scrollWidth > innerWidth';
    assert.equal(await page.evaluate(isTooWide), false, `${name} at ${width}`);
    if (pictures !== undefined) writeFileSync(join(pictures, `${name}-${width}.png`), png);
  }
}

/** The gateway has no call, as it should soon after a page has gone. */
async function untilNoCall(): Promise<void> {
  const endsMs = performance.now() + 10_000;
  while (gateway.sessions.all().length > 0) {
    assert.ok(performance.now() < endsMs, 'the gateway still holds the call');
    await sleep(20);
  }
}

async function speak(page: Page, name: string): Promise<void> {
  await picture(page, `${name}-lobby`);
  await page.evaluate(press('button[value=speak]'));
  await page.until(isState('live'));
  assert.equal(await page.evaluate(isFocused('#mute')), true, 'space mutes');
  await page.until('noticed.loudLooks > 5');
  assert.match(String(await page.evaluate(transcript)), /welcome/i);
  // The microphone says it every few seconds.
  await page.until(`document.querySelector('.said.caller:not(.coming)') !== null`, 60_000);
  await page.until(`/answered \\d/.test(${transcript})`);
  await page.until('noticed.callerFrames > 100 && noticed.callerLoudFrames > 10');
  const { callerComing, loudLooks } = await noticed(page);
  assert.ok(callerComing.length > 0, 'words are shown while they are said');
  await page.until(`noticed.loudLooks > ${loudLooks + 5}`);
  await picture(page, `${name}-live`);
}

/** What is muted is silence, and comes on. */
async function muteAndHangUp(page: Page, name: string): Promise<void> {
  await page.evaluate(press('#mute'));
  assert.equal(await page.evaluate(`document.querySelector('#mute').textContent`), 'Unmute');
  // What was on its way has come.
  const { callerFrames } = await noticed(page);
  await page.until(`noticed.callerFrames > ${callerFrames + 5}`);
  await page.evaluate('noticed.callerLoudFrames = 0');
  const pauses = 2 * 4_000 + 1_500;
  await page.until(`noticed.callerFrames > ${callerFrames + 5 + pauses / 20}`);
  assert.equal((await noticed(page)).callerLoudFrames, 0);
  await page.evaluate(press('#hang-up'));
  await page.until(isState('over'));
  await picture(page, `${name}-over`);
  assert.match(String(await page.evaluate(transcript)), /You hung up/);
  assert.equal(await page.evaluate(isFocused('#again')), true);
  await untilNoCall();
}

async function write(page: Page): Promise<void> {
  await page.evaluate(press('#again'));
  await page.evaluate(press('button[value=write]'));
  await page.until(isState('live'));
  assert.equal(await page.evaluate(isFocused('#words')), true);
  assert.equal(await page.evaluate(isShown('#mute')), false, 'there is nothing to mute');
  await page.until(`/welcome/i.test(${transcript})`);
  const { loudLooks } = await noticed(page);
  await page.evaluate(`document.querySelector('#words').value = '${question}'`);
  await page.evaluate(press('#write button'));
  await page.until(`/lookup_menu/.test(${transcript})`);
  await page.until(`noticed.loudLooks > ${loudLooks + 10}`);
}

for (const browser of browsers) {
  const { name, isHere } = browser;
  const limits = { timeout: 150_000, skip: !isHere && `there is no ${name} here` };

  test(`[V17] in ${name} one talks with the agent and hears it, or types`, limits, async (t) => {
    const page = await visit(t, browser, microphoneWav);
    await speak(page, name);
    await muteAndHangUp(page, name);
    await write(page);
    await page.evaluate('location.reload()');
    await untilNoCall();
    await page.until(
      `${isState('lobby')} && document.querySelector('#personas :checked') !== null`,
    );
    assert.deepEqual(page.complaints, []);
  });

  test(`[V17] ${name} without a microphone says so`, limits, async (t) => {
    const page = await visit(t, browser);
    await page.evaluate(press('button[value=speak]'));
    await page.until(`/No microphone was found/.test(${notice})`);
    await page.until(isState('lobby'));
    await page.evaluate(press('button[value=write]'));
    // Firefox has no speaker here either; Chromium plays to nobody.
    await page.until(`${isState('live')} || /no speaker or headset/.test(${notice})`);
    assert.deepEqual(page.complaints, []);
  });
}
