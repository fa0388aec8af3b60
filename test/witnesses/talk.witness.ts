import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { pcm } from '../../src/audio/format.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { loadConfig } from '../../src/config/load.ts';
import { personaFolders } from '../../src/config/persona-files.ts';
import { readConfigFile } from '../../src/config/read-config-file.ts';
import { type Gateway, startGateway } from '../../src/main.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { FliteSynthesizer } from '../../src/speech/flite/flite-synthesizer.ts';
import { chromiumPath, openPage, type Page } from './chromium.ts';

const limits = { timeout: 150_000, skip: chromiumPath === null && 'there is no Chromium here' };

function startTalk(folder: string): Promise<Gateway> {
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
  const log = recordingLog();
  const parts = {
    config: () => loaded.config,
    makeLog: () => log,
    scrub: String,
    script: null,
  };
  return startGateway(parts);
}

/** A pause, and then a sentence: what the microphone hears over and over. */
async function microphone(folder: string, text: string): Promise<string> {
  const clock = systemClock();
  const voice = new FliteSynthesizer({ clock, log: recordingLog(), metrics: recordingMetrics() });
  const { signal } = new AbortController();
  const format = pcm(8000);
  const speech = await voice.speak({ text, voice: 'rms', format, signal });
  await voice.close();
  const pauseMs = 6_000;
  const bytes = Buffer.concat([Buffer.alloc(pauseMs * 16), speech, Buffer.alloc(pauseMs * 16)]);
  const samples = new Int16Array(new Uint8Array(bytes).buffer);
  const path = join(folder, 'microphone.wav');
  writeFileSync(path, writeWav(8000, [samples]));
  return path;
}

const socketFrame = z.looseObject({
  response: z.looseObject({ opcode: z.number(), payloadData: z.string() }),
});

/** Counts sound on the page's WebSocket, and notes what the page complains of. */
function watch(page: Page) {
  const seen = { callerFrames: 0, agentFrames: 0, agentLoudFrames: 0, complaints: [] as string[] };
  page.on('Network.webSocketFrameSent', (params) => {
    if (socketFrame.parse(params).response.opcode === 2) seen.callerFrames += 1;
  });
  page.on('Network.webSocketFrameReceived', (params) => {
    const { opcode, payloadData } = socketFrame.parse(params).response;
    if (opcode !== 2) return;
    const bytes = new Uint8Array(Buffer.from(payloadData, 'base64'));
    seen.agentFrames += 1;
    if (new Int16Array(bytes.buffer).some((sample) => Math.abs(sample) > 3_000)) {
      seen.agentLoudFrames += 1;
    }
  });
  page.on('Log.entryAdded', (params) => seen.complaints.push(JSON.stringify(params)));
  page.on('Runtime.exceptionThrown', (params) => seen.complaints.push(JSON.stringify(params)));
  return seen;
}

const transcript = `document.querySelector('#transcript').innerText`;
/** What the caller said was answered to the end, or as far as the caller let it. */
const answered = `document.querySelector('.said.caller ~ .said.agent:not(.coming)') !== null`;
const press = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).click()`;
const isState = (state: string) => `document.body.dataset.state === ${JSON.stringify(state)}`;

async function visit(t: TestContext, microphoneText: string | null) {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-talk-'));
  const gateway = await startTalk(folder);
  const options =
    microphoneText === null ? {} : { microphoneWav: await microphone(folder, microphoneText) };
  const page = await openPage(options);
  // One hook: several would run in the order in which they were given.
  t.after(async () => {
    await page.close();
    await gateway.close();
    rmSync(folder, { recursive: true });
  });
  const seen = watch(page);
  await page.send('Page.navigate', { url: `${gateway.apiUrl}/talk` });
  await page.until(`document.querySelector('#personas :checked') !== null`);
  return { page, seen };
}

/** Where the pictures of the page go, when somebody wants to look at them. */
const pictures = process.env['TALK_PICTURES'];

async function picture(page: Page, name: string): Promise<void> {
  for (const width of [360, 390, 1280]) {
    const png = await page.screenshot({ width, height: 800 });
    const isTooWide = 'document.documentElement.scrollWidth > innerWidth';
    assert.equal(await page.evaluate(isTooWide), false, `${name} at ${width}`);
    if (pictures !== undefined) writeFileSync(join(pictures, `${name}-${width}.png`), png);
  }
}

test('[V17] a browser talks with the agent and hears it', limits, async (t) => {
  const { page, seen } = await visit(t, 'What is on the menu?');
  await picture(page, 'lobby');
  await page.evaluate(press('button[value=speak]'));
  await page.until(isState('live'));
  await page.until(`/welcome/.test(${transcript})`);
  await page.until(`document.querySelectorAll('.said.caller').length > 0`, 60_000);
  await page.until(answered, 20_000);
  assert.ok(seen.callerFrames > 100, `${seen.callerFrames} frames of the microphone`);
  assert.ok(seen.agentLoudFrames > 50, `${seen.agentLoudFrames} loud frames of the agent`);
  await picture(page, 'live');
  await page.evaluate(press('#hang-up'));
  await page.until(isState('over'));
  await picture(page, 'over');
  assert.match(String(await page.evaluate(transcript)), /You hung up/);
  assert.deepEqual(seen.complaints, []);
});

test('[V17] without a microphone one types, and listens', limits, async (t) => {
  const { page, seen } = await visit(t, null);
  await page.evaluate(press('button[value=speak]'));
  await page.until(`/microphone/.test(document.querySelector('#notice').innerText)`);
  await page.until(isState('lobby'));
  await page.evaluate(press('button[value=write]'));
  await page.until(isState('live'));
  await page.evaluate(`document.querySelector('#words').value = 'What is on the menu?'`);
  await page.evaluate(press('#write button'));
  await page.until(`/lookup_menu/.test(${transcript})`, 20_000);
  await page.until(answered, 20_000);
  assert.ok(seen.agentLoudFrames > 10, `${seen.agentLoudFrames} loud frames of the agent`);
  assert.deepEqual(seen.complaints, []);
});
