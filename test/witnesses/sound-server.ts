import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstOf } from './browser.ts';

const playerPath = firstOf(['/usr/bin/paplay']);

/** PulseAudio; `null`: it is not on this machine, or has no player. */
export const pulseAudioPath = playerPath && firstOf(['/usr/bin/pulseaudio']);

/** A sound card of its own for one browser, which has none on a machine without any. */
export interface SoundServer {
  /** What tells programs where it is. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const startMsMax = 20_000;

/** A speaker into nothing, and a microphone that hears what is played to the room. */
const modules = [
  'module-null-sink sink_name=room',
  'module-null-sink sink_name=speaker',
  'module-remap-source master=room.monitor source_name=microphone',
];

/** The microphone hears `microphoneWav`, over and over. `folder` is the server's own. */
export async function startSoundServer(
  folder: string,
  microphoneWav: string,
): Promise<SoundServer> {
  const socket = join(folder, 'sound.socket');
  const environment = { PULSE_SERVER: `unix:${socket}` };
  const script = [
    ...modules.map((module) => `load-module ${module}`),
    'set-default-sink speaker',
    'set-default-source microphone',
    // The last: whoever finds the socket finds everything.
    `load-module module-native-protocol-unix socket=${socket} auth-anonymous=1`,
  ];
  writeFileSync(join(folder, 'sound.pa'), script.join('\n'));
  const given = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '-F'];
  const server = spawn(pulseAudioPath ?? 'pulseaudio', [...given, join(folder, 'sound.pa')], {
    stdio: 'ignore',
    env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder },
  });
  const gone = once(server, 'exit');
  const endsMs = performance.now() + startMsMax;
  while (!existsSync(socket)) {
    if (performance.now() > endsMs || server.exitCode !== null) {
      throw new Error('PulseAudio does not start');
    }
    await sleep(20);
  }
  const player = playAgain(microphoneWav, environment);
  return {
    environment,
    async close() {
      player.stop();
      server.kill();
      await gone;
    },
  };
}

function playAgain(wav: string, environment: Readonly<Record<string, string>>) {
  let player: ChildProcess | null = null;
  let isStopped = false;
  const play = (): void => {
    if (isStopped) return;
    const env = { ...process.env, ...environment };
    player = spawn(playerPath ?? 'paplay', ['--device=room', wav], { stdio: 'ignore', env });
    player.on('exit', play);
  };
  play();
  return {
    stop() {
      isStopped = true;
      player?.kill();
    },
  };
}
