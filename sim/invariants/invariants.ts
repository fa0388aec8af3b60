import type { CallObserver, CallView, Claims, Invariant } from '../observer.ts';
import { afterEnd } from './after-end.ts';
import { agentRests } from './agent-rests.ts';
import { byteAccount } from './byte-account.ts';
import { callerReaches } from './caller-reaches.ts';
import { callerWords } from './caller-words.ts';
import { cutOffReply } from './cut-off-reply.ts';
import { echoKeptOut } from './echo-kept-out.ts';
import { farewellWhole } from './farewell-whole.ts';
import { framePerTick } from './frame-per-tick.ts';
import { goodbyeComes } from './goodbye-comes.ts';
import { heardTruth } from './heard-truth.ts';
import { journalShape } from './journal-shape.ts';
import { listensAgain } from './listens-again.ts';
import { noCollision } from './no-collision.ts';
import { oneParty } from './one-party.ts';
import { oneReply } from './one-reply.ts';
import { owedReply } from './owed-reply.ts';
import { personaInForce } from './persona-in-force.ts';
import { speechEnds } from './speech-ends.ts';
import { toolOnce } from './tool-once.ts';
import { truncation } from './truncation.ts';
import { turnsEnd } from './turns-end.ts';

/** Everything that must hold of every call. */
export const invariants: readonly Invariant[] = [
  framePerTick,
  cutOffReply,
  byteAccount,
  heardTruth,
  truncation,
  toolOnce,
  oneReply,
  noCollision,
  afterEnd,
  journalShape,
  callerReaches,
  echoKeptOut,
  speechEnds,
  agentRests,
  owedReply,
  listensAgain,
  farewellWhole,
  goodbyeComes,
  oneParty,
  callerWords,
  personaInForce,
  turnsEnd,
];

/** Those that speak of a call of this kind, each with the claims at its place. */
export function observersOf(view: CallView, claims: readonly Claims[]): readonly CallObserver[] {
  return invariants.flatMap((invariant, index) => {
    if (invariant.isOfSound && view.core.isWritten) return [];
    return [invariant.observe(view, claims[index]!)];
  });
}
