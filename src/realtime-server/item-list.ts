import { type AudioFormat, bytesPerMs } from '../audio/format.ts';
import { assert } from '../runtime/assert.ts';
import type { ShownItem } from './wire.ts';

/** An item of the conversation as clients are shown it: without audio. Replaced, never changed. */
export type ConversationItem = Exclude<ShownItem, { type: 'other' }> & { readonly id: string };

/** Audio of one content part: how long it is, and the bytes while they are still kept. */
export class ItemAudio {
  readonly format: AudioFormat;
  #pieces: Uint8Array[] = [];
  #lengthBytes = 0;
  #isKept = true;
  /** Words and where in the audio they begin; words without audio yet begin at its end. */
  #words: { readonly atMs: number; readonly text: string }[] = [];

  constructor(format: AudioFormat) {
    this.format = format;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  get lengthMs(): number {
    return this.#lengthBytes / bytesPerMs(this.format);
  }

  get keptBytes(): number {
    return this.#isKept ? this.#lengthBytes : 0;
  }

  get transcript(): string {
    return this.#words.map((word) => word.text).join('');
  }

  /** Takes `bytes` over: the caller must not change them any more. */
  append(bytes: Uint8Array): void {
    this.#lengthBytes += bytes.length;
    if (this.#isKept) this.#pieces.push(bytes);
  }

  say(text: string): void {
    this.#words.push({ atMs: this.lengthMs, text });
  }

  /** Cuts the audio, and the words that begin after the cut: the caller has not heard them. */
  truncate(endMs: number): void {
    const lengthBytes = Math.floor(endMs * bytesPerMs(this.format));
    assert(lengthBytes <= this.#lengthBytes, 'a cut lies inside the audio');
    this.#words = this.#words.filter((word) => word.atMs < endMs);
    if (this.#isKept) this.#pieces = [this.bytes().subarray(0, lengthBytes)];
    this.#lengthBytes = lengthBytes;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }

  /** Forgets the bytes; the length and the words stay. */
  release(): void {
    this.#pieces = [];
    this.#isKept = false;
  }
}

export interface ListedItem {
  item: ConversationItem;
  /** By content index. */
  readonly audio: ReadonlyMap<number, ItemAudio>;
}

/** What an item list keeps at most. */
export interface ItemListLimits {
  /** Items; beyond that the oldest is forgotten. */
  readonly itemsMax: number;
  /** Bytes of audio kept for `conversation.item.retrieve`; the oldest are forgotten first. */
  readonly audioBytesMax: number;
}

/** The kept audio is counted anew each time that it grew by this part of the limit. */
const sweepsPerLimit = 16;

/** The items of one conversation in order. */
export class ItemList {
  readonly #limits: ItemListLimits;
  readonly #order: ListedItem[] = [];
  readonly #byId = new Map<string, ListedItem>();
  readonly #onLimit: (limit: string) => void;
  #unsweptBytes = 0;

  /** `onLimit` is told each time that something was forgotten for want of room. */
  constructor(limits: ItemListLimits, onLimit: (limit: string) => void) {
    this.#limits = limits;
    this.#onLimit = onLimit;
  }

  get lastId(): string | null {
    return this.#order.at(-1)?.item.id ?? null;
  }

  get items(): readonly ConversationItem[] {
    return this.#order.map((listed) => listed.item);
  }

  get listed(): readonly ListedItem[] {
    return this.#order;
  }

  find(id: string): ListedItem | undefined {
    return this.#byId.get(id);
  }

  /** The id of the item before `id`; null for the first. */
  previousOf(id: string): string | null {
    const at = this.#order.findIndex((listed) => listed.item.id === id);
    return at <= 0 ? null : this.#order[at - 1]!.item.id;
  }

  /** Puts `listed` after `previousId`: the end when undefined, the front for `root`. */
  insert(listed: ListedItem, previousId?: string): void {
    assert(!this.#byId.has(listed.item.id), 'an item id is used once');
    const at =
      previousId === undefined
        ? this.#order.length
        : this.#order.findIndex((other) => other.item.id === previousId) + 1;
    assert(
      previousId === undefined || previousId === 'root' || at > 0,
      'the item before is listed',
    );
    this.#order.splice(at, 0, listed);
    this.#byId.set(listed.item.id, listed);
    if (this.#order.length <= this.#limits.itemsMax) return;
    this.delete(this.#order[0]!.item.id);
    this.#onLimit('realtime-items');
  }

  /** Gives an item its new content, if it is still listed. */
  replace(item: ConversationItem): void {
    const listed = this.#byId.get(item.id);
    if (listed !== undefined) listed.item = item;
  }

  delete(id: string): void {
    this.#byId.delete(id);
    const at = this.#order.findIndex((listed) => listed.item.id === id);
    if (at >= 0) this.#order.splice(at, 1);
  }

  hasCall(callId: string): boolean {
    return this.#order.some(({ item }) => item.type === 'function_call' && item.call_id === callId);
  }

  /** Audio of listed items grew by `bytes`. Beyond the limit the oldest audio is forgotten. */
  noteAudio(bytes: number): void {
    this.#unsweptBytes += bytes;
    if (this.#unsweptBytes < this.#limits.audioBytesMax / sweepsPerLimit) return;
    this.#unsweptBytes = 0;
    this.#releaseAudio();
  }

  #releaseAudio(): void {
    const kept = this.#order.flatMap((listed) => [...listed.audio.values()]);
    let keptBytes = kept.reduce((sum, audio) => sum + audio.keptBytes, 0);
    for (const audio of kept) {
      if (keptBytes <= this.#limits.audioBytesMax) return;
      if (audio.keptBytes === 0) continue;
      keptBytes -= audio.keptBytes;
      audio.release();
      this.#onLimit('realtime-item-audio');
    }
  }
}
