/**
 * The gateway as it is usually written first: JSON both ways, buffers joined by `Buffer.concat`,
 * npm `speex-resampler` as its README uses it, a `setInterval` per call.
 *
 *   node naive.child.ts MODEL_URL
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { serveParent } from './peer.child.ts';
import { loadPeer } from './peer.load.ts';
import type { SpeexModule } from './resample.peers.ts';

const modelUrl = process.argv[2]!;
const { default: Speex } = ((await loadPeer('speex-resampler')) as SpeexModule).default;
await Speex.initPromise;

function answer(caller: Socket): void {
  const model = new WebSocket(modelUrl);
  const toModel = new Speex(1, 8000, 24000);
  const toCaller = new Speex(1, 24000, 8000);
  let received = Buffer.alloc(0);
  let queue = Buffer.alloc(0);
  model.on('open', () => {
    model.send(JSON.stringify({ type: 'session.update', session: { type: 'realtime' } }));
  });
  model.on('message', (message) => {
    const event = JSON.parse(message.toString());
    if (event.type !== 'response.output_audio.delta') return;
    const audio = toCaller.processChunk(Buffer.from(event.delta, 'base64'));
    queue = Buffer.concat([queue, audio]);
  });
  caller.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 3) {
      const length = received.readUInt16BE(1);
      if (received.length < 3 + length) break;
      const kind = received[0];
      const payload = received.subarray(3, 3 + length);
      received = received.subarray(3 + length);
      if (kind !== 0x10 || model.readyState !== WebSocket.OPEN) continue;
      const audio = toModel.processChunk(payload).toString('base64');
      model.send(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
    }
  });
  const timer = setInterval(() => {
    if (queue.length < 320) return;
    const header = Buffer.alloc(3);
    header[0] = 0x10;
    header.writeUInt16BE(320, 1);
    caller.write(Buffer.concat([header, queue.subarray(0, 320)]));
    queue = queue.subarray(320);
  }, 20);
  caller.on('close', () => clearInterval(timer));
  caller.on('error', () => caller.destroy());
  model.on('error', () => model.terminate());
}

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => serveParent((server.address() as AddressInfo).port));
