import { rmsDbfs, silenceDbfs } from '../src/audio/level.ts';
import type { CallObserver, CallView } from './observer.ts';

/**
 * Tells everything that happens in a call but frames, line by line: for one who looks for a
 * cause.
 */
export function trace(view: CallView, write: (line: string) => void): CallObserver {
  const say = (what: string, told: unknown): void => {
    const body = JSON.stringify(told, (key, value) => (key === 'bytes' ? undefined : value));
    write(`${view.nowMs.toFixed(0).padStart(6)} ${what} ${body}`);
  };
  let state = '';
  let isSounding = false;
  return {
    legEvent(event) {
      if (event.type !== 'caller-audio') say('leg →', event);
    },
    legCommand(command) {
      if (command.type !== 'agent-audio') {
        say('→ leg', command);
        return;
      }
      const { bytes, offset, length } = command;
      const { encoding } = view.agentSound.format;
      const sounds = rmsDbfs(bytes, offset, length, encoding) > silenceDbfs;
      if (sounds !== isSounding) say('→ leg', sounds ? 'sound' : 'silence');
      isSounding = sounds;
    },
    secondEvent(event) {
      if (event.type !== 'caller-audio') say('second →', event);
    },
    attached: (party) => say('attached', party),
    linkOpened: (linkId, personaKey) => say('link opens', { linkId, personaKey }),
    linkClosed: (linkId) => say('link closes', linkId),
    linkEvent: (linkId, event) => say(`link ${linkId} →`, event),
    linkCommand(linkId, command) {
      if (command.type !== 'caller-audio') say(`→ link ${linkId}`, command);
    },
    gateEdge: (edge) => say('gate', edge),
    toolRun: (call) => say('tool runs', call),
    toolSettled: (outcome) => say('tool settles', outcome),
    journal: (body) => say('journal', body),
    news: (news) => say('news', news),
    ticked() {
      const { caller, agent, link, line, party, arbiter, pendingCalls } = view.core.state;
      const now = JSON.stringify({ caller, agent, link, line, party, arbiter, pendingCalls });
      if (now !== state) write(`${view.nowMs.toFixed(0).padStart(6)} state ${now}`);
      state = now;
    },
    ended: (cause) => say('ended', cause),
  };
}
