import { bytesPerMs } from '../../src/audio/format.ts';
import type { Invariant } from '../observer.ts';

/** Every byte of the agent's sound is played, flushed or queued, and the queue is bounded. */
export const byteAccount: Invariant = {
  name: 'received = played + flushed + queued',
  isOfSound: true,
  observe(view, claims) {
    const queueMsMax = view.settings.replyQueueMsMax + 20;
    const perMs = bytesPerMs(view.agentSound.format);
    let framesMs = 0;
    return {
      ticked() {
        const { playout } = view.core;
        const { receivedBytes, playedBytes, flushedBytes, queuedBytes } = playout.account;
        claims.hold(
          receivedBytes === playedBytes + flushedBytes + queuedBytes,
          () => `${receivedBytes} ≠ ${playedBytes} + ${flushedBytes} + ${queuedBytes} bytes`,
        );
        framesMs += 20;
        claims.hold(playedBytes <= framesMs * perMs, 'no more is played than was sent');
        claims.hold(playout.queuedMs <= queueMsMax, () => `${playout.queuedMs} ms are queued`);
      },
    };
  },
};
