import type { ConverterFactory } from '../../audio/converter.ts';
import type { AudioFormat } from '../../audio/format.ts';
import { GatewayError } from '../../runtime/errors.ts';
import { recordingIn } from '../recordings.ts';
import { respelled } from '../spoken-text/respelled-words.ts';
import type { FliteVoice } from './flite-voices.ts';
import { type Program, type ProgramRun, programFile, runProgram } from './wasi-program.ts';

/** Words that are turned into phones by one run: one costs 25 ms, each further one 10. */
const phoneWordsMax = 20;
/** `kal` and `kal16` are quicker and say `butter` as `baater`. */
const phoneVoice: FliteVoice = 'slt';

/** Flite 2.3 (cmuflite.org), run anew for every sentence. Blocks while it speaks. */
export class FliteEngine {
  readonly #program: Program;
  readonly #converters: ConverterFactory;

  constructor(program: Program, converters: ConverterFactory) {
    this.#program = program;
    this.#converters = converters;
  }

  /** `text` as spoken: it is said as it stands. Nothing to say is a short silence. */
  speak(text: string, voice: FliteVoice, format: AudioFormat): Uint8Array {
    const run = this.#run(['-voice', voice, '-t', text, '-o', programFile]);
    // It reports most failures by words alone.
    if (run.file.length === 0) throw failed('wrote nothing', run);
    return recordingIn(run.file, format, this.#converters);
  }

  /** Phones of the CMU dictionary, by word. Words that have no sound are left out. */
  phones(words: readonly string[]): Map<string, string> {
    const said = new Map<string, string>();
    for (let at = 0; at < words.length; at += phoneWordsMax) {
      const some = words.slice(at, at + phoneWordsMax);
      const groups = this.#phoneGroups(some.map(respelled).join(', '));
      if (groups.length === some.length) {
        for (const [index, word] of some.entries()) said.set(word, groups[index]!);
        continue;
      }
      // One of them has a pause within, or no sound: one at a time tells which.
      for (const word of some) {
        const phones = this.#phoneGroups(respelled(word)).join(' ');
        if (phones !== '') said.set(word, phones);
      }
    }
    return said;
  }

  /** What is said between the pauses. */
  #phoneGroups(text: string): string[] {
    const args = ['-voice', phoneVoice, '-ps', '-t', text, '-o', 'none'];
    return this.#run(args)
      .printed.split('pau')
      .map(cmuPhones)
      .filter((group) => group !== '');
  }

  #run(args: readonly string[]): ProgramRun {
    const run = runProgram(this.#program, ['flite', ...args]);
    if (run.exitCode !== 0) throw failed(`ended with code ${run.exitCode}`, run);
    return run;
  }
}

function failed(how: string, run: ProgramRun): GatewayError {
  const message = `Flite ${how} and said: ${run.printed.slice(0, 200)}`;
  return new GatewayError('SPEECH_ENGINE_FAILED', message, { exitCode: run.exitCode });
}

/** Reduced vowels and the flap, which the CMU dictionary writes by the sounds they stand for. */
const cmuPhoneOf: ReadonlyMap<string, string> = new Map([
  ['ax', 'AH'],
  ['ix', 'IH'],
  ['axr', 'ER'],
  ['dx', 'T'],
]);

/** `k ax1 p` of Flite as `K AH P`. */
function cmuPhones(flitePhones: string): string {
  const phones = flitePhones.split(/\s+/u).filter((phone) => phone !== '');
  return phones
    .map((phone) => phone.replace(/\d/gu, ''))
    .map((phone) => cmuPhoneOf.get(phone) ?? phone.toUpperCase())
    .join(' ');
}
