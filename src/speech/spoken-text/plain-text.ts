const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

const picture = String.raw`\p{Extended_Pictographic}`;
const emoji = new RegExp(
  String.raw`${picture}(?:\p{Emoji_Modifier}|\u{FE0F}|\u{200D}${picture})*|\p{Regional_Indicator}`,
  'gu',
);

/**
 * What a language model has written as markup, without it: the words of links, tables and lists,
 * no HTML, no emoji. Text without markup stays as it is.
 */
export function plainText(written: string): string {
  return written
    .replace(/```\w*/gu, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, '$1')
    .replace(/<(https?:[^>\s]*)>/gu, '$1')
    .replace(/<\/?[a-z][^<>]*>/giu, ' ')
    .replace(/&(\w+|#39);/gu, (whole, name: string) =>
      name === '#39' ? "'" : (entities[name] ?? whole),
    )
    .replace(/^[ \t|:-]*-{3}[ \t|:-]*$/gmu, '')
    .replace(/^[ \t]*(?:[-*+•>]|#{1,6})[ \t]+/gmu, '')
    .replace(/[ \t]*\n\s*/gu, ', ')
    .replace(/[ \t]*\|[ \t]*/gu, ', ')
    .replace(/(\*\*|__|~~|\*|`)(?=\S)(.*?\S)\1/gu, '$2')
    .replace(emoji, (sign) => (sign < '\u00FF' ? sign : ' '));
}

/** Whether anything in it has a sound, in any language. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
