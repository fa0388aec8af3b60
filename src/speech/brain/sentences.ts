/**
 * Longer ones are cut where a speaker would breathe: the first sound of a sentence waits for all of
 * it.
 */
const sentenceCharsMax = 200;

/**
 * The end of a sentence, and the beginning of the next: one of a script without capitals begins
 * with any letter of it. A line is a sentence of its own.
 */
const boundary =
  /(?<=[.!?…]["')\]]*)\s+(?=["'([]*[\p{Lu}\p{Lo}\p{N}])|(?<=[。！？])\s*(?=\S)|\n\s*/u;
/** `Mr. Smith` and `No. 5` go on. */
const abbreviation = /(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|No|vs)\.$/u;

/** What a text that is still being written holds so far. */
export interface SentencesSoFar {
  /** Those that are complete. */
  readonly sentences: readonly string[];
  /** What may go on: hand it in again with what comes next. */
  readonly rest: string;
}

/** As `sentencesOf`, of a text that grows. When it is whole, its rest is its last sentence. */
export function sentencesSoFar(text: string): SentencesSoFar {
  const sentences = sentencesOf(text);
  const last = sentences.at(-1) ?? '';
  const space = /\s*$/u.exec(text)?.[0] ?? '';
  return { sentences: sentences.slice(0, -1), rest: last === '' ? '' : last + space };
}

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
