import { seconds } from './plain-words.js';

/** The conversation as a list: who said what, what was heard of it, and what was done. */
export class Transcript {
  #list;
  #items = new Map();
  #tools = new Map();

  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.#list.replaceChildren();
    this.#items.clear();
    this.#tools.clear();
  }

  callerSaid({ itemId, text }) {
    if (text.trim() !== '') this.#said(itemId, 'caller', 'You').textContent = text;
  }

  /** Words that are about to be said: they look so until it is known what was heard. */
  agentComes({ itemId, text }) {
    const words = this.#said(itemId, 'agent coming', 'Agent');
    // Of words whose fate is told already, more may still come.
    if (!words.parentElement.classList.contains('coming')) return;
    words.textContent += text;
    this.#follow();
  }

  agentSaid({ itemId, words }) {
    if (words.length === 0) return;
    const line = this.#said(itemId, 'agent', 'Agent');
    line.parentElement.classList.remove('coming');
    line.replaceChildren();
    for (const { isHeard, text } of stretches(words)) {
      if (line.hasChildNodes()) line.append(' ');
      line.append(isHeard ? text : element('s', { title: 'not heard', textContent: text }));
    }
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

  #said(itemId, kind, speaker) {
    const known = this.#items.get(itemId);
    if (known) return known;
    const words = element('span', {});
    const label = element('span', { className: 'aside', textContent: `${speaker}: ` });
    this.#append(element('li', { className: `said ${kind}` }, [label, words]));
    this.#items.set(itemId, words);
    return words;
  }

  #append(item) {
    this.#list.append(item);
    this.#follow();
  }

  #follow() {
    window.scrollTo({ top: document.documentElement.scrollHeight });
  }
}

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
