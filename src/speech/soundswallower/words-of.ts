import type { Grammar, Phrase } from '../grammar.ts';

/** All words in the rules of a grammar. */
export function wordsOf({ rules }: Grammar): ReadonlySet<string> {
  const words = new Set<string>();
  const add = (phrase: Phrase): void => {
    switch (phrase.is) {
      case 'word':
        words.add(phrase.word);
        return;
      case 'sequence':
        phrase.parts.forEach(add);
        return;
      case 'optional':
        add(phrase.phrase);
        return;
      case 'choice':
        for (const each of phrase.of) add(each.phrase);
        return;
      case 'rule':
    }
  };
  for (const phrase of rules.values()) add(phrase);
  return words;
}
