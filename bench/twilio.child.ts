/**
 * `TwilioRealtimeTransportLayer` of `@openai/agents-extensions`, as its documentation uses it: a
 * WebSocket of Twilio Media Streams on one side, the model on the other.
 *
 *   node twilio.child.ts MODEL_URL
 */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { serveParent } from './peer.child.ts';
import { loadPeer } from './peer.load.ts';

interface AgentsExtensions {
  readonly TwilioRealtimeTransportLayer: new (options: {
    readonly twilioWebSocket: unknown;
  }) => unknown;
}

interface AgentsRealtime {
  readonly RealtimeAgent: new (options: { readonly name: string }) => unknown;
  readonly RealtimeSession: new (
    agent: unknown,
    options: { readonly transport: unknown },
  ) => { connect(options: { readonly apiKey: string; readonly url: string }): Promise<void> };
}

const modelUrl = process.argv[2]!;
const { TwilioRealtimeTransportLayer } = (await loadPeer(
  '@openai/agents-extensions',
)) as AgentsExtensions;
const { RealtimeAgent, RealtimeSession } = (await loadPeer(
  '@openai/agents/realtime',
)) as AgentsRealtime;

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', async (twilioWebSocket) => {
  const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket });
  const session = new RealtimeSession(new RealtimeAgent({ name: 'bench' }), { transport });
  await session.connect({ apiKey: 'none', url: modelUrl });
});
server.on('listening', () => serveParent((server.address() as AddressInfo).port));
