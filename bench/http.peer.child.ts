/**
 * A fastify route as it is usually written in front of a Realtime model: a WebSocket a session, one
 * question at a time, the text of the reply as JSON. No journal, no limits, no personas.
 *
 *   node http.peer.child.ts MODEL_URL
 */
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { WebSocket } from 'ws';
import { serveParent } from './peer.child.ts';

const modelUrl = `${process.argv[2]}?model=gpt-realtime`;

interface Line {
  readonly socket: WebSocket;
  readonly ready: Promise<unknown>;
  onReply: (text: string) => void;
  asked: number;
}

const lines = new Map<string, Line>();

function open(): Line {
  const socket = new WebSocket(modelUrl, { perMessageDeflate: false });
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const line: Line = { socket, ready, onReply: () => undefined, asked: 0 };
  let text = '';
  socket.on('open', () => {
    const session = { type: 'realtime', output_modalities: ['text'], instructions: 'You answer.' };
    socket.send(JSON.stringify({ type: 'session.update', session }));
  });
  socket.on('message', (message) => {
    const event = JSON.parse(message.toString());
    if (event.type === 'session.updated') resolve();
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type !== 'response.done') return;
    line.onReply(text);
    text = '';
  });
  return line;
}

const app = fastify();
app.post<{ Body: { text: string; sessionId?: string } }>('/ai/say', async ({ body }) => {
  const { text, sessionId = `sess_${String(lines.size).padStart(21, '0')}` } = body;
  const line = lines.get(sessionId) ?? open();
  lines.set(sessionId, line);
  await line.ready;
  line.asked += 1;
  const reply = await new Promise<string>((resolve) => {
    line.onReply = resolve;
    const content = [{ type: 'input_text', text }];
    const item = { type: 'message', role: 'user', content };
    const ids = { item: `text_${line.asked}`, reply: `reply_${line.asked}` };
    line.socket.send(
      JSON.stringify({ type: 'conversation.item.create', event_id: ids.item, item }),
    );
    const response = { metadata: { offhook_request: ids.reply } };
    line.socket.send(JSON.stringify({ type: 'response.create', event_id: ids.reply, response }));
  });
  return { ok: true, sessionId, reply };
});
await app.listen({ host: '127.0.0.1', port: 0 });
serveParent((app.server.address() as AddressInfo).port);
