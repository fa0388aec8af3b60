import { bytesPerMs } from '../audio/format.ts';
import type { Timer } from '../runtime/clock.ts';
import type {
  Brain,
  BrainAsk,
  BrainContext,
  BrainOutput,
  BrainSession,
  RespondRequest,
} from './brain.ts';
import type { EmulatorScript, ScriptReply } from './script.ts';
import {
  type LoopedSound,
  makeSound,
  readSound,
  type SampleLibrary,
  spokenTone,
} from './script-sound.ts';

/** A brain that says what its script says: same script, same clock, same words. */
export function scriptBrain(script: EmulatorScript, samples: SampleLibrary = () => null): Brain {
  return { name: 'scripted', open: (context) => new ScriptSession(script, samples, context) };
}

class ScriptSession implements BrainSession {
  readonly #script: EmulatorScript;
  readonly #samples: SampleLibrary;
  readonly #context: BrainContext;
  /** How often each reply has been used. */
  readonly #uses = new Map<ScriptReply, number>();
  readonly #talks = new Map<string, Talk>();
  readonly #timers = new Set<Timer>();
  #turnCount = 0;
  /** What the caller said last, known before its transcript is out. */
  #heard: { readonly itemId: string; readonly text: string } | null = null;

  constructor(script: EmulatorScript, samples: SampleLibrary, context: BrainContext) {
    this.#script = script;
    this.#samples = samples;
    this.#context = context;
  }

  tell(ask: BrainAsk): void {
    if (ask.type === 'respond') this.#respond(ask.request);
    else if (ask.type === 'cancel') this.#cancel(ask.responseId);
    else if (ask.type === 'caller-turn') this.#transcribe(ask.itemId, ask.wantsTranscript);
    else if (ask.type === 'caller-pause' && this.#script.completesThoughts) {
      this.#after(0, () => this.#say({ type: 'caller-turn-over', itemId: ask.itemId }));
    }
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    for (const talk of this.#talks.values()) talk.stop();
    this.#timers.clear();
    this.#talks.clear();
  }

  #after(delayMs: number, act: () => void): void {
    const timer = this.#context.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
  }

  #say(output: BrainOutput): void {
    this.#context.onOutput(output);
  }

  #transcribe(itemId: string, wantsTranscript: boolean): void {
    const lines = this.#script.callerSays;
    const text = lines[Math.min(this.#turnCount, lines.length - 1)];
    this.#turnCount += 1;
    this.#heard = { itemId, text: text ?? '' };
    if (!wantsTranscript) return;
    this.#after(this.#script.transcriptMs, () => {
      if (text === undefined) {
        this.#say({ type: 'caller-transcript-failed', itemId, reason: deafness });
        return;
      }
      for (const piece of wordsOf(text)) {
        this.#say({ type: 'caller-transcript', itemId, text: piece, isFinal: false });
      }
      this.#say({ type: 'caller-transcript', itemId, text, isFinal: true });
    });
  }

  #respond(request: RespondRequest): void {
    const reply = this.#choose(request);
    const { clock, onOutput } = this.#context;
    const pace = { ...this.#script, ...definedPace(reply) };
    const isAudible = request.modality === 'audio' && !reply.isSilent;
    const sound = isAudible
      ? makeSound(
          reply.sound ?? spokenTone(reply.say),
          reply.say,
          request.agentFormat,
          this.#samples,
        )
      : null;
    const deltaBytes = pace.deltaMs * bytesPerMs(request.agentFormat);
    const talk = new Talk({ request, reply, pace, sound, deltaBytes }, clock, (output) => {
      if (output.type === 'end') this.#talks.delete(request.responseId);
      onOutput(output);
    });
    this.#talks.set(request.responseId, talk);
  }

  #cancel(responseId: string): void {
    this.#talks.get(responseId)?.stop();
    this.#talks.delete(responseId);
  }

  #choose(request: RespondRequest): ScriptReply {
    const { replies } = this.#script;
    const next = replies.find((reply) => {
      const timesMax = reply.times ?? (reply.when === undefined ? 1 : Number.POSITIVE_INFINITY);
      return (this.#uses.get(reply) ?? 0) < timesMax && this.#matches(reply, request);
    });
    const plain = replies.findLast((reply) => reply.when === undefined);
    const chosen = next ?? plain ?? replies[0]!;
    this.#uses.set(chosen, (this.#uses.get(chosen) ?? 0) + 1);
    return chosen;
  }

  #matches({ when }: ScriptReply, request: RespondRequest): boolean {
    if (when === undefined) return true;
    const { items, instructions } = request;
    const said = items.filter((item) => item.type === 'message' && item.role === 'user');
    if (when.turn !== undefined && when.turn !== said.length) return false;
    if (when.instructionsSay !== undefined && !says(instructions, when.instructionsSay)) {
      return false;
    }
    if (when.callerSays !== undefined && !says(this.#lastWords(request), when.callerSays)) {
      return false;
    }
    return when.afterTool === undefined || when.afterTool === lastTool(request);
  }

  #lastWords({ items }: RespondRequest): string {
    const last = items.findLast((item) => item.type === 'message' && item.role === 'user');
    if (last?.type !== 'message') return '';
    if (last.id === this.#heard?.itemId) return this.#heard.text;
    return last.content.map((part) => part.text ?? part.transcript ?? '').join(' ');
  }
}

