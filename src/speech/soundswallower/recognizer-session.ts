import { assert } from '../../runtime/assert.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Grammar } from '../grammar.ts';
import type { Recognition, RecognizerSession } from '../recognizer.ts';
import type { CrewMember } from '../worker-crew.ts';
import { type RecognizerWork, rateHz } from './recognizer-work.ts';

/** Samples go to the thread in pieces of this length, and partials come no oftener. */
const pieceSamples = (100 * rateHz) / 1000;
/** What is said after this is not recognized: the longest orders take as much. */
const utteranceSamplesMax = 15 * rateHz;

type Member = CrewMember<RecognizerWork>;

/** A grammar with how its words are said that the dictionary lacks. */
export interface KnownGrammar {
  readonly key: string;
  readonly grammar: Grammar;
  readonly phones: ReadonlyMap<string, string>;
}

/** What a session needs of its recognizer. */
export interface Place {
  know(grammar: Grammar): Promise<KnownGrammar>;
  /** Makes a grammar ready in the thread of a member; told later is done later. */
  ready(member: Member, grammar: KnownGrammar): Promise<void>;
  /** Where to work; `current` whenever possible. */
  member(current: Member | null): Member;
  /** The number of a new utterance, whose partials are for this session until `end`. */
  begin(): number;
  end(utterance: number): void;
  leave(): void;
  /** The rest of an utterance was too long. */
  onCut(): void;
}

interface Utterance {
  readonly number: number;
  readonly member: Member;
  readonly threadNumber: number;
  readonly piece: Int16Array;
  pieceLength: number;
  sampleCount: number;
  isCut: boolean;
}

/** One caller, on one thread at a time. */
export class Session implements RecognizerSession {
  readonly #place: Place;
  readonly #onPartial: (text: string) => void;
  #member: Member | null = null;
  #grammar: KnownGrammar | null = null;
  /** What was expected last, ready or not. */
  #wanted: Grammar | null = null;
  #utterance: Utterance | null = null;

  constructor(place: Place, onPartial: (text: string) => void) {
    this.#place = place;
    this.#onPartial = onPartial;
  }

  get member(): Member | null {
    return this.#member;
  }

  get grammar(): KnownGrammar | null {
    return this.#grammar;
  }

  async expect(grammar: Grammar): Promise<void> {
    this.#wanted = grammar;
    const known = await this.#place.know(grammar);
    this.#member = this.#place.member(this.#member);
    await this.#place.ready(this.#member, known);
    // One that is new to the thread may be ready after one that was expected later.
    if (this.#wanted === grammar) this.#grammar = known;
  }

  start(): void {
    this.#drop();
    if (this.#grammar === null) return;
    this.#member = this.#place.member(this.#member);
    const member = this.#member;
    // Told by `finish` if it fails: the thread is gone then.
    this.#place.ready(member, this.#grammar).catch(() => undefined);
    const number = this.#place.begin();
    member.tell({ type: 'start', utterance: number, key: this.#grammar.key });
    this.#utterance = {
      ...{ number, member, threadNumber: member.isUp ? member.threadNumber : -1 },
      ...{ piece: new Int16Array(pieceSamples), pieceLength: 0, sampleCount: 0, isCut: false },
    };
  }

  push(samples: Int16Array): void {
    const utterance = this.#utterance;
    if (utterance === null) return;
    const room = utteranceSamplesMax - utterance.sampleCount;
    if (samples.length > room && !utterance.isCut) {
      utterance.isCut = true;
      this.#place.onCut();
    }
    const taken = samples.subarray(0, room);
    utterance.sampleCount += taken.length;
    for (let at = 0; at < taken.length; ) {
      const part = taken.subarray(at, at + pieceSamples - utterance.pieceLength);
      utterance.piece.set(part, utterance.pieceLength);
      utterance.pieceLength += part.length;
      at += part.length;
      if (utterance.pieceLength === pieceSamples) flush(utterance);
    }
  }

  async finish(): Promise<Recognition> {
    const utterance = this.#utterance;
    if (utterance === null) return { is: 'refused' };
    this.#utterance = null;
    this.#place.end(utterance.number);
    if (!isAlive(utterance)) {
      throw new GatewayError('SPEECH_ENGINE_LOST', 'the recognizer died during an utterance');
    }
    flush(utterance);
    const answer = await utterance.member.ask({ type: 'finish', utterance: utterance.number });
    assert(answer.type === 'recognition', 'a thread that is asked to finish answers with words');
    return answer.recognition;
  }

  close(): void {
    this.#drop();
    this.#place.leave();
  }

  /** Words so far of an utterance. */
  hear(utterance: number, text: string): void {
    if (this.#utterance?.number === utterance) this.#onPartial(text);
  }

  #drop(): void {
    const utterance = this.#utterance;
    if (utterance === null) return;
    this.#utterance = null;
    this.#place.end(utterance.number);
    if (isAlive(utterance)) {
      utterance.member.tell({ type: 'drop', utterance: utterance.number });
    }
  }
}

function isAlive({ member, threadNumber }: Utterance): boolean {
  return member.isUp && member.threadNumber === threadNumber;
}

function flush(utterance: Utterance): void {
  const { member, number, piece, pieceLength } = utterance;
  utterance.pieceLength = 0;
  if (pieceLength === 0 || !isAlive(utterance)) return;
  const samples = piece.slice(0, pieceLength);
  member.tell({ type: 'push', utterance: number, samples });
}
