import type { JournalEntry } from '../../store/store.ts';
import type { CallResult } from '../place-call.ts';

/** A call of the demo, when it is over. */
export interface DemoCall {
  readonly result: CallResult;
  readonly entries: readonly JournalEntry[];
  /** What the database holds of it. */
  readonly ordered: readonly { readonly name: string; readonly quantity: number }[];
}

/** The short table at the end: what it is, and how much of it there was. */
export function demoFacts(
  { result, entries, ordered }: DemoCall,
  record: string,
): readonly (readonly string[])[] {
  const { timeline } = result;
  const answers = entriesOf(entries, 'turn').flatMap(({ responseMs }) => responseMs ?? []);
  const measured = timeline.turns.flatMap(({ responseMs }) => responseMs ?? []);
  const said = entriesOf(entries, 'agent-said').flatMap(({ words }) => words);
  const heardCount = said.filter(({ state }) => state === 'heard').length;
  return [
    ['turns', String(timeline.turns.length)],
    ['answer after', `${spread(answers)}, from the end of the turn`],
    ['', `${spread(measured)}, from the last sound on the recording`],
    ['interruptions', String(entriesOf(entries, 'barge-in').length)],
    ["agent's words heard", `${heardCount} of ${said.length}`],
    ['tools', toolsOf(entries)],
    ['in the database', ordered.map(({ name, quantity }) => `${quantity} × ${name}`).join(', ')],
    ['errors', String(entriesOf(entries, 'error').length)],
    ['recording', `${record} (left: caller, right: agent)`],
  ];
}

/** What did not go as it should, in words; none: the whole job was done. */
export function shortcomingsOf({ result, entries, ordered }: DemoCall): readonly string[] {
  const tools = entriesOf(entries, 'tool-result')
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ name }) => name);
  const dishes = ordered.filter(({ name }) => name === 'Goat brochettes');
  const farewell = entriesOf(entries, 'agent-said').some(({ heardText }) =>
    /goodbye/i.test(heardText),
  );
  const claims = [
    ...['lookup_menu', 'recommend_pairing', 'place_order'].map(
      (name) => [`the tool ${name} was not used with success`, tools.includes(name)] as const,
    ),
    ['nobody cut in', entriesOf(entries, 'barge-in').length > 0] as const,
    ['three goat brochettes are not in the database', dishes[0]?.quantity === 3] as const,
    ['no farewell was heard', farewell] as const,
    ['the agent did not hang up', result.end === 'agent-hung-up'] as const,
    ['there were errors', entriesOf(entries, 'error').length === 0] as const,
  ];
  return claims.filter(([, holds]) => !holds).map(([words]) => words);
}

type EntryOf<Type extends JournalEntry['type']> = Extract<JournalEntry, { type: Type }>;

function entriesOf<Type extends JournalEntry['type']>(
  entries: readonly JournalEntry[],
  type: Type,
): readonly EntryOf<Type>[] {
  return entries.filter((entry): entry is EntryOf<Type> => entry.type === type);
}

function spread(answersMs: readonly number[]): string {
  const sorted = answersMs.toSorted((left, right) => left - right);
  const [medianMs, worstMs] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  if (medianMs === undefined || worstMs === undefined) return 'no answer';
  return `${Math.round(medianMs)} ms median, ${Math.round(worstMs)} ms worst`;
}

function toolsOf(entries: readonly JournalEntry[]): string {
  const names = entriesOf(entries, 'tool-call').map(({ name }) => name);
  const counts = [...new Set(names)].map((name) => {
    const count = names.filter((each) => each === name).length;
    return count === 1 ? name : `${name} × ${count}`;
  });
  return counts.length === 0 ? 'none' : counts.join(', ');
}
