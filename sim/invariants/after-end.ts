import type { Invariant } from '../observer.ts';

/** Nothing is said to a line, a link or the journal that has had its last word. */
export const afterEnd: Invariant = {
  name: 'nothing after the end',
  observe(view, claims) {
    const openedLinks = new Set<number>();
    const goneLinks = new Set<number>();
    let isLegGone = false;
    let hasEnded = false;
    return {
      legEvent(event) {
        if (event.type === 'ended') isLegGone = true;
      },
      legCommand(command) {
        claims.hold(!isLegGone && !hasEnded, 'nothing is sent to a line that is gone');
        if (command.type === 'hang-up' || command.type === 'transfer') isLegGone = true;
      },
      linkClosed(linkId) {
        claims.hold(!goneLinks.has(linkId), () => `link ${linkId} is closed when it is gone`);
        goneLinks.add(linkId);
      },
      linkEvent(linkId, event) {
        if (event.type === 'ended') goneLinks.add(linkId);
      },
      linkOpened(linkId) {
        claims.hold(!hasEnded, 'no link is opened after the end');
        openedLinks.add(linkId);
      },
      linkCommand(linkId, command) {
        claims.hold(!hasEnded, 'no link is told anything after the end');
        claims.hold(linkId > 0, () => `${command.type} before there was a link`);
        claims.hold(
          !goneLinks.has(linkId),
          () => `${command.type} to link ${linkId}, which is gone`,
        );
      },
      toolRun() {
        claims.hold(!hasEnded, 'no tool is run after the end');
      },
      journal() {
        claims.hold(!hasEnded, 'nothing is recorded after the end');
      },
      news() {
        claims.hold(!hasEnded, 'there is no news after the end');
      },
      ended() {
        claims.hold(!hasEnded, 'a session ends once');
        claims.hold(view.timerCount === 0, () => `${view.timerCount} timers outlive the session`);
        const left = [...openedLinks].filter((linkId) => !goneLinks.has(linkId));
        claims.hold(left.length === 0, () => `link ${left[0]} outlives the session`);
        hasEnded = true;
      },
    };
  },
};
