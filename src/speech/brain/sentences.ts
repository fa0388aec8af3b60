/**
 * Longer ones are cut where a speaker would breathe: the first sound of a sentence waits for all of
 * it.
 */
const sentenceCharsMax = 200;

/** The end of a sentence, and the beginning of the next. */
const boundary = /(?<=[.!?]["')\]]*)\s+(?=["'([]*[\p{Lu}\p{N}])/u;
/** `Mr. Smith` and `No. 5` go on. */
const abbreviation = /(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|No|vs)\.$/u;

/** What is spoken in one go. Joined by spaces they are the text, but for its white space. */
export function sentencesOf(text: string): readonly string[] {
  const sentences: string[] = [];
  let open = '';
  for (const part of text.trim().split(boundary)) {
    open = open === '' ? part : `${open} ${part}`;
    if (abbreviation.test(open)) continue;
    sentences.push(...breaths(open));
    open = '';
  }
  return open === '' ? sentences : [...sentences, ...breaths(open)];
}

function breaths(sentence: string): readonly string[] {
  if (sentence.length <= sentenceCharsMax) return sentence === '' ? [] : [sentence];
  const head = sentence.slice(0, sentenceCharsMax);
  const comma = Math.max(...[', ', '; ', ': '].map((mark) => head.lastIndexOf(mark)));
  const end = comma > 0 ? comma + 1 : head.lastIndexOf(' ');
  const at = end > 0 ? end : sentenceCharsMax;
  return [sentence.slice(0, at), ...breaths(sentence.slice(at).trim())];
}
