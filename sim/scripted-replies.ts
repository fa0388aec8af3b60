import type { ProviderEvent, ReplyOutcome } from '../src/providers/provider.ts';
import { GatewayError } from '../src/runtime/errors.ts';
import type { Dice } from './dice.ts';

/** What a reply may be like. The names are those of the faults that a run reports. */
export const replyKinds = {
  spoken: 50,
  'several items': 10,
  'long reply': 3,
  'flood of audio': 2,
  'tool call': 9,
  'spoken and tool call': 8,
  'several tool calls': 4,
  'farewell and hang-up': 2,
  'hang-up without a word': 3,
  'text-only reply': 4,
  'empty reply': 2,
  'failed reply': 4,
  'incomplete reply': 3,
  'cut-short reply': 3,
  'reply that stalls': 2,
} as const;

export type ReplyKind = keyof typeof replyKinds;

/** Tools of the simulation; the names decide how they behave. */
export const toolNames = ['look_up', 'book_table', 'send_mail'] as const;
export const hangUpToolName = 'hangup_call';

/** One thing on the way of a reply, so long after the one before. */
export type ReplyStep = { readonly afterMs: number } & (
  | { readonly event: ProviderEvent }
  | { readonly itemId: string; readonly soundBytes: number }
);

interface Drawing {
  readonly dice: Dice;
  readonly replyId: string;
  readonly bytesPerMs: number;
  readonly steps: ReplyStep[];
  itemCount: number;
}

/** Letters of speech take this long, as the session reckons. */
const letterMs = 65;

/** Everything that follows the start of a reply, up to its end. */
export function drawReply(parts: {
  readonly dice: Dice;
  readonly replyId: string;
  readonly kind: ReplyKind;
  readonly bytesPerMs: number;
}): readonly ReplyStep[] {
  const drawing: Drawing = { ...parts, steps: [], itemCount: 0 };
  const { dice, kind } = parts;
  switch (kind) {
    case 'spoken':
      speak(drawing, dice.between(300, 5_000));
      return end(drawing, 'completed');
    case 'several items':
      for (let left = dice.whole(2, 4); left > 0; left -= 1)
        speak(drawing, dice.between(60, 2_000));
      return end(drawing, 'completed');
    case 'long reply':
      speak(drawing, dice.between(15_000, 40_000));
      return end(drawing, 'completed');
    case 'flood of audio':
      speak(drawing, dice.between(200_000, 400_000), { isAtOnce: true });
      return end(drawing, 'completed');
    case 'tool call':
      callTools(drawing, 1);
      return end(drawing, 'completed');
    case 'spoken and tool call':
      speak(drawing, dice.between(500, 3_000));
      callTools(drawing, dice.whole(1, 2));
      return end(drawing, dice.chance(0.9) ? 'completed' : 'incomplete');
    case 'several tool calls':
      callTools(drawing, dice.whole(2, 5));
      return end(drawing, 'completed');
    case 'farewell and hang-up':
      speak(drawing, dice.between(700, 3_000));
      callTool(drawing, hangUpToolName);
      return end(drawing, 'completed');
    case 'hang-up without a word':
      callTool(drawing, hangUpToolName);
      return end(drawing, 'completed');
    default:
      return drawMishap(drawing, kind);
  }
}

function drawMishap(drawing: Drawing, kind: ReplyKind): readonly ReplyStep[] {
  const { dice, steps } = drawing;
  switch (kind) {
    case 'text-only reply':
      write(drawing, nextItem(drawing), 40);
      return end(drawing, 'completed');
    case 'incomplete reply':
      speak(drawing, dice.between(200, 2_000));
      return end(drawing, 'incomplete');
    case 'failed reply':
      if (dice.chance(0.5)) speak(drawing, dice.between(100, 1_000));
      if (dice.chance(0.3)) callTools(drawing, 1);
      return end(drawing, 'failed');
    case 'cut-short reply':
      speak(drawing, dice.between(100, 300), { letters: dice.whole(30, 90) });
      return end(drawing, 'completed');
    case 'reply that stalls':
      speak(drawing, dice.between(500, 2_000));
      steps.splice(dice.whole(0, steps.length), 0, {
        afterMs: dice.between(2_000, 12_000),
        itemId: `${drawing.replyId}_1`,
        soundBytes: 0,
      });
      return end(drawing, 'completed');
    default:
      return end(drawing, 'completed');
  }
}

