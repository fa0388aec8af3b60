import type { JournalEntry } from '../../store/store.ts';
import type { ServerMessage } from './wire.ts';

/**
 * What a caller is shown of their own call as it is written down; `null`: nothing. The journal is
 * the one source: a word is shown as heard when its record says so.
 */
export function callNews(entry: JournalEntry): ServerMessage | null {
  switch (entry.type) {
    case 'session-start': {
      const { sessionId, persona, provider, model } = entry;
      return { type: 'call', sessionId, persona, provider, model };
    }
    case 'session-end':
      return { type: 'ended', cause: entry.cause };
    case 'caller-said':
      return { type: 'caller-said', itemId: entry.itemId, text: entry.text };
    case 'agent-said': {
      const words = entry.words.map(({ text, state }) => ({ text, state }));
      return { type: 'agent-said', itemId: entry.itemId, words };
    }
    case 'barge-in':
      return { type: 'barge-in', heardMs: entry.heardMs, unheardMs: entry.unheardMs };
    case 'turn':
      return entry.responseMs === null ? null : { type: 'turn', responseMs: entry.responseMs };
    case 'tool-call': {
      const { callId, name, argumentsJson } = entry;
      return { type: 'tool-call', callId, name, argumentsJson };
    }
    case 'tool-result': {
      const { callId, name, outcome, code, tookMs } = entry;
      return { type: 'tool-result', callId, name, outcome, code, tookMs };
    }
    case 'prompt':
      return { type: 'prompt', name: entry.name };
    case 'persona-change':
      return { type: 'persona', persona: entry.persona };
    case 'error':
      return { type: 'error', code: entry.code };
    default:
      return null;
  }
}
