/** Text as an English synthesizer says it properly. */
export function spokenText(text: string, _options: { readonly language: 'en' }): string {
  return text;
}

/** Characters of written text that are said; what follows is not. A long sentence has 300. */
export const writtenTextMax = 600;
