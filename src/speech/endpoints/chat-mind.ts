import type { Mind, MindSession, Question } from '../brain/mind.ts';
import { sentencesSoFar } from '../brain/sentences.ts';
import { spokenOrder } from '../brain/spoken-order.ts';
import type { DialogueAction } from '../dialogue/dialogue.ts';
import { chatMessages, chatTools } from './chat-messages.ts';
import { CallAssembly, chatDeltas } from './chat-stream.ts';
import type { Endpoint } from './endpoint.ts';
import { readAhead } from './read-ahead.ts';

/** A reply of an hour, or a thousand tool calls: each token comes in some 200 bytes of JSON. */
const answerBytesMax = 8 * 1024 * 1024;

export interface ChatMindParts {
  readonly endpoint: Endpoint;
  /** `null`: none is named. */
  readonly model: string | null;
  readonly temperature: number | null;
  readonly tokensMax: number | null;
  /** More fields of each request. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** What callers may say, as far as the recognizer needs to know. */
  readonly expected: MindSession['expected'];
}

/** Thinks by a language model behind `chat/completions`. It keeps nothing of a conversation. */
export function chatMind(parts: ChatMindParts): Mind {
  const session: MindSession = {
    expected: parts.expected,
    async *answer(question) {
      // Whoever stops listening in the middle ends the request.
      const leaving = new AbortController();
      const signal = AbortSignal.any([question.signal, leaving.signal]);
      try {
        yield* answer(parts, { ...question, signal });
      } finally {
        leaving.abort();
      }
    },
  };
  return { open: () => session };
}

async function* answer(parts: ChatMindParts, question: Question): AsyncGenerator<DialogueAction> {
  const { request, signal, onUsage } = question;
  const order = spokenOrder(request.instructions);
  if (order?.is === 'say-exactly') {
    yield { is: 'say', text: order.text };
    return;
  }
  const calls = new CallAssembly();
  let open = '';
  for await (const { text, calls: callDeltas, usage } of ask(parts, question)) {
    if (usage !== null) onUsage?.(usage);
    for (const delta of callDeltas) calls.add(delta);
    const { sentences, rest } = sentencesSoFar(open + text);
    for (const sentence of sentences) yield { is: 'say', text: sentence };
    open = rest;
  }
  signal.throwIfAborted();
  const last = open.trim();
  if (last !== '') yield { is: 'say', text: last };
  const wanted = request.toolChoice === 'none' ? [] : calls.calls;
  for (const call of wanted) yield { is: 'call', ...call };
}

function ask(parts: ChatMindParts, question: Question) {
  const { endpoint, model, temperature, tokensMax, extra } = parts;
  const body = JSON.stringify({
    ...(model !== null && { model }),
    ...(temperature !== null && { temperature }),
    ...(tokensMax !== null && { max_tokens: tokensMax }),
    stream: true,
    stream_options: { include_usage: true },
    messages: chatMessages(question),
    ...chatTools(question.request),
    ...extra,
  });
  const { signal } = question;
  const path = '/chat/completions';
  return readAhead(endpoint.ask({ path, body, answerBytesMax, read: chatDeltas, signal }));
}
