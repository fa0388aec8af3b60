import { writtenTextMax } from './spoken-text.ts';

/** What a text that is still being written holds so far. */
export interface SentencesSoFar {
  /** Those that are complete, without the space around them; none is empty. */
  readonly sentences: readonly string[];
  /** What may go on. When the text is complete it is the last sentence, unless blank. */
  readonly rest: string;
}

/** A sign that ends a sentence, with what closes behind it, before a space; or a line's end. */
const possibleEnd = /[.!?…]+["'’”)\]*]*(?=\s)|\n/gu;
/** What a stop behind it does not end: titles, references, initials but `I`. */
const openWord =
  /(?:^|[\s("'])(?:[Ee]\.g|[Ii]\.e|Mr|Mrs|Ms|Dr|Prof|St|vs?|approx|incl|excl|cf|[A-HJ-Z])\.$/u;
/** The number of a line in a list. */
const listNumber = /^\s*\d{1,2}\.$/u;

/**
 * Cuts a text that grows into sentences, each as soon as it is complete; hand in `rest` with what
 * comes next. `12.50` and `e.g.` end none. Pieces longer than is said in one go are cut at a space.
 */
export function sentencesOf(text: string): SentencesSoFar {
  const sentences: string[] = [];
  let from = 0;
  for (const match of text.matchAll(possibleEnd)) {
    const end = match.index + match[0].length;
    const sentence = text.slice(from, end);
    if (match[0] !== '\n' && !isEnd(sentence, text.slice(end))) continue;
    sentences.push(...pieces(sentence));
    from = end;
  }
  const rest = pieces(text.slice(from).trimStart(), { keepsEnd: true });
  return { sentences: [...sentences, ...rest.slice(0, -1)], rest: rest.at(-1) ?? '' };
}

/** A stop waits for what follows it: `No. 5` and `etc. and` go on. */
function isEnd(sentence: string, after: string): boolean {
  if (!sentence.endsWith('.')) return true;
  if (openWord.test(sentence) || listNumber.test(sentence)) return false;
  const next = after.trimStart().charAt(0);
  if (next === '' || /\p{Ll}/u.test(next)) return false;
  return !(/\bNo\.$/u.test(sentence) && /\d/u.test(next));
}

/** Each short enough to be said in one go. */
function pieces(sentence: string, options = { keepsEnd: false }): string[] {
  const cut: string[] = [];
  let left = sentence;
  while (left.length > writtenTextMax) {
    const spaceAt = left.lastIndexOf(' ', writtenTextMax);
    const at = spaceAt > 0 ? spaceAt : writtenTextMax;
    cut.push(left.slice(0, at).trim());
    left = left.slice(at).trimStart();
  }
  cut.push(options.keepsEnd ? left : left.trim());
  return cut.filter((piece) => piece !== '');
}
