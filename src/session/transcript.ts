import type { HistoryItem } from '../providers/provider.ts';
import type { HeardState, JournalBody, Party, SpokenWord } from '../store/store.ts';
import type { ToolCall, ToolOutcome } from '../tools/tool.ts';
import type { HeardItem, ReplyCarried } from './edges.ts';

/** Things said that are kept for a new link; older ones are forgotten first. */
export const transcriptLengthMax = 400;

/** How long a letter of speech takes, roughly: 15 letters a second, spaces included (guess). */
const letterMs = 65;
/** A reply with less than this part of the sound its words need has lost most of it. */
const cutShortRatio = 1 / 3;
/** Words shorter than this are too few to judge by their length. */
const cutShortLettersMin = 24;

/** PCM of 48 kHz; the bytes per millisecond of all other formats divide it. */
const bytesPerMsMax = 96;

interface CallerItem {
  readonly by: 'caller';
  readonly party: Party;
  readonly itemId: string;
  readonly spokenAtMs: number;
  text: string;
  isFinal: boolean;
}

interface AgentItem {
  readonly by: 'agent';
  readonly party: Party;
  readonly replyId: string;
  readonly itemId: string;
  /** When it began to sound; until then, when it was first heard of. */
  spokenAtMs: number;
  text: string;
  receivedMs: number;
  heardMs: number;
  /** Letters that were sent to a leg without sound: as good as heard. */
  writtenLetters: number;
  /** The last sample has come: the words can be laid along the sound. */
  isAudioComplete: boolean;
  /** It was played to its end or cut off. */
  isFateKnown: boolean;
  isReplyEnded: boolean;
  isRecorded: boolean;
}

interface ToolItem {
  readonly by: 'tool';
  readonly spokenAtMs: number;
  readonly call: ToolCall;
  outputJson: string | null;
}

type Item = CallerItem | AgentItem | ToolItem;

/**
 * What was said in one call, in the order in which it was spoken, with the agent's words marked by
 * how far the caller heard them. Words come without times: they are laid along the sound of their
 * item in proportion to their letters, and a word counts as heard only when all of it was.
 *
 * Owned by one session; deterministic. Times are session milliseconds; sound is in model
 * milliseconds.
 */
export class Transcript {
  #items: Item[] = [];
  #saidCount = 0;
  #agentHeardMs = 0;
  #forgottenCount = 0;
  #party: Party = 'caller';

  /** Grows with everything said or done: equal counts mean equal histories. */
  get saidCount(): number {
    return this.#saidCount;
  }

  get agentHeardMs(): number {
    return this.#agentHeardMs;
  }

  /** Things said that were forgotten because there were more than `transcriptLengthMax`. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  /** Who speaks with the agent from now on. What is on its way is of whom it began with. */
  attend(party: Party): void {
    this.#party = party;
  }

