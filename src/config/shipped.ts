import { merge, nowhere, type TreeMap, treeOfText } from './tree.ts';

/** The agent that answers before anybody has written one. */
const assistant = {
  instructions:
    'You answer the telephone for the people who installed you. Be friendly and brief: one or ' +
    'two sentences, then let the caller speak. Ask when you are not sure what was said. You ' +
    'know nothing of their business yet: say so instead of inventing an answer. Say goodbye and ' +
    'end the call with the tool hangup_call when the caller is done.',
  greeting: 'Hello, how can I help you?',
} as const;

/** The lowest layer of all: what a file can add to, key by key, without writing it anew. */
export function shippedLayer(): TreeMap {
  const layers = Object.entries(assistant).map(([key, text]) =>
    treeOfText(['personas', 'assistant', key], text, nowhere),
  );
  return layers.reduce(merge);
}
