/**
 * The floor: moves as many bytes as a gateway does, in as many reads and writes at the same pace on
 * both legs, over `ws`, and looks at none of them.
 *
 *   node floor.child.ts FRAME_BYTES APPEND_MESSAGE MODEL_URL
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { systemClock } from '../src/runtime/clock.ts';
import { PacingWheel } from '../src/session/wheel.ts';
import { serveParent } from './peer.child.ts';

const frameBytes = Number(process.argv[2]);
const append = Buffer.from(process.argv[3]!);
const modelUrl = process.argv[4]!;
const wheel = new PacingWheel(systemClock(), () => undefined);
/** Any text a light model takes for a setup. */
const setup = Buffer.from('{"type":"session.update","session":{"type":"realtime"}}');

function forward(caller: Socket): void {
  const options = { perMessageDeflate: false, skipUTF8Validation: true };
  const model = new WebSocket(modelUrl, options);
  const agentFrame = Buffer.alloc(frameBytes, 1);
  agentFrame.set([0x10, (frameBytes - 3) >> 8, (frameBytes - 3) & 0xff]);
  let receivedBytes = 0;
  model.on('open', () => {
    model.send(setup, { binary: false });
    wheel.join(() => caller.write(agentFrame));
  });
  model.on('message', () => undefined);
  caller.on('data', (bytes) => {
    receivedBytes += bytes.length;
    if (model.readyState !== WebSocket.OPEN) return;
    for (; receivedBytes >= frameBytes; receivedBytes -= frameBytes) {
      model.send(append, { binary: false });
    }
  });
  caller.on('error', () => caller.destroy());
  model.on('error', () => model.terminate());
}

const server = createServer({ noDelay: true }, forward);
server.listen(0, '127.0.0.1', () => serveParent((server.address() as AddressInfo).port));
