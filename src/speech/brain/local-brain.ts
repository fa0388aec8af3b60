import type { ConverterFactory } from '../../audio/converter.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import type {
  Brain,
  BrainAsk,
  BrainContext,
  BrainOutcome,
  BrainSession,
  RespondRequest,
  Usage,
} from '../../realtime-server/brain.ts';
import { GatewayError, messageOf } from '../../runtime/errors.ts';
import type { Recognizer } from '../recognizer.ts';
import { type CallerTurn, Ear, type HangOver, type Heard } from './ear.ts';
import type { Mind, MindSession, Persona } from './mind.ts';
import { Speaker, type Voice } from './speaker.ts';

/** After the engine died on what the caller said, before they are asked to say it again. */
const apologyWords = 'I am sorry, something went wrong on my side.';

/** The three doors of the engine, and what it needs besides. */
export interface LocalBrainParts {
  /** Listens. */
  readonly recognizer: Recognizer;
  /** Thinks. */
  readonly mind: Mind;
  /** Speaks. */
  readonly voice: Voice;
  /** Judges what is speech; without it the server listens for energy. */
  readonly scorer?: Brain['scorer'];
  readonly converters: ConverterFactory;
  readonly hangOver: () => HangOver;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The engine of our own as a brain of the Realtime server: no key, no network. */
export function localBrain(parts: LocalBrainParts): Brain {
  const { scorer } = parts;
  return {
    name: 'local',
    open: (context) => new LocalBrainSession(parts, context),
    ...(scorer === undefined ? {} : { scorer }),
  };
}

class LocalBrainSession implements BrainSession {
  readonly #parts: LocalBrainParts;
  readonly #context: BrainContext;
  readonly #ear: Ear;
  readonly #mind: MindSession;
  /** What callers said, by item; settled when it is recognized. */
  readonly #heard = new Map<string, Promise<Heard>>();
  readonly #answers = new Map<string, AbortController>();
  #persona = '';

  constructor(parts: LocalBrainParts, context: BrainContext) {
    this.#parts = parts;
    this.#context = context;
    this.#mind = parts.mind.open();
    this.#ear = new Ear({ ...parts, ...context });
  }

  tell(ask: BrainAsk): void {
    switch (ask.type) {
      case 'session':
        this.#expectOf(ask.session);
        break;
      case 'caller-audio':
        this.#ear.hear(ask.bytes, ask.format);
        break;
      case 'caller-speech-start':
        this.#ear.begin(ask.itemId);
        break;
      case 'caller-turn-dropped':
        this.#ear.drop(ask.itemId);
        break;
      case 'caller-pause':
        this.#ear.pause(ask.itemId);
        break;
      case 'caller-turn':
        this.#onTurn(ask);
        break;
      case 'respond':
        void this.#respond(ask.request);
        break;
      case 'cancel':
        this.#answers.get(ask.responseId)?.abort();
        break;
    }
  }

  close(): void {
    for (const answer of this.#answers.values()) answer.abort();
    this.#ear.close();
  }

  /** Another persona, or other tools for it: other sentences. */
  #expectOf(persona: Persona): void {
    const { prompt, tools } = persona;
    const name = JSON.stringify([prompt, tools]);
    if (name === this.#persona) return;
    this.#persona = name;
    void this.#ear.expect(this.#mind.expected(persona));
  }

  #onTurn(turn: CallerTurn): void {
    this.#heard.set(turn.itemId, this.#ear.finish(turn));
  }

  async #respond(request: RespondRequest): Promise<void> {
    const { responseId } = request;
    const answer = new AbortController();
    this.#answers.set(responseId, answer);
    const usages: Usage[] = [];
    const outcome = await this.#answer(request, answer.signal, (usage) => usages.push(usage));
    this.#answers.delete(responseId);
    if (answer.signal.aborted) return;
    const [usage] = usages;
    const spent = usage === undefined ? {} : { usage };
    this.#context.onOutput({ type: 'end', responseId, outcome, ...spent });
  }

  /** Never rejects. */
  async #answer(
    request: RespondRequest,
    signal: AbortSignal,
    onUsage: (usage: Usage) => void,
  ): Promise<BrainOutcome> {
    const { clock, onOutput } = this.#context;
    const { log, voice } = this.#parts;
    const { responseId } = request;
    const speaker = new Speaker({ voice, clock, request, signal, onOutput });
    const askedAtMs = clock.monotonicMs();
    try {
      const heard = await this.#heardIn(request);
      if (signal.aborted) return completed;
      const heardAtMs = clock.monotonicMs();
      if (heard.isLost) await speaker.say(apologyWords);
      const question = { request, heard: heard.texts, signal, onUsage };
      for await (const action of this.#mind.answer(question)) {
        if (signal.aborted) return completed;
        if (action.is === 'say') await speaker.say(action.text);
        else {
          const { name, argumentsJson } = action;
          onOutput({ type: 'function-call', responseId, name, argumentsJson });
        }
      }
      log.debug('local reply', {
        responseId,
        listenedMs: heardAtMs - askedAtMs,
        firstSoundMs: speaker.firstAudioAtMs === null ? null : speaker.firstAudioAtMs - heardAtMs,
      });
      return completed;
    } catch (error) {
      if (signal.aborted) return completed;
      log.error('no answer', { responseId, error: messageOf(error) });
      return failed(error);
    }
  }

  /** Waits for the words that the context needs. Forgets those of items that are gone. */
  async #heardIn({ items, isInConversation }: RespondRequest): Promise<HeardWords> {
    const ids = new Set(items.map(({ id }) => id));
    if (isInConversation) {
      for (const id of this.#heard.keys()) if (!ids.has(id)) this.#heard.delete(id);
    }
    const texts = new Map<string, string | null>();
    let isLost = false;
    for (const item of items) {
      const heard = await this.#heard.get(item.id);
      if (heard === undefined) continue;
      texts.set(item.id, heard.is === 'words' ? heard.text : null);
      isLost = heard.is === 'lost' && item === items.at(-1);
    }
    return { texts, isLost };
  }
}

interface HeardWords {
  readonly texts: ReadonlyMap<string, string | null>;
  /** The engine died on what the caller said last. */
  readonly isLost: boolean;
}

const completed: BrainOutcome = { status: 'completed' };

function failed(error: unknown): BrainOutcome {
  const code = error instanceof GatewayError ? error.code : 'INTERNAL';
  const message = messageOf(error);
  return { status: 'failed', error: { type: 'server_error', code: code.toLowerCase(), message } };
}
