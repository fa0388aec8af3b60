/** What the instructions of a single reply order, as far as no language model is needed for it. */
export type SpokenOrder =
  | { readonly is: 'say-exactly'; readonly text: string }
  | { readonly is: 'say-again' }
  | { readonly is: 'farewell' };

const exactly = /Say exactly these words and nothing else: ("(?:[^"\\]|\\.)*")\s*$/;
const farewell = 'Say goodbye to the caller in one short sentence. The call ends after it.';
const again = 'Your last words did not reach the caller as speech. Say them again, aloud.';

/**
 * The order at the end of `instructions`, in the words in which a session of ours gives it; `null`
 * when there is none.
 */
export function spokenOrder(instructions: string): SpokenOrder | null {
  const words = exactly.exec(instructions)?.[1];
  if (words !== undefined) return { is: 'say-exactly', text: String(JSON.parse(words)) };
  if (instructions.endsWith(farewell)) return { is: 'farewell' };
  return instructions.endsWith(again) ? { is: 'say-again' } : null;
}