  callerSpeaks(itemId: string, atMs: number): void {
    if (this.#callerItem(itemId)) return;
    this.#add({
      by: 'caller',
      party: this.#party,
      itemId,
      spokenAtMs: atMs,
      text: '',
      isFinal: false,
    });
  }

  /**
   * Words of the caller; returns what is to be recorded once they are final. A sound of which no
   * word was understood is none.
   */
  callerSaid(
    said: { readonly itemId: string; readonly text: string; readonly isFinal: boolean },
    atMs: number,
  ): JournalBody | null {
    this.callerSpeaks(said.itemId, atMs);
    const item = this.#callerItem(said.itemId)!;
    if (item.isFinal) return null;
    item.text = said.isFinal ? said.text : item.text + said.text;
    item.isFinal = said.isFinal;
    if (!said.isFinal || item.text.trim() === '') return null;
    this.#saidCount += 1;
    const { itemId, text, spokenAtMs } = item;
    return { type: 'caller-said', ...partyField(item), itemId, text, spokenAtMs };
  }

  /** Who said, or is saying, an item that is not the agent's; `null` when it is not known. */
  speakerOf(itemId: string): Party | null {
    return this.#callerItem(itemId)?.party ?? null;
  }

  agentSays(
    said: {
      readonly replyId: string;
      readonly itemId: string;
      readonly text: string;
      readonly isFinal: boolean;
    },
    atMs: number,
  ): void {
    const item = this.#agentItem(said, atMs);
    item.text = said.isFinal ? said.text : item.text + said.text;
  }

  /** More letters of an item were sent to a leg without sound. */
  agentWrote(itemId: string, letters: number): void {
    const item = this.#findAgentItem(itemId);
    if (!item) return;
    item.writtenLetters += letters;
    this.#saidCount += 1;
  }

  /** Sound of the agent has come in, whether or not it will be played. */
  agentSounds(
    audio: { readonly replyId: string; readonly itemId: string },
    receivedMs: number,
    atMs: number,
  ): void {
    const item = this.#agentItem(audio, atMs);
    // Of many small parts the sum would drift, and more would be heard than came.
    item.receivedMs = Math.round((item.receivedMs + receivedMs) * bytesPerMsMax) / bytesPerMsMax;
  }

  agentAudioComplete(itemId: string): void {
    const item = this.#findAgentItem(itemId);
    if (item) item.isAudioComplete = true;
  }

  agentItemStarted(itemId: string, atMs: number): void {
    const item = this.#findAgentItem(itemId);
    if (item) item.spokenAtMs = atMs;
  }

  /** How far an item has been heard by now; it is still being played. */
  agentHears(heard: HeardItem): void {
    const item = this.#findAgentItem(heard.itemId);
    if (item && !item.isFateKnown) item.heardMs = heard.heardMs;
  }

  /** How far an item was heard is decided: it was played to its end or cut off. */
  agentHeard(heard: HeardItem): JournalBody | null {
    const item = this.#findAgentItem(heard.itemId);
    if (!item || item.isFateKnown) return null;
    item.heardMs = heard.heardMs;
    item.isFateKnown = true;
    this.#agentHeardMs += heard.heardMs;
    this.#saidCount += 1;
    return this.#record(item);
  }

  /** No more words come for the reply. Items without sound have no other fate to wait for. */
  replyEnded(replyId: string): JournalBody[] {
    const bodies: JournalBody[] = [];
    for (const item of this.#items) {
      if (item.by !== 'agent' || item.replyId !== replyId) continue;
      item.isReplyEnded = true;
      if (item.receivedMs === 0) item.isFateKnown = true;
      const body = this.#record(item);
      if (body) bodies.push(body);
    }
    return bodies;
  }

  /** Everything that is not recorded yet, at the end of the session. */
  finish(): JournalBody[] {
    const bodies: JournalBody[] = [];
    for (const item of this.#items) {
      if (item.by !== 'agent') continue;
      item.isReplyEnded = true;
      item.isFateKnown = true;
      const body = this.#record(item);
      if (body) bodies.push(body);
    }
    return bodies;
  }

  toolCalled(call: ToolCall, atMs: number): void {
    this.#saidCount += 1;
    this.#add({ by: 'tool', call, spokenAtMs: atMs, outputJson: null });
  }

  toolAnswered({ callId, outputJson }: ToolOutcome): void {
    const item = this.#items.findLast((one) => one.by === 'tool' && one.call.callId === callId);
    if (item?.by !== 'tool') return;
    this.#saidCount += 1;
    item.outputJson = outputJson;
  }

  /** What a reply brought that can be heard, judged when it has ended. */
  carried(replyId: string): ReplyCarried {
    let letters = 0;
    let receivedMs = 0;
    let writtenLetters = 0;
    for (const item of this.#items) {
      if (item.by !== 'agent' || item.replyId !== replyId) continue;
      letters += item.text.length;
      receivedMs += item.receivedMs;
      writtenLetters += item.writtenLetters;
    }
    if (writtenLetters > 0) return 'writing';
    if (receivedMs === 0) return letters === 0 ? 'nothing' : 'text-only';
    const isJudgeable = letters >= cutShortLettersMin;
    return isJudgeable && receivedMs < letters * letterMs * cutShortRatio ? 'cut-short' : 'audio';
  }

  /** All words of a reply so far. */
  textOf(replyId: string): string {
    return this.#items
      .flatMap((item) => (item.by === 'agent' && item.replyId === replyId ? item.text : []))
      .join(' ');
  }

  /** The past as it was heard, oldest first: what a new link is told. */
  history(): HistoryItem[] {
    return this.#items
      .toSorted((left, right) => left.spokenAtMs - right.spokenAtMs)
      .flatMap((item) => historyOf(item));
  }

  #add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length <= transcriptLengthMax) return;
    this.#items.shift();
    this.#forgottenCount += 1;
  }

  #callerItem(itemId: string): CallerItem | undefined {
    const item = this.#items.findLast((one) => one.by === 'caller' && one.itemId === itemId);
    return item?.by === 'caller' ? item : undefined;
  }

  #findAgentItem(itemId: string): AgentItem | undefined {
    const item = this.#items.findLast((one) => one.by === 'agent' && one.itemId === itemId);
    return item?.by === 'agent' ? item : undefined;
  }

  #agentItem(
    { replyId, itemId }: { readonly replyId: string; readonly itemId: string },
    atMs: number,
  ): AgentItem {
    const known = this.#findAgentItem(itemId);
    if (known) return known;
    const item: AgentItem = {
      by: 'agent',
      party: this.#party,
      replyId,
      itemId,
      spokenAtMs: atMs,
      text: '',
      receivedMs: 0,
      heardMs: 0,
      writtenLetters: 0,
      isAudioComplete: false,
      isFateKnown: false,
      isReplyEnded: false,
      isRecorded: false,
    };
    this.#add(item);
    return item;
  }

  #record(item: AgentItem): JournalBody | null {
    if (item.isRecorded || !item.isFateKnown || !item.isReplyEnded) return null;
    item.isRecorded = true;
    if (item.text === '' && item.receivedMs === 0) return null;
    const { replyId, itemId, text, spokenAtMs, receivedMs, heardMs } = item;
    // Writing has no places in a sound.
    const words = item.writtenLetters > 0 ? [] : spokenWords(item);
    return {
      type: 'agent-said',
      ...partyField(item),
      replyId,
      itemId,
      text,
      heardText: heardTextOf(item),
      spokenAtMs,
      receivedMs: Math.floor(receivedMs),
      heardMs,
      words,
    };
  }
}

