import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { CallSound } from '../place-call.ts';

/** A program that plays sound: of a pipe while the call goes on, or of a file once it is over. */
interface Program {
  readonly name: string;
  readonly live?: (rateHz: number) => readonly string[];
  readonly ofFile?: (path: string) => readonly string[];
}

/** In the order of preference. A pipe carries 16 bits, little-endian, left and right in turn. */
const programs: readonly Program[] = [
  {
    name: 'pacat',
    live: (rateHz) => ['--format=s16le', `--rate=${rateHz}`, '--channels=2', '--latency-msec=100'],
  },
  {
    name: 'aplay',
    live: (rateHz) => ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', String(rateHz), '-c', '2'],
  },
  { name: 'afplay', ofFile: (path) => [path] },
  {
    name: 'ffplay',
    ofFile: (path) => ['-loglevel', 'quiet', '-nodisp', '-autoexit', path],
  },
  {
    name: 'powershell.exe',
    ofFile: (path) => [
      ...['-NoProfile', '-Command'],
      `(New-Object Media.SoundPlayer '${path.replaceAll("'", "''")}').PlaySync()`,
    ],
  },
];

/** Plays a call aloud, as far as this machine can. Nothing here fails: a call may be silent. */
export interface Player {
  readonly name: string;
  /** It cannot play before the call is over. */
  readonly isAfterwards: boolean;
  play(sound: CallSound): void;
  /** Ends what was played, or plays the recording now; settles when it has been heard. */
  finish(recording: string): Promise<void>;
}

/**
 * The first program that `path`, a list of folders, has; `null`: none of them is there. The signal
 * ends it, whatever it is playing.
 */
export function playerIn(path: string, rateHz: number, signal: AbortSignal): Player | null {
  for (const { name, live, ofFile } of programs) {
    const file = path
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(isProgram);
    if (file === undefined) continue;
    if (live) return livePlayer(name, silentChild(file, live(rateHz), { stdin: 'pipe', signal }));
    if (ofFile)
      return filePlayer(name, (recording) =>
        silentChild(file, ofFile(recording), { stdin: 'ignore', signal }),
      );
  }
  return null;
}

function livePlayer(name: string, child: ChildProcess): Player {
  const ended = endOf(child);
  return {
    name,
    isAfterwards: false,
    play: ({ caller, agent }) => {
      if (child.stdin?.writable) child.stdin.write(interleaved(caller, agent));
    },
    finish: () => {
      child.stdin?.end();
      return ended;
    },
  };
}

function filePlayer(name: string, start: (recording: string) => ChildProcess): Player {
  return {
    name,
    isAfterwards: true,
    play: () => undefined,
    finish: (recording) => endOf(start(recording)),
  };
}

/** Settles also when the program could not be started, broke off or was ended. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

function silentChild(
  file: string,
  given: readonly string[],
  { stdin, signal }: { readonly stdin: 'pipe' | 'ignore'; readonly signal: AbortSignal },
): ChildProcess {
  const child = spawn(file, given, { stdio: [stdin, 'ignore', 'ignore'], signal });
  // A player that ends early has closed its pipe: the rest of the call is not heard.
  child.stdin?.on('error', () => undefined);
  return child;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function interleaved(left: Int16Array, right: Int16Array): Buffer {
  const bytes = Buffer.alloc(4 * left.length);
  left.forEach((sample, index) => {
    bytes.writeInt16LE(sample, 4 * index);
    bytes.writeInt16LE(right[index] ?? 0, 4 * index + 2);
  });
  return bytes;
}
