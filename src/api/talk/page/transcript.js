import { seconds } from './plain-words.js';

/** Whoever reads further up than this is not taken back to the end. */
const endPixelsMax = 160;

/** The conversation as a list: who said what, what was heard of it, and what was done. */
export class Transcript {
  #list;
  #lines = new Map();
  #tools = new Map();

  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.#list.replaceChildren();
    this.#lines.clear();
    this.#tools.clear();
  }

  /** A piece of what the caller is saying, or the agent about to say: not the last word on it. */
  comes(speaker, { itemId, text }) {
    const line = this.#lineOf(itemId, speaker);
    // Of words whose fate is told already, more may still come.
    if (!line.item.classList.contains('coming')) return;
    this.#grow(() => line.words.append(text));
  }

  callerSaid({ itemId, text }) {
    const line = this.#settled(itemId, 'caller');
    if (text.trim() === '') line.item.remove();
    this.#grow(() => line.words.replaceChildren(text));
  }

  agentSaid({ itemId, words }) {
    if (words.length === 0) return;
    const line = this.#settled(itemId, 'agent');
    const parts = stretches(words).flatMap(({ isHeard, text }, at) => [
      at === 0 ? '' : ' ',
      isHeard ? text : element('s', { title: 'not heard', textContent: text }),
    ]);
    this.#grow(() => line.words.replaceChildren(...parts));
  }

  /** Nothing more comes: what is there is what is known. */
  close() {
    for (const itemId of this.#lines.keys()) this.#settled(itemId);
  }

  toolCalled({ callId, name, argumentsJson }) {
    const summary = element('summary', {});
    const shown = element('details', {}, [
      summary,
      element('pre', {}, [element('code', { textContent: pretty(argumentsJson) })]),
    ]);
    const item = element('li', { className: 'event' }, [shown]);
    summary.append(element('code', { textContent: name }), ' · running');
    this.#tools.set(callId, { item, summary });
    this.#append(item);
  }

  toolAnswered({ callId, name, outcome, code, tookMs }) {
    const tool = this.#tools.get(callId);
    if (!tool) return;
    const result = outcome === 'ok' ? 'done' : `${outcome}${code === null ? '' : ` (${code})`}`;
    const text = ` · ${result} in ${seconds(tookMs)}`;
    tool.summary.replaceChildren(element('code', { textContent: name }), text);
    tool.item.classList.toggle('failed', outcome !== 'ok');
  }

  note(text) {
    this.#append(element('li', { className: 'event', textContent: text }));
  }

  /** The line of an item; a new one is still coming, and not read aloud before it is settled. */
  #lineOf(itemId, speaker) {
    const known = this.#lines.get(itemId);
    if (known) return known;
    const words = element('span', {});
    const label = element('span', { className: 'aside', textContent: `${speakers[speaker]}: ` });
    const item = element('li', { className: `said ${speaker} coming`, ariaBusy: 'true' }, [
      label,
      words,
    ]);
    this.#append(item);
    const line = { item, words };
    this.#lines.set(itemId, line);
    return line;
  }

  #settled(itemId, speaker) {
    const line = this.#lineOf(itemId, speaker);
    line.item.classList.remove('coming');
    line.item.ariaBusy = 'false';
    return line;
  }

  #append(item) {
    this.#grow(() => this.#list.append(item));
  }

  /** Keeps the end in sight of whoever was there. */
  #grow(change) {
    const { scrollHeight, clientHeight } = document.documentElement;
    const isAtEnd = scrollHeight - clientHeight - window.scrollY < endPixelsMax;
    change();
    if (isAtEnd) window.scrollTo({ top: document.documentElement.scrollHeight });
  }
}

const speakers = { caller: 'You', agent: 'Agent' };

/** Words next to each other that share their fate. A word that was cut off counts as not heard. */
function stretches(words) {
  const made = [];
  for (const { text, state } of words) {
    const isHeard = state === 'heard';
    const last = made.at(-1);
    if (last?.isHeard === isHeard) last.text += ` ${text}`;
    else made.push({ isHeard, text });
  }
  return made;
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function element(name, properties, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
