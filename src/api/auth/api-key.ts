import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../runtime/random.ts';

/** A key of the API, taken apart. `ofk_` tells people and scanners of code whose it is. */
export interface ApiKeyText {
  /** 12 of [0-9a-z]: names the key in lists and logs, and is no secret. */
  readonly id: string;
  /** 42 of [0-9a-z], 217 bits of chance: too many to guess, so that one SHA-256 hides it. */
  readonly secret: string;
}

const keyShape = /^ofk_([0-9a-z]{12})_([0-9a-z]{42})$/;
const idLength = 12;

export function newApiKey(random: Random): ApiKeyText {
  return {
    id: random.id('').slice(0, idLength),
    secret: `${random.id('')}${random.id('')}`,
  };
}

export function writeApiKey({ id, secret }: ApiKeyText): string {
  return `ofk_${id}_${secret}`;
}

/** `null` for a text that is no key of ours. */
export function readApiKey(text: string): ApiKeyText | null {
  const [, id, secret] = keyShape.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

/** What is kept of a secret, in hexadecimal. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether `hash` is that of `secret`. Takes the same time wherever the two differ. */
export function isHashOf(hash: string, secret: string): boolean {
  const [kept, shown] = [Buffer.from(hash), Buffer.from(hashOf(secret))];
  return kept.length === shown.length && timingSafeEqual(kept, shown);
}
