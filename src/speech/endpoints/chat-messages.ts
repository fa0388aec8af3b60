import type { RespondRequest } from '../../realtime-server/brain.ts';
import type { Question } from '../brain/mind.ts';

/** A message of `chat/completions`, as it goes out. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly tool_calls?: readonly ChatToolCall[];
    }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

type Item = RespondRequest['items'][number];
type CallItem = Extract<Item, { type: 'function_call' }>;

/** In the place of what a caller said when nobody understood it. */
const unintelligible = '(The caller said something that could not be understood.)';
/** Templates of many models want the first word and the last to be the user's. */
const onTheLine = '(The caller is on the line.)';
const silence = '(The caller says nothing.)';
/** Every call must be answered before anything else is said. */
const noResult = '{"error":"there is no result yet"}';

/**
 * The conversation as a language model reads it: the persona, what callers said, what they heard,
 * and tools with their results. The results of calls follow them at once, whenever they came.
 */
export function chatMessages({ request, heard }: Question): readonly ChatMessage[] {
  const { instructions, items } = request;
  const results = new Map(
    items.flatMap((item) =>
      item.type === 'function_call_output' ? [[item.call_id, item.output] as const] : [],
    ),
  );
  const messages: ChatMessage[] = [{ role: 'system', content: instructions }];
  let calls: CallItem[] = [];
  for (const item of items) {
    if (item.type === 'function_call') {
      calls.push(item);
      continue;
    }
    messages.push(...callMessages(calls, results));
    calls = [];
    messages.push(...spokenMessage(item, heard));
  }
  messages.push(...callMessages(calls, results));
  return inTurn(messages);
}

/**
 * The caller and the agent in turn, the caller first and last: templates of Mistral, Gemma and
 * others refuse everything else.
 */
function inTurn([first, ...others]: readonly ChatMessage[]): readonly ChatMessage[] {
  const turns: ChatMessage[] = first === undefined ? [] : [first];
  if (others[0]?.role === 'assistant') turns.push({ role: 'user', content: onTheLine });
  for (const message of others) {
    const last = turns.at(-1);
    const joined = last === undefined ? null : joinedTo(last, message);
    if (joined !== null) turns.pop();
    turns.push(joined ?? message);
  }
  const last = turns.at(-1)?.role;
  if (last === 'user' || last === 'tool') return turns;
  return [...turns, { role: 'user', content: silence }];
}

/** Two messages of the same one as one; `null` where each stands for itself. */
function joinedTo(last: ChatMessage, next: ChatMessage): ChatMessage | null {
  if (last.role === 'user' && next.role === 'user') {
    return { role: 'user', content: `${last.content}\n${next.content}` };
  }
  if (last.role !== 'assistant' || last.tool_calls !== undefined) return null;
  if (next.role !== 'assistant') return null;
  const content = next.content === null ? last.content : `${last.content}\n${next.content}`;
  return { ...next, content };
}

function callMessages(
  calls: readonly CallItem[],
  results: ReadonlyMap<string, string>,
): readonly ChatMessage[] {
  if (calls.length === 0) return [];
  const named = calls.map((call) => ({ ...call, callId: call.call_id ?? call.id }));
  const toolCalls = named.map(({ callId, name, arguments: argumentsJson }): ChatToolCall => {
    return { id: callId, type: 'function', function: { name, arguments: argumentsJson } };
  });
  return [
    { role: 'assistant', content: null, tool_calls: toolCalls },
    ...named.map(({ callId }): ChatMessage => {
      const content = results.get(callId) ?? noResult;
      return { role: 'tool', tool_call_id: callId, content };
    }),
  ];
}

function spokenMessage(item: Item, heard: Question['heard']): readonly ChatMessage[] {
  if (item.type !== 'message') return [];
  const { id, role } = item;
  const written = item.content.map((part) => part.text ?? part.transcript ?? '').join(' ');
  if (role === 'user' && heard.has(id)) {
    return [{ role, content: heard.get(id) ?? unintelligible }];
  }
  return written.trim() === '' ? [] : [{ role, content: written.trim() }];
}

/** What the model may call, in the words of `chat/completions`; nothing where that is no tool. */
export function chatTools({ tools, toolChoice }: RespondRequest): Record<string, unknown> {
  const functions = tools.flatMap((tool) => {
    if (tool.type !== 'function') return [];
    const { type, ...described } = tool;
    return [{ type, function: described }];
  });
  if (functions.length === 0) return {};
  return { tools: functions, tool_choice: chatToolChoice(toolChoice) };
}

function chatToolChoice(choice: RespondRequest['toolChoice']): unknown {
  if (typeof choice === 'string') return choice;
  return choice.type === 'function'
    ? { type: 'function', function: { name: choice.name } }
    : 'auto';
}
