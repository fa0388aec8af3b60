import type { Invariant } from '../observer.ts';

/** No question that is still open after this may be: twice two limits, tools and links. */
const openMsMax = 60_000;

/**
 * Who writes is told once that the turn is over, when all replies and tools are, and has read what
 * came of them until then and nothing of what was cut off.
 */
export const turnsEnd: Invariant = {
  name: 'each written turn ends, once',
  observe(view, claims) {
    const { facts, core } = view;
    if (!core.isWritten) return {};
    const running = new Set<string>();
    const written = new Map<string, string>();
    const came = new Map<string, string>();
    let openSinceMs: number | null = null;
    let isClosed = false;
    return {
      legEvent(event) {
        if (event.type === 'caller-text' && core.state.line.is === 'up') {
          openSinceMs ??= view.nowMs;
        }
        if (event.type === 'ended') isClosed = true;
      },
      linkEvent(_linkId, event) {
        if (event.type !== 'agent-text') return;
        const before = came.get(event.itemId) ?? '';
        came.set(event.itemId, event.isFinal ? event.text : before + event.text);
      },
      legCommand(command) {
        if (command.type === 'agent-text') {
          const text = (written.get(command.itemId) ?? '') + command.text;
          written.set(command.itemId, text);
          const whole = came.get(command.itemId) ?? '';
          claims.hold(whole.startsWith(text), () => `${command.itemId} is written otherwise`);
        }
        if (command.type === 'hang-up' || command.type === 'transfer') {
          claims.hold(openSinceMs === null, 'the line is dropped with a question open');
          isClosed = true;
        }
        if (command.type !== 'turn-over') return;
        const isLate = core.state.line.is !== 'up';
        claims.hold(openSinceMs !== null || isLate, 'a turn that is not open is over');
        openSinceMs = null;
        if (isLate || command.outcome.is === 'failed') return;
        claims.hold(running.size === 0, () => `over while ${[...running].join()} runs`);
        const active = [...facts.replies.values()].find(
          ({ linkId, outcome }) => linkId === linkIdOf(core.state.link) && outcome === null,
        );
        claims.hold(!active, () => `over while ${active?.replyId} is being made`);
      },
      toolRun({ callId }) {
        running.add(callId);
      },
      toolSettled({ callId }) {
        running.delete(callId);
      },
      ticked() {
        if (openSinceMs === null || isClosed) return;
        const openMs = view.nowMs - openSinceMs;
        claims.hold(openMs <= openMsMax, () => `a question is open for ${openMs} ms`);
      },
    };
  },
};

function linkIdOf(link: { readonly is: string; readonly linkId?: number }): number {
  return link.is === 'ready' ? (link.linkId ?? 0) : 0;
}