/** Entries name the party where it is not the caller. */
function partyField({ party }: { readonly party: Party }) {
  return party === 'second' ? { party } : {};
}

/** What a new link is told was said by somebody else must not be taken for the caller's words. */
const ofSecond = '[said by the person called on behalf of the caller] ';

function historyOf(item: Item): HistoryItem[] {
  switch (item.by) {
    case 'caller':
      if (item.text.trim() === '') return [];
      return [
        { type: 'caller-said', text: `${item.party === 'second' ? ofSecond : ''}${item.text}` },
      ];
    case 'agent': {
      const text = heardTextOf(item);
      return text === '' ? [] : [{ type: 'agent-said', text }];
    }
    case 'tool': {
      const call: HistoryItem = { type: 'tool-call', ...item.call };
      if (item.outputJson === null) return [call];
      const { callId } = item.call;
      return [call, { type: 'tool-result', callId, outputJson: item.outputJson }];
    }
  }
}

function heardTextOf(item: AgentItem): string {
  const { text, writtenLetters } = item;
  return writtenLetters > 0 ? text.slice(0, writtenLetters) : heardText(spokenWords(item));
}

/**
 * The words of an item with their places in its sound. While the sound is incomplete its length is
 * not known: it is at least what came, and at least what the letters need.
 */
export function spokenWords(item: {
  readonly text: string;
  readonly receivedMs: number;
  readonly heardMs: number;
  readonly isAudioComplete: boolean;
}): SpokenWord[] {
  const { text, receivedMs, heardMs, isAudioComplete } = item;
  const lengthMs = isAudioComplete ? receivedMs : Math.max(receivedMs, text.length * letterMs);
  const msPerLetter = text.length === 0 ? 0 : lengthMs / text.length;
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => {
    // Whole milliseconds are rounded down, as what was heard is.
    const startMs = Math.floor(index * msPerLetter);
    const endMs = Math.floor((index + word.length) * msPerLetter);
    return { text: word, startMs, endMs, state: heardState({ startMs, endMs }, heardMs) };
  });
}

function heardState(
  word: { readonly startMs: number; readonly endMs: number },
  heardMs: number,
): HeardState {
  // Without sound there is nothing to have heard, whatever the rounding.
  if (heardMs === 0) return 'unheard';
  if (word.endMs <= heardMs) return 'heard';
  return word.startMs < heardMs ? 'partly' : 'unheard';
}

function heardText(words: readonly SpokenWord[]): string {
  return words
    .filter(({ state }) => state === 'heard')
    .map(({ text }) => text)
    .join(' ');
}
