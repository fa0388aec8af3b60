import assert from 'node:assert/strict';
import type { ServerEvent, ServerEventOf, ShownResponse } from '../wire.ts';

interface OpenPart {
  said: string;
  isAudioDone: boolean;
  isWordsDone: boolean;
}

/**
 * The order that every stream of server events keeps: fails at the first event that breaks it.
 * It knows only what a client can know.
 */
export class OrderLaw {
  readonly #order: string[] = [];
  readonly #done = new Set<string>();
  readonly #responses = new Map<string, ShownResponse['status']>();
  readonly #parts = new Map<string, OpenPart>();
  #inConversation: string | null = null;
  #expected: { readonly type: ServerEvent['type']; readonly itemId: string } | null = null;
  #eventIds = new Set<string>();
  #isFirst = true;

  /** Responses that began and have not ended. */
  get openResponses(): readonly string[] {
    return [...this.#responses].flatMap(([id, status]) => (status === 'in_progress' ? [id] : []));
  }

  get items(): readonly string[] {
    return this.#order;
  }

  check(event: ServerEvent): void {
    if (this.#isFirst) assert.ok(event.type === 'session.created' || event.type === 'error');
    this.#isFirst = false;
    assert.ok(event.event_id !== undefined && !this.#eventIds.has(event.event_id));
    this.#eventIds.add(event.event_id);
    this.#checkExpected(event);
    if ('response_id' in event) this.#inResponse(event.response_id);
    switch (event.type) {
      case 'input_audio_buffer.committed':
        this.#expected = { type: 'conversation.item.added', itemId: event.item_id };
        break;
      case 'conversation.item.added':
        this.#onAdded(event);
        break;
      case 'conversation.item.done':
        assert.ok(this.#order.includes(event.item.id ?? ''), 'an item is done after it was added');
        assert.ok(!this.#done.has(event.item.id ?? ''), 'an item is done once');
        this.#done.add(event.item.id ?? '');
        break;
      case 'conversation.item.deleted':
        assert.ok(this.#order.includes(event.item_id));
        this.#order.splice(this.#order.indexOf(event.item_id), 1);
        break;
      case 'response.created':
        this.#onCreated(event.response);
        break;
      case 'response.done':
        this.#onDone(event.response);
        break;
      default:
        this.#onPart(event);
    }
  }

  #checkExpected(event: ServerEvent): void {
    const expected = this.#expected;
    if (expected === null) return;
    this.#expected = null;
    assert.equal(event.type, expected.type, `what follows a commit is ${expected.type}`);
    assert.ok(event.type === 'conversation.item.added' || event.type === 'conversation.item.done');
    assert.equal(event.item.id, expected.itemId);
    if (event.type === 'conversation.item.added') {
      this.#expected = { type: 'conversation.item.done', itemId: expected.itemId };
    }
  }

  #inResponse(id: string): void {
    assert.equal(this.#responses.get(id), 'in_progress', 'events of a response lie within it');
  }

  #onAdded({ item, previous_item_id: previous }: ServerEventOf<'conversation.item.added'>): void {
    assert.ok(item.id !== undefined && !this.#order.includes(item.id), 'an item is added once');
    const at = previous === null || previous === undefined ? 0 : this.#order.indexOf(previous) + 1;
    assert.ok(typeof previous !== 'string' || at > 0, 'an item follows one that is there');
    this.#order.splice(at, 0, item.id);
  }

  #onCreated(response: ShownResponse): void {
    assert.ok(!this.#responses.has(response.id), 'a response is created once');
    assert.equal(response.status, 'in_progress');
    this.#responses.set(response.id, response.status);
    if (typeof response.conversation_id !== 'string') return;
    assert.equal(this.#inConversation, null, 'one response at a time writes to the conversation');
    this.#inConversation = response.id;
  }

  #onDone(response: ShownResponse): void {
    this.#inResponse(response.id);
    assert.notEqual(response.status, 'in_progress');
    assert.equal(this.#parts.size === 0 || this.openResponses.length > 1, true, 'parts are closed');
    this.#responses.set(response.id, response.status);
    if (this.#inConversation === response.id) this.#inConversation = null;
  }

  #onPart(event: ServerEvent): void {
    if (event.type === 'response.content_part.added') {
      assert.ok(!this.#parts.has(event.item_id));
      this.#parts.set(event.item_id, { said: '', isAudioDone: false, isWordsDone: false });
      return;
    }
    if (!('content_index' in event) || !('response_id' in event)) return;
    const part = this.#parts.get(event.item_id);
    assert.ok(part !== undefined, 'content belongs to an open part');
    if (event.type === 'response.output_audio.delta') {
      assert.ok(!part.isAudioDone);
    } else if (event.type === 'response.output_audio.done') {
      assert.ok(!part.isAudioDone && !part.isWordsDone, 'audio is done once, before its words');
      part.isAudioDone = true;
    } else if (event.type === 'response.content_part.done') {
      assert.ok(part.isWordsDone, 'a part is done after its words');
      this.#parts.delete(event.item_id);
    } else if ('delta' in event) {
      assert.ok(!part.isWordsDone);
      part.said += event.delta;
    } else {
      const whole = 'transcript' in event ? event.transcript : 'text' in event ? event.text : '';
      assert.equal(whole, part.said, 'the whole is the sum of its deltas');
      part.isWordsDone = true;
    }
  }
}
