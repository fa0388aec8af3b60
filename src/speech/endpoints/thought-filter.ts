/**
 * What models think before they speak, where their server leaves it in the text: DeepSeek R1, Qwen
 * and others write it so.
 */
const opening = '<think>';
const closing = '</think>';

/**
 * Takes the thoughts out of a text that comes in pieces: nobody is to hear them. The text must not
 * end in the beginning of a tag, which would be kept for ever.
 */
export class ThoughtFilter {
  /** What may be the beginning of a tag. */
  #open = '';
  #isThinking = false;

  /** What of the text so far can be said now and was not given before. */
  spoken(piece: string): string {
    let text = this.#open + piece;
    let said = '';
    for (;;) {
      const tag = this.#isThinking ? closing : opening;
      const at = text.indexOf(tag);
      if (at < 0) break;
      if (!this.#isThinking) said += text.slice(0, at);
      text = text.slice(at + tag.length);
      this.#isThinking = !this.#isThinking;
    }
    const tag = this.#isThinking ? closing : opening;
    const kept = begunLength(text, tag);
    this.#open = text.slice(text.length - kept);
    return this.#isThinking ? said : said + text.slice(0, text.length - kept);
  }
}

/** How many characters at the end of `text` are the beginning of `tag`. */
function begunLength(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
