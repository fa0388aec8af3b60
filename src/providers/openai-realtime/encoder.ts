import { type AudioFormat, bytesPerMs } from '../../audio/format.ts';
import type { ClientEvent, NewItem, RealtimeUpdate } from '../../realtime-server/wire.ts';
import { unreachable } from '../../runtime/assert.ts';
import type { PersonaSetup, ProviderCommand, ProviderSetup } from '../provider.ts';
import type { OpenaiRealtimeOptions } from './options.ts';
import type { Requests } from './requests.ts';
import {
  CallIds,
  callerMessage,
  historyItem,
  personaUpdate,
  setupUpdate,
  toolOutput,
} from './setup.ts';
import type { ToolCalls, ToolResult } from './tool-calls.ts';

/** Why we sent an event: the first part of its `event_id`, which an error names again. */
const purposes = ['setup', 'persona', 'past', 'text', 'cancel', 'trim', 'result'] as const;
export type Purpose = (typeof purposes)[number];

/** The purpose of the event that an error answers; `null` if it is none of ours. */
export function purposeOf(eventId: string | null | undefined): Purpose | null {
  return purposes.find((purpose) => eventId?.startsWith(`${purpose}_`)) ?? null;
}

export type EncodedCommand = Exclude<ProviderCommand, { type: 'caller-audio' }>;
type Truncate = Extract<ProviderCommand, { type: 'item-truncate' }>;
type ReplyStart = Extract<ProviderCommand, { type: 'reply-start' }>;

/** Items whose audio may still be cut: the caller hears one, a few more are on their way. */
const itemsMax = 32;

/** Provider commands to client events. Knows no socket and no time. */
export class Encoder {
  readonly #options: OpenaiRealtimeOptions;
  readonly #setup: ProviderSetup;
  readonly #requests: Requests;
  readonly #calls: ToolCalls;
  readonly #openReplies: ReadonlySet<string>;
  readonly #callIds = new CallIds();
  readonly #receivedBytes = new Map<string, number>();
  #persona: PersonaSetup;
  #sentCount = 0;

  constructor(context: {
    readonly options: OpenaiRealtimeOptions;
    readonly setup: ProviderSetup;
    readonly requests: Requests;
    readonly calls: ToolCalls;
    readonly openReplies: ReadonlySet<string>;
  }) {
    this.#options = context.options;
    this.#setup = context.setup;
    this.#requests = context.requests;
    this.#calls = context.calls;
    this.#openReplies = context.openReplies;
    this.#persona = context.setup.persona;
  }

  /** Notes `length` bytes of agent audio of an item: no more than what came can be truncated. */
  noteAudio(itemId: string, length: number): void {
    const receivedBytes = this.#receivedBytes;
    receivedBytes.set(itemId, (receivedBytes.get(itemId) ?? 0) + length);
    if (receivedBytes.size <= itemsMax) return;
    const [oldest] = receivedBytes.keys();
    if (oldest !== undefined) receivedBytes.delete(oldest);
  }

  /** The first `session.update`. */
  setup(): ClientEvent {
    return this.#update('setup', setupUpdate(this.#setup, this.#options));
  }

  /** The items that tell the model what was said before this link. */
  history(): ClientEvent[] {
    return this.#setup.history.map((item) => {
      if (item.type === 'tool-call') this.#calls.add(item.callId, null);
      return this.#item('past', historyItem(item, this.#callIds));
    });
  }

  /** The events for `command`, in order; none if it has nothing left to act on. */
  encode(command: EncodedCommand): ClientEvent[] {
    switch (command.type) {
      case 'caller-text':
        return [this.#item('text', callerMessage(command.text))];
      case 'persona':
        this.#persona = command.persona;
        return [this.#update('persona', this.#personaUpdate())];
      case 'reply-start':
        return [this.#responseCreate(command)];
      case 'reply-cancel':
        return this.#responseCancel(command.replyId);
      case 'item-truncate':
        return this.#truncate(command);
      case 'item-drop': {
        const { itemId } = command;
        return [{ type: 'conversation.item.delete', event_id: this.#id('trim'), item_id: itemId }];
      }
      case 'tool-results':
        return this.#outputs(this.#calls.answer(command.results, this.#openReplies));
      default:
        return unreachable(command);
    }
  }

  /** The tool results that waited for a reply to end. */
  release(replyId: string): ClientEvent[] {
    return this.#outputs(this.#calls.release(replyId));
  }

  #id(purpose: Purpose): string {
    this.#sentCount += 1;
    return `${purpose}_${this.#sentCount}`;
  }

  #update(purpose: Purpose, session: RealtimeUpdate): ClientEvent {
    return { type: 'session.update', event_id: this.#id(purpose), session };
  }

  #personaUpdate(): RealtimeUpdate {
    const isVoiceFixed = this.#receivedBytes.size > 0 || this.#setup.agentFormat === null;
    return personaUpdate(this.#persona, this.#options, { isVoiceFixed });
  }

  #item(purpose: Purpose, item: NewItem): ClientEvent {
    return { type: 'conversation.item.create', event_id: this.#id(purpose), item };
  }

  #outputs(results: readonly ToolResult[]): ClientEvent[] {
    return results.map(({ callId, outputJson }) =>
      this.#item('result', toolOutput(this.#callIds.of(callId), outputJson)),
    );
  }

  #responseCreate({ requestId, instructions, allowsTools = true }: ReplyStart): ClientEvent {
    return {
      type: 'response.create',
      event_id: requestId,
      response: {
        ...this.#requests.add(requestId),
        // Instructions of a response replace those of the session, so the persona's go with them.
        ...(instructions !== undefined && {
          instructions: `${this.#persona.instructions}\n\n${instructions}`,
        }),
        ...(!allowsTools && { tool_choice: 'none' }),
      },
    };
  }

  #responseCancel(replyId: string): ClientEvent[] {
    if (!this.#openReplies.has(replyId)) return [];
    return [{ type: 'response.cancel', event_id: this.#id('cancel'), response_id: replyId }];
  }

  /** The vendor refuses 0 ms and anything beyond what it sent, so the end is kept in between. */
  #truncate({ itemId, contentIndex, heardMs }: Truncate): ClientEvent[] {
    const { agentFormat } = this.#setup;
    if (agentFormat === null) return [];
    const receivedMs = msOf(this.#receivedBytes.get(itemId) ?? 0, agentFormat);
    const endMs = Math.floor(Math.min(heardMs, receivedMs));
    if (endMs < 1) return [];
    return [
      {
        type: 'conversation.item.truncate',
        event_id: this.#id('trim'),
        item_id: itemId,
        content_index: contentIndex,
        audio_end_ms: endMs,
      },
    ];
  }
}

function msOf(bytes: number, format: AudioFormat): number {
  return bytes / bytesPerMs(format);
}
