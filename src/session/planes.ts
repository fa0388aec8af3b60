import type { ProviderCommand } from '../providers/provider.ts';
import { assert } from '../runtime/assert.ts';
import type { Party } from '../store/store.ts';
import { CallerPath } from './caller-path.ts';
import type { Agent } from './cast.ts';
import {
  closePlane,
  hasSound,
  type MediaPlane,
  type SoundOptions,
  type SoundPlane,
} from './media-plane.ts';
import { Playout, type PlayoutEvents } from './playout.ts';
import type { SessionSettings } from './settings.ts';
import { Writing, type WritingEvents } from './writing.ts';

type CallerAudio = Extract<ProviderCommand, { type: 'caller-audio' }>;

/** What comes up while sound or words are on their way. */
export interface PlaneEvents extends PlayoutEvents, WritingEvents {
  /** For the model; the same object each time, to be used before this returns. */
  onCallerAudio(audio: CallerAudio): void;
}

/** Somebody else than the caller, and the agent that briefs them. */
export interface JoinedParty {
  readonly sound: SoundOptions;
  readonly agent: Agent;
}

interface PlanesOptions {
  /** `null`: the caller's leg has no sound, and words are sent instead. */
  readonly sound: SoundOptions | null;
  readonly settings: SessionSettings;
  readonly events: PlaneEvents;
}

/** The ways between the parties of a call and the model, which is joined with one at a time. */
export class Planes {
  readonly #options: PlanesOptions;
  readonly #caller: MediaPlane;
  #second: (SoundPlane & { readonly agent: Agent }) | null = null;
  #attached: Party | 'nobody' = 'caller';
  #isClosed = false;

  constructor(options: PlanesOptions) {
    this.#options = options;
    const { sound, events } = options;
    this.#caller = sound
      ? this.#planeOf(sound)
      : { playout: new Writing(events), callerPath: null };
  }

  #planeOf({ callerPath, playout }: SoundOptions): SoundPlane {
    const { events, settings } = this.#options;
    const audio: Mutable<CallerAudio> = {
      type: 'caller-audio',
      bytes: new Uint8Array(0),
      offset: 0,
      length: 0,
    };
    return {
      playout: new Playout({ ...playout, queueMsMax: settings.replyQueueMsMax, events }),
      callerPath: new CallerPath({
        ...callerPath,
        gate: settings.gate,
        gateTailMs: settings.gateTailMs,
        onAudio: (bytes, offset, length) => {
          audio.bytes = bytes;
          audio.offset = offset;
          audio.length = length;
          events.onCallerAudio(audio);
        },
      }),
    };
  }

  /** Whom the agent hears and speaks with. */
  get attached(): Party | 'nobody' {
    return this.#attached;
  }

  get caller(): MediaPlane {
    return this.#caller;
  }

  get second(): (SoundPlane & { readonly agent: Agent }) | null {
    return this.#second;
  }

  /**
   * That of whom the agent speaks with; while nobody is there, of the caller, who hears nothing.
   */
  get current(): MediaPlane {
    return (this.#attached === 'second' && this.#second) || this.#caller;
  }

  /** The same, of a leg that has sound: only such a one may be asked for it. */
  get sounding(): SoundPlane {
    const plane = this.current;
    assert(hasSound(plane), 'the leg has sound');
    return plane;
  }

  /** Whether the caller's leg has no sound. */
  get isWritten(): boolean {
    return !hasSound(this.#caller);
  }

  /** What was put in where sound of or for the caller was missing. */
  get filler(): { readonly callerMs: number; readonly playoutMs: number } {
    const { callerPath, playout } = this.#caller;
    return { callerMs: callerPath?.fillerMs ?? 0, playoutMs: playout.fillerMs };
  }

  /** Makes the ways of a second party; `attach` turns to them. */
  join({ sound, agent }: JoinedParty, nowMs: number): void {
    this.#second = { ...this.#planeOf(sound), agent };
    this.#second.callerPath.start(nowMs);
  }

  /**
   * Turns the model's ears and mouth to somebody else. What comes late of a reply that was cut off
   * is played to nobody. While nobody is there the model hears silence: its clock must not stop.
   */
  attach(party: Party | 'nobody', isLinked: boolean): void {
    const before = this.current;
    this.#attached = party;
    const now = this.current;
    if (now !== before && hasSound(now) && hasSound(before)) {
      now.playout.silenceAs(before.playout);
      before.callerPath.setLinked(false);
      now.callerPath.setLinked(isLinked);
    }
    if (party === 'second' || !this.#second) return;
    closePlane(this.#second);
    this.#second = null;
  }

  /** Gives back what sound was converted with; once, whoever asks again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closePlane(this.#caller);
    if (this.#second) closePlane(this.#second);
  }
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
