/**
 * Makes prompts/*.wav from prompts/prompts.yaml: µ-law, 8 kHz, one channel, no silence at either
 * end. Needs Debian's `flite` and `sox` (apt-get install flite sox). The files are checked in, so
 * nobody else needs them; the same versions (flite 2.2, sox 14.4.2) give the same bytes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** The level of a normal talker on a telephone line, near the -19 dBm0 that ITU-T G.223 assumes. */
const levelDbfs = -20;

/** Cuts what is softer than -54 dBFS from the start. */
const trimStart = ['silence', '1', '0.02', '0.2%'];
const trimEnds = [...trimStart, 'reverse', ...trimStart, 'reverse'];
/** `-R` takes the same dither every time, so that the same bytes come out. */
const telephone = ['-R', '-r', '8000', '-c', '1'];

/** prompts.yaml: what each file says, by its name without `.wav`. */
export const promptsSchema = z.record(
  z.string().regex(/^[a-z0-9-]+$/),
  z.strictObject({ voice: z.string(), text: z.string().min(1) }),
);

function buildPrompt(options: { voice: string; text: string; path: string; scratch: string }) {
  const spoken = join(options.scratch, 'spoken.wav');
  const trimmed = join(options.scratch, 'trimmed.wav');
  execFileSync('flite', ['-voice', options.voice, '-t', options.text, '-o', spoken]);
  execFileSync('sox', [spoken, ...telephone, '-b', '16', trimmed, ...trimEnds]);
  const gainDb = (levelDbfs - rmsDbfsOf(trimmed)).toFixed(2);
  execFileSync('sox', ['-R', trimmed, '-e', 'mu-law', options.path, 'gain', gainDb]);
}

/** Sox reports on standard error. */
function rmsDbfsOf(wavPath: string): number {
  const { stderr } = spawnSync('sox', [wavPath, '-n', 'stats'], { encoding: 'utf8' });
  const level = /^RMS lev dB\s+(-?[\d.]+)/m.exec(stderr)?.[1];
  if (level === undefined) throw new Error(`sox measured no level in ${wavPath}: ${stderr}`);
  return Number(level);
}

function main(): void {
  const folder = join(import.meta.dirname, '../prompts');
  const prompts = promptsSchema.parse(parse(readFileSync(join(folder, 'prompts.yaml'), 'utf8')));
  const scratch = mkdtempSync(join(tmpdir(), 'offhook-prompts-'));
  for (const [name, { voice, text }] of Object.entries(prompts)) {
    const path = join(folder, `${name}.wav`);
    buildPrompt({ voice, text, path, scratch });
    const seconds = (statSync(path).size / 8000).toFixed(1);
    console.log(`${name}.wav ${seconds} s ${statSync(path).size} bytes`);
  }
  rmSync(scratch, { recursive: true });
}

if (import.meta.main) main();
