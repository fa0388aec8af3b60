import type { HistoryItem } from '../providers/provider.ts';
import { unreachable } from '../runtime/assert.ts';
import type { Party, SessionEndCause } from '../store/store.ts';
import type { Agent } from './cast.ts';
import type { Effect, HeardItem, Moment, TurnInput } from './edges.ts';
import type { Planes } from './planes.ts';
import { record, type SessionRim } from './rim.ts';
import type { PromptName } from './state.ts';
import type { Transcript } from './transcript.ts';
import { Writing } from './writing.ts';

export interface PerformerParts {
  readonly rim: SessionRim;
  readonly planes: Planes;
  readonly transcript: Transcript;
  /** Whom callers get first. */
  readonly agent: Agent;
  readonly raise: (input: TurnInput) => void;
}

type EffectOf<Type extends Effect['type']> = Extract<Effect, { type: Type }>;

type NewsEffect = EffectOf<
  'warn' | 'count-limit' | 'count-collision' | 'barged-in' | 'stopped' | 'answered'
>;

/**
 * Does what a step of the control plane wants done: commands go to leg and link, sound is stopped
 * or turned to somebody else, and what became known of the words is put on record.
 */
export class Performer {
  readonly #parts: PerformerParts;
  #agent: Agent;
  #linkInUse = 0;

  constructor(parts: PerformerParts) {
    this.#parts = parts;
    this.#agent = parts.agent;
  }

  /** Who speaks with the caller, also while they are on hold. */
  get callerAgent(): Agent {
    return this.#agent;
  }

  /** Who speaks with whom the agent is attached to: their tools may be called. */
  get agent(): Agent {
    const { attached, second } = this.#parts.planes;
    return attached === 'second' && second ? second.agent : this.#agent;
  }

  /** 0: none. */
  get linkInUse(): number {
    return this.#linkInUse;
  }

  perform(effect: Effect, moment: Moment): void {
    const { planes, rim, transcript } = this.#parts;
    switch (effect.type) {
      case 'link':
        rim.toLink(effect.command);
        return;
      case 'leg':
        rim.toLeg(effect.command);
        return;
      case 'open-link':
        this.#openLink(effect);
        return;
      case 'close-link':
        if (effect.linkId === this.#linkInUse) this.unlink(moment);
        rim.closeLink(effect.linkId);
        return;
      case 'use-link':
        this.#linkInUse = effect.linkId;
        rim.useLink(effect.linkId);
        return;
      case 'flush-playout':
        planes.current.playout.flush();
        return;
      case 'silence-reply':
        planes.current.playout.silence(effect.replyId);
        return;
      case 'attach':
        this.#attach(effect.party);
        return;
      case 'consult':
        rim.consult(effect.news);
        return;
      case 'play-prompt':
        this.#playPrompt(effect.name);
        return;
      case 'use-agent':
        this.#useAgent(effect);
        return;
      case 'run-tool':
        transcript.toolCalled(effect.call, moment.atMs);
        rim.runTool(effect.call);
        return;
      case 'results-sent':
        for (const outcome of effect.outcomes) transcript.toolAnswered(outcome);
        return;
      case 'set-timer':
        rim.setTimer(effect.name, effect.delayMs);
        return;
      case 'cancel-timer':
        rim.cancelTimer(effect.name);
        return;
      case 'journal':
        rim.journal(effect.body);
        return;
      case 'finish':
        this.#finish(effect.cause, moment);
        return;
      default:
        this.#performNews(effect, moment);
    }
  }

  #performNews(effect: NewsEffect, { nowMs }: Moment): void {
    const { rim } = this.#parts;
    switch (effect.type) {
      case 'warn':
        rim.report({ type: 'warning', message: effect.message, error: effect.error });
        if (effect.error) {
          const { code, message } = effect.error;
          rim.journal({ type: 'error', code, message });
        }
        return;
      case 'count-limit':
        rim.report({ type: 'limit', limit: effect.limit });
        return;
      case 'count-collision':
        rim.report({ type: 'collision' });
        return;
      case 'barged-in':
        this.#recordHeard(effect.items);
        rim.report({ type: 'barged-in', items: effect.items, speechReportedAtMs: nowMs });
        return;
      case 'stopped':
        this.#recordHeard(effect.items);
        return;
      case 'answered':
        rim.report({ type: 'answered', responseMs: effect.responseMs });
        return;
      default:
        unreachable(effect);
    }
  }

  /**
   * The link in use is gone or given up: what it still says is no part of the call. Its replies
   * will not be ended by it; what came of them is played to its end.
   */
  unlink({ state }: Pick<Moment, 'state'>): void {
    const { planes, rim, transcript } = this.#parts;
    const { callerPath, playout } = planes.current;
    callerPath?.setLinked(false);
    this.#linkInUse = 0;
    const { active } = state.arbiter;
    for (const replyId of new Set([...playout.openReplyIds(), active?.replyId])) {
      if (replyId === undefined) continue;
      playout.endReply(replyId);
      for (const body of transcript.replyEnded(replyId)) record(rim, body);
    }
  }

  #openLink({ linkId, reason }: EffectOf<'open-link'>): void {
    const { rim } = this.#parts;
    rim.openLink(linkId, { reason, persona: this.agent.setup, history: this.#history() });
    rim.journal({ type: 'link', state: 'opened', reason });
  }

  /** What was said so far, as far as it was heard by this very moment. */
  #history(): HistoryItem[] {
    const { planes, transcript } = this.#parts;
    for (const item of planes.current.playout.unplayed()) transcript.agentHears(item);
    return transcript.history();
  }

  #useAgent({ agent, by }: EffectOf<'use-agent'>): void {
    const { rim } = this.#parts;
    this.#agent = agent;
    rim.useAgent(agent, by);
    rim.journal({ type: 'persona-change', persona: agent.setup.key, by });
  }

  #attach(party: Party | 'nobody'): void {
    const { planes, transcript } = this.#parts;
    planes.attach(party, this.#linkInUse !== 0);
    if (party !== 'nobody') transcript.attend(party);
  }

  /** A prompt that is missing is as good as played: nobody waits for it for ever. */
  #playPrompt(name: PromptName): void {
    const { planes, raise, rim } = this.#parts;
    const { playout } = planes.current;
    if (playout instanceof Writing) {
      raise({ type: 'prompt-played', name });
      return;
    }
    const bytes = rim.promptAudio(name);
    rim.journal({ type: 'prompt', name });
    rim.report({ type: 'prompt', name });
    if (bytes) playout.playPrompt(name, bytes);
    else raise({ type: 'prompt-played', name });
  }

  #finish(cause: SessionEndCause, { atMs }: Moment): void {
    const { planes, rim, transcript } = this.#parts;
    this.#recordHeard(planes.current.playout.unplayed());
    for (const body of transcript.finish()) record(rim, body);
    rim.journal({
      type: 'session-end',
      cause,
      durationMs: Math.round(atMs),
      callerFillerMs: planes.filler.callerMs,
      agentHeardMs: transcript.agentHeardMs,
    });
    planes.close();
    rim.ended(cause);
  }

  #recordHeard(items: readonly HeardItem[]): void {
    const { rim, transcript } = this.#parts;
    for (const item of items) record(rim, transcript.agentHeard(item));
  }
}
