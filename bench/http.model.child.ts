/**
 * The emulator in a process of its own. What it is told it says again, so that each reply shows to
 * whom it belongs; it counts what passes on its wires.
 *
 *   node http.model.child.ts
 */
import type { Brain, BrainAsk, BrainOutput } from '../src/realtime-server/brain.ts';
import type { ServedConnection, ServerPeer } from '../src/realtime-server/connection.ts';
import { listenRealtime } from '../src/realtime-server/listener.ts';
import {
  type Admission,
  type OpenRequest,
  RealtimeServer,
} from '../src/realtime-server/realtime-server.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { systemRandom } from '../src/runtime/random.ts';
import type { Traffic } from './http.load.ts';

const traffic: Traffic = { messages: 0, bytes: 0 };

class CountingServer extends RealtimeServer {
  override admit(request: OpenRequest): Admission {
    const admission = super.admit(request);
    if (admission.is === 'refused') return admission;
    return { ...admission, serve: (peer) => counted(admission.serve(countedPeer(peer))) };
  }
}

function countedPeer(peer: ServerPeer): ServerPeer {
  return {
    send(text) {
      count(Buffer.byteLength(text));
      peer.send(text);
    },
    close: (code, reason) => peer.close(code, reason),
    drop: () => peer.drop(),
  };
}

function counted(served: ServedConnection): ServedConnection {
  return {
    onMessage(message) {
      count(message.length);
      served.onMessage(message);
    },
    onClose: () => served.onClose(),
  };
}

function count(bytes: number): void {
  traffic.messages += 1;
  traffic.bytes += bytes;
}

/** Says the last words of the context again, one after the other. */
const parrot: Brain = {
  name: 'parrot',
  open: ({ clock, onOutput }) => ({
    tell(ask: BrainAsk) {
      if (ask.type !== 'respond') return;
      const { items, responseId } = ask.request;
      const last = items.at(-1);
      const text =
        last?.type === 'message' ? last.content.map((part) => part.text ?? '').join('') : '';
      clock.setTimer(0, () => {
        const words: BrainOutput[] = text
          .split(/(?<= )/)
          .map((delta) => ({ type: 'text', responseId, delta }));
        for (const word of words) onOutput(word);
        onOutput({ type: 'end', responseId, outcome: { status: 'completed' } });
      });
    },
    close: () => undefined,
  }),
};

const clock = systemClock();
const server = new CountingServer({ clock, random: systemRandom(), brain: parrot });
const listener = await listenRealtime(server, { clock, port: 0 });
process.on('message', () => process.send!(traffic));
process.on('disconnect', () => process.exit());
process.send!(listener.url);
