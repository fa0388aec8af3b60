import { firstItemTag, type TaggedSound } from './tagged-sound.ts';

interface Stretch {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/** Counts, to the byte, how much of each item went out in frames. For exact sound only. */
export class SentSound {
  readonly #sound: TaggedSound;
  readonly #sentBytes = new Map<number, number>();
  readonly #tagOfItem = new Map<string, number>();

  constructor(sound: TaggedSound) {
    this.#sound = sound;
  }

  /** Sound of an item has come: its tag is learnt. Tags are used again: the count begins anew. */
  received(audio: Stretch & { readonly itemId: string }): void {
    if (audio.length === 0) return;
    const tag = this.#sound.tagAt(audio.bytes, audio.offset);
    if (this.#tagOfItem.get(audio.itemId) === tag) return;
    this.#tagOfItem.set(audio.itemId, tag);
    this.#sentBytes.set(tag, 0);
  }

  sent({ bytes, offset, length }: Stretch): void {
    const endAt = offset + length;
    for (let at = offset; at < endAt; ) {
      const byte = bytes[at]!;
      const startAt = at;
      while (at < endAt && bytes[at] === byte) at += 1;
      const tag = this.#sound.tagAt(bytes, startAt);
      if (tag < firstItemTag) continue;
      this.#sentBytes.set(tag, (this.#sentBytes.get(tag) ?? 0) + at - startAt);
    }
  }

  bytesOf(itemId: string): number {
    const tag = this.#tagOfItem.get(itemId);
    return tag === undefined ? 0 : (this.#sentBytes.get(tag) ?? 0);
  }
}
