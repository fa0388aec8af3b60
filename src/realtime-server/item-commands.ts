import type { AudioFormat } from '../audio/format.ts';
import { bytesOfBase64 } from './base64.ts';
import type { ConversationPorts, Refusal } from './conversation-ports.ts';
import { type ConversationItem, ItemAudio, type ListedItem } from './item-list.ts';
import { formatOf } from './session-config.ts';
import type { ClientEventOf, NewItem } from './wire.ts';

/** An item that a client made, as it is listed: its audio apart, an id and a status of its own. */
export function listedFrom(item: NewItem, id: string, format: AudioFormat): ListedItem {
  const audio = new Map<number, ItemAudio>();
  const frame = { id, object: 'realtime.item', status: 'completed' };
  if (item.type !== 'message') {
    const callId = item.call_id ?? id;
    return { item: { ...item, ...frame, call_id: callId }, audio };
  }
  if (item.role !== 'user') return { item: { ...item, ...frame }, audio };
  const content = item.content.map((part, index) => {
    if (part.type !== 'input_audio') return part;
    const spoken = new ItemAudio(format);
    spoken.append(bytesOfBase64(part.audio) ?? new Uint8Array());
    audio.set(index, spoken);
    return { type: part.type, transcript: part.transcript ?? null };
  });
  return { item: { ...item, ...frame, content }, audio };
}

/** What is said when `verb` meets an id that is not in the conversation. */
export function missingItem(verb: 'delete' | 'retrieve' | 'truncate', id: string): Refusal {
  const doing = { delete: 'deleting', retrieve: 'retrieving', truncate: 'truncating' }[verb];
  return {
    code: `item_${verb}_invalid_item_id`,
    message: `Error ${doing} item: the item with id '${id}' does not exist.`,
    param: null,
  };
}

export function createItem(
  ports: ConversationPorts,
  event: ClientEventOf<'conversation.item.create'>,
): void {
  const { items, random, session } = ports;
  const previousId = event.previous_item_id;
  const id = event.item.id ?? random.id('item_');
  const refusal = createRefusal(ports, event, id);
  if (refusal !== null) {
    ports.refuse(refusal, event.event_id);
    return;
  }
  const listed = listedFrom(event.item, id, formatOf(session.audio.input.format));
  items.insert(listed, previousId);
  for (const audio of listed.audio.values()) items.noteAudio(audio.lengthBytes);
  const place = { previous_item_id: items.previousOf(id) };
  ports.send({ type: 'conversation.item.added', item: listed.item, ...place });
  ports.send({ type: 'conversation.item.done', item: listed.item, ...place });
}

function createRefusal(
  ports: ConversationPorts,
  event: ClientEventOf<'conversation.item.create'>,
  id: string,
): Refusal | null {
  const { items } = ports;
  const { item, previous_item_id: previousId } = event;
  if (items.find(id) !== undefined) {
    return {
      code: 'item_create_duplicate_item_id',
      message: `Error adding item: an item with id '${id}' already exists.`,
      param: null,
    };
  }
  if (previousId !== undefined && previousId !== 'root' && items.find(previousId) === undefined) {
    return {
      code: 'item_create_invalid_previous_item_id',
      message: `Error adding item: the previous item with id '${previousId}' does not exist.`,
      param: null,
    };
  }
  if (item.type === 'function_call_output' && !items.hasCall(item.call_id)) {
    return {
      code: 'invalid_tool_call_id',
      message: `Tool call ID '${item.call_id}' not found in conversation.`,
      param: null,
    };
  }
  return null;
}

export function retrieveItem(
  ports: ConversationPorts,
  event: ClientEventOf<'conversation.item.retrieve'>,
): void {
  const listed = ports.items.find(event.item_id);
  if (listed === undefined) {
    ports.refuse(missingItem('retrieve', event.item_id), event.event_id);
    return;
  }
  ports.send({ type: 'conversation.item.retrieved', item: withAudio(listed) });
}

function withAudio({ item, audio }: ListedItem): ConversationItem {
  if (item.type !== 'message') return item;
  const content = item.content.map((part, index) => {
    const bytes = audio.get(index)?.bytes();
    if (bytes === undefined || bytes.length === 0) return part;
    return { ...part, audio: Buffer.from(bytes).toString('base64') };
  });
  return { ...item, content };
}

export function deleteItem(
  ports: ConversationPorts,
  event: ClientEventOf<'conversation.item.delete'>,
): void {
  if (ports.items.find(event.item_id) === undefined) {
    ports.refuse(missingItem('delete', event.item_id), event.event_id);
    return;
  }
  ports.items.delete(event.item_id);
  ports.send({ type: 'conversation.item.deleted', item_id: event.item_id });
}

/** The vendor gives this refusal no code. */
const notAgentAudio: Refusal = {
  code: null,
  message: 'Only model output audio messages can be truncated',
  param: null,
};

export function truncateItem(
  ports: ConversationPorts,
  event: ClientEventOf<'conversation.item.truncate'>,
): void {
  const { item_id: id, content_index: contentIndex, audio_end_ms: endMs } = event;
  const listed = ports.items.find(id);
  if (listed === undefined) {
    ports.refuse(missingItem('truncate', id), event.event_id);
    return;
  }
  const { item } = listed;
  const audio = listed.audio.get(contentIndex);
  const isAgent = item.type === 'message' && item.role === 'assistant';
  if (!isAgent || audio === undefined) {
    ports.refuse(notAgentAudio, event.event_id);
    return;
  }
  if (endMs > audio.lengthMs) {
    const lengthMs = Math.floor(audio.lengthMs);
    const message = `Audio content of ${lengthMs}ms is already shorter than ${endMs}ms`;
    ports.refuse({ code: 'invalid_value', message, param: 'audio_end_ms' }, event.event_id);
    return;
  }
  audio.truncate(endMs);
  const heard = { type: 'output_audio', transcript: audio.transcript };
  // A message that is still being spoken has no content yet; it gets its words when it is done.
  if (item.content.length > 0) ports.items.replace({ ...item, content: [heard] });
  ports.send({
    type: 'conversation.item.truncated',
    item_id: id,
    content_index: contentIndex,
    audio_end_ms: endMs,
  });
}
