import { resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Gateway } from '../main.ts';
import { systemClock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import { systemRandom } from '../runtime/random.ts';
import { connectTcp, TcpListener } from '../runtime/tcp-socket.ts';
import { seedDemo } from '../store/seed-demo.ts';
import { dayOf } from '../tools/period.ts';
import { commandDatabase } from './command-database.ts';
import { DemoCaller, demoLines } from './demo/demo-caller.ts';
import { type DemoCall, demoFacts, shortcomingsOf } from './demo/demo-report.ts';
import { GrowingRecord } from './demo/growing-record.ts';
import { LiveView } from './demo/live-view.ts';
import { type Player, playerIn } from './demo/player.ts';
import { spokenLines } from './demo/spoken-lines.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { placeCall } from './place-call.ts';
import { withPrivateGateway } from './private-gateway.ts';
import { assertRecordable, keepRecording } from './recording.ts';
import { showBars } from './show-timeline.ts';
import { type Terminal, tableLines } from './terminal.ts';

const rateHz = 8_000;
/** Ports of a gateway that people serve with: /talk stays where it is next time. */
const usualPorts = { 'api.port': 8787, 'audiosocket.port': 9092 } as const;

export interface DemoOptions {
  /** Where the stereo recording goes. */
  readonly record: string;
  /** Ends after the call, also at a terminal. */
  readonly once: boolean;
  /** Nothing is played aloud. */
  readonly quiet: boolean;
}

export interface DemoDeps {
  readonly terminal: Terminal;
  /** Folders of programs, as in the variable PATH. */
  readonly path: string;
  /** Settles when the person wants to leave. */
  readonly stopped: Promise<void>;
}

/**
 * `offhook demo`: the main job in one process and without key, database or network: a call is
 * placed over a real socket, understood, answered and cut off by the engine of our own, told live,
 * recorded. At a terminal the gateway stays afterwards, to be talked to.
 */
export async function runDemo(options: DemoOptions, deps: DemoDeps): Promise<ExitCode> {
  const { terminal, stopped } = deps;
  assertRecordable(options.record);
  const stays = terminal.isInteractive && !options.once;
  const leaving = new AbortController();
  const { signal } = leaving;
  void stopped.then(() => leaving.abort());
  terminal.progress('starting a gateway with an embedded database …');
  return await withDemoGateway({ stays, terminal }, async (gateway) => {
    await Promise.race([gateway.warmed, stopped]);
    const isAloud = terminal.isInteractive && !options.quiet;
    const player = isAloud ? playerIn(deps.path, rateHz, signal) : null;
    const call = await placeDemoCall(gateway, { terminal, player, signal });
    if (call === null) return exitCodes.interrupted;
    const exitCode = report(call, options.record, terminal);
    if (stays) showTalk(terminal, gateway);
    if (player?.isAfterwards) terminal.print(`Playing ${options.record} by ${player.name} …`);
    await player?.finish(resolve(options.record));
    if (stays) await stopped;
    return exitCode;
  });
}

/** On the usual ports if it is to stay and they are free, else on any: nothing is in its way. */
async function withDemoGateway(
  { stays, terminal }: { readonly stays: boolean; readonly terminal: Terminal },
  work: (gateway: Gateway) => Promise<ExitCode>,
): Promise<ExitCode> {
  const run = (ports: Readonly<Record<string, string>>): Promise<ExitCode> => {
    const settings = { default_persona: 'waiter', ...ports };
    return withPrivateGateway({ script: null, settings, prepare: fill }, work);
  };
  if (!stays) return await run({});
  try {
    return await run(await portSettings(terminal));
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.code !== 'LISTEN_FAILED') throw thrown;
    // Another demo that was started at the same time, perhaps.
    terminal.print(`Meanwhile a port was taken (${thrown.message}): using others.`);
    return await run({});
  }
}

