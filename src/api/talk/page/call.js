/** A refusal of the gateway, with its code. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const wireVersion = 1;

/** Asks the gateway for JSON; throws `Refusal`. */
export async function ask(path, { key, method = 'GET' } = {}) {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  let response;
  try {
    response = await fetch(path, { method, headers });
  } catch {
    throw new Refusal('UNREACHABLE', 'it does not answer');
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Refusal(body.code ?? `HTTP ${response.status}`, body.detail ?? response.statusText);
}

/**
 * Opens a call. `on` is told of `message` (an object of the protocol), `audio` (a frame) and, last,
 * `close` with the code of the WebSocket.
 */
export async function openCall({ key, persona, playoutDelayMs, on }) {
  const { ticket } = await ask('talk/tickets', { key, method: 'POST' });
  const url = new URL(`talk/socket?ticket=${encodeURIComponent(ticket)}`, document.baseURI);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  let isGreeted = false;
  const say = (message) => {
    if (isGreeted && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  socket.onmessage = ({ data }) => {
    if (typeof data !== 'string') {
      on.audio(data);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'welcome') {
      isGreeted = true;
      say({ type: 'hello', version: wireVersion, persona, playoutDelayMs: playoutDelayMs() });
    } else {
      on.message(message);
    }
  };
  socket.onclose = ({ code }) => on.close(code);
  return {
    write: (text) => say({ type: 'text', text }),
    sendAudio(frame) {
      if (isGreeted && socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: () => socket.close(1000),
  };
}