function nextItem(drawing: Drawing): string {
  drawing.itemCount += 1;
  return `${drawing.replyId}_${drawing.itemCount}`;
}

/** Sound in pieces of any size, faster or slower than real time, with words before and among it. */
function speak(
  drawing: Drawing,
  soundMs: number,
  how: { readonly isAtOnce?: boolean; readonly letters?: number } = {},
): void {
  const { dice, steps, bytesPerMs, replyId } = drawing;
  const itemId = nextItem(drawing);
  const speed = how.isAtOnce ? 1_000 : dice.pick([0.8, 1.2, 4, 4, 20, 1_000]);
  const isTextFirst = dice.chance(0.7);
  const letters = how.letters ?? Math.ceil(soundMs / letterMs);
  if (isTextFirst) write(drawing, itemId, letters);
  let bytesLeft = Math.ceil(soundMs * bytesPerMs);
  const pieceMsMax = how.isAtOnce ? 5_000 : dice.pick([30, 120, 400]);
  while (bytesLeft > 0) {
    const soundBytes = Math.min(bytesLeft, dice.whole(1, pieceMsMax * bytesPerMs));
    bytesLeft -= soundBytes;
    steps.push({ afterMs: soundBytes / bytesPerMs / speed, itemId, soundBytes });
  }
  // Now and then nobody says that an item is done: the next one, or the reply's end, shows it.
  if (dice.chance(0.95)) {
    steps.push({ afterMs: 0, event: { type: 'agent-audio-done', replyId, itemId } });
  }
  if (!isTextFirst) write(drawing, itemId, letters);
}

function write({ steps, replyId, dice }: Drawing, itemId: string, letters: number): void {
  const text = 'some words '.repeat(Math.ceil(letters / 11)).slice(0, letters);
  const at = dice.whole(0, letters);
  const say = (part: string, isFinal: boolean): void => {
    const event = { type: 'agent-text', replyId, itemId, text: part, isFinal } as const;
    steps.push({ afterMs: 0, event });
  };
  say(text.slice(0, at), false);
  say(text.slice(at), false);
  if (dice.chance(0.9)) say(text, true);
}

function callTools(drawing: Drawing, count: number): void {
  for (let left = count; left > 0; left -= 1) callTool(drawing, drawing.dice.pick(toolNames));
}

function callTool(drawing: Drawing, name: string): void {
  const { replyId, steps, dice } = drawing;
  const callId = `call_${nextItem(drawing)}`;
  const call = { type: 'tool-call', replyId, callId, name, argumentsJson: '{}' } as const;
  steps.push({ afterMs: dice.between(0, 50), event: call });
  // A message that comes twice, as after a reconnection of the vendor's own making.
  if (dice.chance(0.05)) steps.push({ afterMs: 0, event: call });
}

function end(drawing: Drawing, outcome: ReplyOutcome): readonly ReplyStep[] {
  const { steps, replyId, dice } = drawing;
  const isFailed = outcome === 'failed';
  const error = isFailed
    ? new GatewayError(
        dice.chance(0.95) ? 'PROVIDER_RATE_LIMITED' : 'PROVIDER_QUOTA',
        'the reply failed, as the script says',
      )
    : null;
  const event = { type: 'reply-end', replyId, outcome, reason: null, error, usage: null } as const;
  steps.push({ afterMs: dice.between(0, 40), event });
  return steps;
}