interface TalkPlan {
  readonly request: RespondRequest;
  readonly reply: ScriptReply;
  readonly pace: { firstDeltaMs: number; deltaMs: number; speed: number };
  readonly sound: LoopedSound | null;
  readonly deltaBytes: number;
}

/** One reply on its way out: words ahead of their audio, audio in equal pieces. */
class Talk {
  readonly #plan: TalkPlan;
  readonly #words: readonly string[];
  readonly #deltaCount: number;
  readonly #onOutput: (output: BrainOutput) => void;
  readonly #setTimer: (delayMs: number, act: () => void) => Timer;
  readonly #deltasPerTick: number;
  #timer: Timer;
  #deltasDone = 0;
  #wordsDone = 0;
  #isStopped = false;

  constructor(
    plan: TalkPlan,
    clock: BrainContext['clock'],
    onOutput: (output: BrainOutput) => void,
  ) {
    this.#plan = plan;
    this.#onOutput = onOutput;
    this.#setTimer = (delayMs, act) => clock.setTimer(delayMs, act);
    this.#words = wordsOf(plan.reply.say);
    const audioDeltas =
      plan.sound === null ? 0 : Math.ceil(plan.sound.lengthBytes / plan.deltaBytes);
    const wordDeltas = plan.sound === null ? this.#words.length : Math.min(1, this.#words.length);
    this.#deltaCount = Math.max(audioDeltas, wordDeltas);
    // No timer is finer than a millisecond: a fast reply sends several pieces on each.
    this.#deltasPerTick = Math.max(1, Math.floor(plan.pace.speed / plan.pace.deltaMs));
    this.#timer = this.#setTimer(plan.pace.firstDeltaMs, () => this.#tick());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer.cancel();
  }

  #tick(): void {
    const { pace } = this.#plan;
    const until = Math.min(this.#deltaCount, this.#deltasDone + this.#deltasPerTick);
    while (this.#deltasDone < until && !this.#isStopped) this.#sendDelta();
    if (this.#isStopped) return;
    if (this.#deltasDone >= this.#deltaCount) {
      this.#finish();
      return;
    }
    const delayMs = (this.#deltasPerTick * pace.deltaMs) / pace.speed;
    this.#timer = this.#setTimer(delayMs, () => this.#tick());
  }

  #sendDelta(): void {
    const { request, sound, deltaBytes } = this.#plan;
    const { responseId } = request;
    const at = this.#deltasDone;
    this.#deltasDone += 1;
    const wordsDue = Math.ceil((this.#deltasDone / this.#deltaCount) * this.#words.length);
    if (wordsDue > this.#wordsDone) {
      const delta = this.#words.slice(this.#wordsDone, wordsDue).join('');
      this.#wordsDone = wordsDue;
      this.#onOutput({ type: 'text', responseId, delta });
    }
    if (sound === null || this.#isStopped) return;
    const bytes = readSound(sound, at * deltaBytes, deltaBytes);
    this.#onOutput({ type: 'audio', responseId, bytes });
  }

  #finish(): void {
    const { request, reply } = this.#plan;
    const { responseId } = request;
    for (const call of reply.calls) {
      const argumentsJson = JSON.stringify(call.arguments);
      this.#onOutput({ type: 'function-call', responseId, name: call.name, argumentsJson });
      if (this.#isStopped) return;
    }
    const usage = reply.usage === undefined ? {} : { usage: reply.usage };
    this.#onOutput({ type: 'end', responseId, outcome: reply.outcome, ...usage });
  }
}

const deafness = 'The scripted brain does not listen, and its script has no words for you.';

/** The parts of pace that a reply sets itself. */
function definedPace({ firstDeltaMs, deltaMs, speed }: ScriptReply) {
  return {
    ...(firstDeltaMs === undefined ? {} : { firstDeltaMs }),
    ...(deltaMs === undefined ? {} : { deltaMs }),
    ...(speed === undefined ? {} : { speed }),
  };
}

/** Words with the space after them, so that joined they are the text. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\S+\s*/g) ?? [];
}

const says = (text: string, pattern: string): boolean => new RegExp(pattern, 'i').test(text);

/** The tool whose output ends the context, if one does. */
function lastTool({ items }: RespondRequest): string | null {
  const last = items.at(-1);
  if (last?.type !== 'function_call_output') return null;
  const call = items.find((item) => item.type === 'function_call' && item.call_id === last.call_id);
  return call?.type === 'function_call' ? call.name : null;
}
