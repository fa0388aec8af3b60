import type { Invariant } from '../observer.ts';

/**
 * A tool runs once, for a reply that is complete and was not cut off, after its call was recorded;
 * and its result reaches the model once, unless the call ends first.
 */
export const toolOnce: Invariant = {
  name: 'every tool call gets one result',
  observe(view, claims) {
    const { facts, core } = view;
    const recorded = new Set<string>();
    const run = new Set<string>();
    const settled = new Set<string>();
    const answered = new Set<string>();
    const replyOf = (callId: string) =>
      [...facts.replies.values()].find(({ callIds }) => callIds.includes(callId));
    return {
      journal(body) {
        if (body.type !== 'tool-call') return;
        claims.hold(!recorded.has(body.callId), () => `${body.callId} is recorded twice`);
        recorded.add(body.callId);
        const reply = replyOf(body.callId);
        claims.hold(
          reply?.outcome === 'completed',
          () => `${body.callId} is released, its reply is ${reply?.outcome}`,
        );
        claims.hold(reply === undefined || !facts.isCut(reply), 'its reply was not cut off');
      },
      toolRun({ callId }) {
        claims.hold(recorded.has(callId), () => `${callId} runs without a record`);
        claims.hold(!run.has(callId), () => `${callId} runs twice`);
        run.add(callId);
      },
      toolSettled({ callId }) {
        settled.add(callId);
      },
      linkCommand(_linkId, command) {
        if (command.type !== 'tool-results') return;
        const replies = new Set(command.results.map(({ callId }) => replyOf(callId)));
        for (const callId of recorded) {
          if (!replies.has(replyOf(callId))) continue;
          const isSent = command.results.some((result) => result.callId === callId);
          claims.hold(isSent, () => `${callId} is left behind by the results of its reply`);
        }
        for (const { callId } of command.results) {
          claims.hold(!answered.has(callId), () => `${callId} is answered twice`);
          answered.add(callId);
          claims.hold(recorded.has(callId), () => `${callId} is answered and was never released`);
          claims.hold(!run.has(callId) || settled.has(callId), () => `${callId} has no result yet`);
        }
      },
      finished() {
        if (core.state.line.is !== 'up') return;
        for (const callId of recorded) {
          const isOver = !run.has(callId) || settled.has(callId);
          claims.hold(!isOver || answered.has(callId), () => `${callId} was never answered`);
        }
      },
    };
  },
};
