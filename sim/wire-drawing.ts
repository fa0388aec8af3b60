import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import type { SessionSettings } from '../src/session/settings.ts';
import { drawSettings } from './core-drawing.ts';
import type { Dice } from './dice.ts';
import type { Tally } from './tally.ts';

type Reply = NonNullable<EmulatorScriptSource['replies']>[number];
type Fault = NonNullable<EmulatorScriptSource['faults']>[number];

const error = { type: 'server_error', code: 'rate_limit_exceeded', message: 'as the script says' };

/** Replies that are like nothing else, one after the other, and then ordinary ones for ever. */
const oddRepliesMax = 6;

function drawReply(dice: Dice, faults: Tally): Reply {
  const kind = dice.weighted({
    spoken: 50,
    'long reply': 5,
    'flood of audio': 2,
    'tool call': 8,
    'several tool calls': 6,
    'tool that hangs': 3,
    'text-only reply': 4,
    'failed reply': 5,
    'incomplete reply': 4,
    'farewell and hang-up': 2,
  } as const);
  if (kind !== 'spoken') faults.add(kind);
  const say = 'Some words that take a while to say. '.repeat(dice.whole(1, 3));
  const firstDeltaMs = dice.whole(20, 900);
  const pace = { firstDeltaMs, deltaMs: dice.whole(10, 400), speed: dice.pick([0.9, 2, 4, 50]) };
  switch (kind) {
    case 'long reply':
      return { say, ...pace, sound: { kind: 'tone', hz: 500, ms: dice.whole(15_000, 40_000) } };
    case 'flood of audio':
      return { say, speed: 1_000, sound: { kind: 'tone', hz: 500, ms: 600_000 } };
    case 'tool call':
      return { ...pace, calls: [{ name: 'look_up', arguments: {} }] };
    case 'several tool calls':
      return {
        say,
        ...pace,
        calls: [
          { name: 'look_up', arguments: {} },
          { name: 'book_table', arguments: {} },
          { name: 'no_such_tool', arguments: {} },
        ],
      };
    case 'tool that hangs':
      return { ...pace, calls: [{ name: 'send_mail', arguments: {} }] };
    case 'text-only reply':
      return { say, ...pace, isSilent: true };
    case 'failed reply':
      return { say, ...pace, outcome: { status: 'failed', error } };
    case 'incomplete reply':
      return { say, ...pace, outcome: { status: 'incomplete', reason: 'content_filter' } };
    case 'farewell and hang-up':
      return { say: 'Goodbye.', ...pace, calls: [{ name: 'hangup_call', arguments: {} }] };
    default:
      return { say, ...pace };
  }
}

const faultKinds = {
  refuse: 4,
  drop: 6,
  stall: 8,
  burst: 6,
  'late-transcripts': 4,
  collide: 4,
  error: 4,
  event: 6,
  expire: 3,
} as const;

function drawFault(dice: Dice, kind: keyof typeof faultKinds): Fault {
  const chance = 0.6;
  const atMs = dice.whole(100, 25_000);
  const when = dice.chance(0.5)
    ? { atMs }
    : {
        after: dice.pick([
          'session.updated',
          'response.created',
          'response.output_audio.delta',
          'response.done',
          'input_audio_buffer.speech_started',
        ]),
        nth: dice.whole(1, 4),
      };
  switch (kind) {
    case 'refuse':
      return { fault: kind, status: dice.pick([429, 500, 503]), error, chance: 0.3 };
    case 'drop':
      return { fault: kind, when, chance };
    case 'stall': {
      const direction = dice.pick(['to-client', 'from-client'] as const);
      return { fault: kind, when, direction, forMs: dice.whole(1_000, 3_000), chance };
    }
    case 'burst':
      return { fault: kind, when, everyMs: dice.whole(50, 700), chance };
    case 'late-transcripts':
      return { fault: kind, events: dice.whole(1, 8), chance };
    case 'collide':
      return { fault: kind, times: dice.whole(1, 2), chance };
    case 'error':
      return { fault: kind, when, error, chance };
    case 'event':
      return { fault: kind, when, event: { type: 'some.unknown', told: 'nothing' }, chance };
    case 'expire':
      return { fault: kind, afterMs: dice.whole(4_000, 25_000), chance };
  }
}

/** What the emulator says, and what goes wrong between it and the gateway. */
export function drawScript(
  dice: Dice,
  faults: Tally,
  hasCollisions: boolean,
): EmulatorScriptSource {
  const replies = Array.from({ length: dice.whole(0, oddRepliesMax) }, () =>
    drawReply(dice, faults),
  );
  const drawn = Array.from({ length: dice.whole(0, 4) }, () => dice.weighted(faultKinds)).filter(
    (kind) => hasCollisions || kind !== 'collide',
  );
  for (const kind of drawn) faults.add(`emulator: ${kind}`);
  return {
    callerSays: ['Something.'],
    replies: [...replies, { say: 'An ordinary answer to whatever you said.', times: 1_000 }],
    faults: drawn.map((kind) => drawFault(dice, kind)),
  };
}

export function drawWireSettings(dice: Dice): SessionSettings {
  return { ...drawSettings(dice), gate: dice.chance(0.15) ? 'local' : 'off' };
}
