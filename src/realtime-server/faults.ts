import { z } from 'zod';
import type { Random } from '../runtime/random.ts';

const errorBody = z.strictObject({
  type: z.string().default('server_error'),
  code: z.string().nullable().default(null),
  message: z.string(),
  param: z.string().nullable().default(null),
});

/** The moment of a fault: around the nth server event of a type, or so long after the opening. */
const moment = z.union([
  z.strictObject({ before: z.string(), nth: z.int().min(1).default(1) }),
  z.strictObject({ after: z.string(), nth: z.int().min(1).default(1) }),
  z.strictObject({ atMs: z.int().min(0) }),
]);
export type Moment = z.output<typeof moment>;

/** In how many of the connections it happens, chosen by the seeded chance. */
const chance = { chance: z.number().min(0).max(1).default(1) };

/** Something that goes wrong, as scripts write it. */
export const fault = z.discriminatedUnion('fault', [
  /** The upgrade is refused. */
  z.strictObject({
    fault: z.literal('refuse'),
    status: z.int().min(400).max(599),
    error: errorBody,
    ...chance,
  }),
  /** The connection ends: with a closing handshake when `code` is given, else it breaks off. */
  z.strictObject({
    fault: z.literal('drop'),
    when: moment,
    code: z.int().min(1000).max(4999).exactOptional(),
    ...chance,
  }),
  /** One direction stands still; then everything comes at once. */
  z.strictObject({
    fault: z.literal('stall'),
    when: moment,
    direction: z.enum(['to-client', 'from-client']),
    forMs: z.int().min(1),
    ...chance,
  }),
  /** Events reach the client only every so often, bunched. */
  z.strictObject({
    fault: z.literal('burst'),
    when: moment,
    everyMs: z.int().min(1),
    ...chance,
  }),
  /** Transcripts of the caller come `events` events later than they were ready, as is legal. */
  z.strictObject({
    fault: z.literal('late-transcripts'),
    events: z.int().min(1),
    ...chance,
  }),
  /** The server begins a response of its own just before a client's `response.create`. */
  z.strictObject({
    fault: z.literal('collide'),
    times: z.int().min(1).default(1),
    ...chance,
  }),
  z.strictObject({ fault: z.literal('error'), when: moment, error: errorBody, ...chance }),
  /** Any event at all: unknown types, malformed known ones. An `event_id` is added if missing. */
  z.strictObject({
    fault: z.literal('event'),
    when: moment,
    event: z.record(z.string(), z.unknown()),
    ...chance,
  }),
  /** The session ends early, as by the vendor's limit. */
  z.strictObject({ fault: z.literal('expire'), afterMs: z.int().min(1), ...chance }),
  z.strictObject({ fault: z.literal('no-pong'), ...chance }),
]);
export type Fault = z.output<typeof fault>;
export type FaultOf<Kind extends Fault['fault']> = Extract<Fault, { fault: Kind }>;

/** The faults that happen on one connection. */
export class FaultPlan {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], random: Random) {
    this.faults = faults.filter((one) => one.chance === 1 || random.next() < one.chance);
  }

  all<Kind extends Fault['fault']>(kind: Kind): readonly FaultOf<Kind>[] {
    return this.faults.filter((one): one is FaultOf<Kind> => one.fault === kind);
  }

  /** How the upgrade is refused, if it is. */
  get refusal(): FaultOf<'refuse'> | null {
    return this.all('refuse')[0] ?? null;
  }

  get expireAfterMs(): number | null {
    return this.all('expire')[0]?.afterMs ?? null;
  }

  get answersPings(): boolean {
    return this.all('no-pong').length === 0;
  }
}