/** Keeps the recording, tells what came of the call, and judges it. */
function report(call: DemoCall, record: string, terminal: Terminal): ExitCode {
  const { timeline } = call.result;
  keepRecording(record, call.result);
  terminal.print();
  showBars(terminal, timeline);
  terminal.print();
  for (const line of tableLines(terminal, demoFacts(call, record))) terminal.print(line);
  const shortcomings = shortcomingsOf(call);
  for (const words of shortcomings) {
    terminal.print(terminal.tint('bad', `Not as it should: ${words}.`));
  }
  showNext(terminal);
  if (timeline.agent.length === 0) return exitCodes.unheard;
  return shortcomings.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** `null`: the person has left. */
async function placeDemoCall(
  gateway: Gateway,
  {
    terminal,
    player,
    signal,
  }: { readonly terminal: Terminal; readonly player: Player | null; readonly signal: AbortSignal },
): Promise<DemoCall | null> {
  const clock = systemClock();
  const lines = signal.aborted ? [] : await spokenLines(demoLines, { clock, log: gateway.log });
  terminal.progress('');
  if (signal.aborted) return null;
  terminal.print(
    terminal.tint('strong', `A call to Offhook on 127.0.0.1:${gateway.audioSocketPort}`) +
      ' (AudioSocket, 8 kHz), answered by its own engine: no key, no network.',
  );
  terminal.print();
  const uuid = systemRandom().uuid();
  const record = new GrowingRecord(gateway, uuid, clock);
  const view = new LiveView(terminal);
  const following = record.follow((entries) => view.show(entries));
  const result = await placeCall(
    {
      host: '127.0.0.1',
      port: gateway.audioSocketPort,
      uuid,
      format: 'slin',
      lines: new DemoCaller(lines, record.entries),
      holdMs: 5_000,
      callMsMax: 180_000,
    },
    {
      clock,
      connect: connectTcp,
      onSound(sound) {
        if (signal.aborted) for (const session of gateway.sessions.all()) session.close('drained');
        view.hear(sound);
        player?.play(sound);
      },
    },
  );
  record.callEnded();
  await following;
  terminal.progress('');
  if (signal.aborted) return null;
  return { result, entries: record.entries, ordered: await orderedIn(gateway) };
}

/** Menus and the like, there before the gateway looks at what callers may say. */
export async function fill({ database: choice }: Config): Promise<void> {
  const database = commandDatabase(choice);
  await seedDemo(database, dayOf(systemClock().epochMs()));
  await database.close();
}

/** Nobody else orders in a database that was made for this call. */
async function orderedIn({ database }: Gateway): Promise<DemoCall['ordered']> {
  return await database.transaction((rows) =>
    rows.selectFrom('order_lines').select(['name', 'quantity']).execute(),
  );
}

/** The usual ports, or any free one where something else listens: this demo perhaps. */
async function portSettings(terminal: Terminal): Promise<Readonly<Record<string, string>>> {
  const settings: Record<string, string> = {};
  for (const [key, port] of Object.entries(usualPorts)) {
    const isFree = await isPortFree(port);
    if (!isFree) terminal.print(`Port ${port} (${key}) is taken: using another one.`);
    settings[key] = isFree ? String(port) : '0';
  }
  return settings;
}

async function isPortFree(port: number): Promise<boolean> {
  try {
    const listening = await new TcpListener({ host: '127.0.0.1', port }).listen((socket) =>
      socket.destroy(),
    );
    await listening.close();
    return true;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return false;
    throw thrown;
  }
}

function showTalk(terminal: Terminal, { apiUrl, audioSocketPort }: Gateway): void {
  terminal.print();
  terminal.print(`Until Ctrl-C the gateway stays, with AudioSocket on port ${audioSocketPort}.`);
  terminal.print('Talk to it in your browser:');
  terminal.print(`  ${terminal.tint('strong', `${apiUrl}/talk`)}`);
}

function showNext(terminal: Terminal): void {
  terminal.print();
  terminal.print('Next:');
  const steps = [
    ['serve until stopped', 'npm start'],
    ['talk to it in writing', 'npm run ai:demo'],
    ['answer your telephone', 'docs/asterisk.md has the lines of the dialplan'],
    ['let a real model speak', 'OPENAI_API_KEY=… OFFHOOK_PROVIDER=openai_realtime npm start'],
  ];
  const columns = terminal.columns - 2;
  for (const line of tableLines({ columns }, steps)) terminal.print(`  ${line}`);
}
