import type { ByteSocket } from '../../runtime/byte-socket.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import { encodeMessage, messageKind } from './wire.ts';

/** Asterisk closes at once; who has not after this long is reset. A guess. */
const farewellMsMax = 2000;

/**
 * Hangs up so that the dialplan goes on: 0x00 and then FIN behind all that was written. A reset
 * would end the whole call in Asterisk, hence we go on reading until the far end closes, and reset
 * only one that does not in time. Cancel the timer when the socket has ended.
 */
export function hangUp(socket: ByteSocket, clock: Clock): Timer {
  socket.write(encodeMessage(messageKind.hangUp, new Uint8Array(0)));
  socket.end();
  return clock.setTimer(farewellMsMax, () => socket.destroy());
}
