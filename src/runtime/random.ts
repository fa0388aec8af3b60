import { randomBytes, randomInt } from 'node:crypto';

/** A source of chance. `next` gives a number in [0, 1); `id` a fresh identifier with a prefix. */
export interface Random {
  next(): number;
  /** `prefix` plus 21 characters of [0-9a-z]: under the 32 characters OpenAI allows for an id. */
  id(prefix: string): string;
  /** A version 4 UUID in lower case. */
  uuid(): string;
}

const idAlphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const idLength = 21;

function idFrom(prefix: string, pick: () => number): string {
  let id = prefix;
  for (let index = 0; index < idLength; index += 1) id += idAlphabet[pick()];
  return id;
}

function uuidFrom(bytes: Uint8Array): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}

/** Chance that nobody can foresee. Only composition roots make one. */
export function systemRandom(): Random {
  const precision = 2 ** 47;
  return {
    next: () => randomInt(precision) / precision,
    id: (prefix) => idFrom(prefix, () => randomInt(idAlphabet.length)),
    uuid: () => uuidFrom(randomBytes(16)),
  };
}

/**
 * Chance that repeats: the same seed gives the same sequence (mulberry32). For simulation and
 * tests.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    id: (prefix) => idFrom(prefix, () => Math.floor(next() * idAlphabet.length)),
    uuid: () => uuidFrom(Uint8Array.from({ length: 16 }, () => Math.floor(next() * 256))),
  };
}
