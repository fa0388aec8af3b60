/** Sounds by what they say, up to so many bytes; the one not asked for the longest goes first. */
export class SoundCache {
  readonly #bytesMax: number;
  /** In the order of use: a Map keeps the order in which its keys were set. */
  readonly #sounds = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    const sound = this.#sounds.get(key);
    if (sound === undefined) return undefined;
    this.#sounds.delete(key);
    this.#sounds.set(key, sound);
    return sound;
  }

  /** A sound that is larger than the cache is not kept. */
  set(key: string, sound: Uint8Array): void {
    this.#remove(key);
    if (sound.length > this.#bytesMax) return;
    this.#sounds.set(key, sound);
    this.#bytes += sound.length;
    for (const oldest of this.#sounds.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#sounds.get(key)?.length ?? 0;
    this.#sounds.delete(key);
  }
}
