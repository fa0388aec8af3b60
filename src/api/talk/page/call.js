import { LineWatch } from './line-watch.js';

/** A refusal of the gateway, with its code. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const wireVersion = 1;
const lookEveryMs = 1_000;
/** The gateway answers in milliseconds, a telephone's network within seconds. */
const answerMsMax = 10_000;
/** As the browser has it where a connection ends without a word (RFC 6455 §7.1.5). */
const brokenOff = 1006;

/** Asks the gateway for JSON; throws `Refusal`. */
export async function ask(path, { key, method = 'GET' } = {}) {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  let response;
  try {
    response = await fetch(path, { method, headers, signal: AbortSignal.timeout(answerMsMax) });
  } catch {
    throw new Refusal('UNREACHABLE', 'it does not answer');
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Refusal(body.code ?? `HTTP ${response.status}`, body.detail ?? response.statusText);
}

/**
 * Opens a call. `on` is told of `message` (an object of the protocol), `audio` (a frame), `waiting`
 * (whether the gateway is silent for longer than it should be) and, last and once, `close` with the
 * code of the WebSocket.
 */
export async function openCall({ key, persona, playoutDelayMs, on }) {
  const { ticket } = await ask('talk/tickets', { key, method: 'POST' });
  const url = new URL(`talk/socket?ticket=${encodeURIComponent(ticket)}`, document.baseURI);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  let isGreeted = false;
  const say = (data) => {
    if (isGreeted && socket.readyState === WebSocket.OPEN) socket.send(data);
  };
  const watch = new LineWatch({
    waiting: on.waiting,
    lost() {
      socket.onmessage = null;
      socket.close();
      closed(brokenOff);
    },
  });
  const looking = setInterval(() => watch.look(), lookEveryMs);
  const closed = (code) => {
    socket.onclose = null;
    clearInterval(looking);
    on.close(code);
  };
  socket.onmessage = ({ data }) => {
    watch.noteSign();
    if (typeof data !== 'string') {
      on.audio(data);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'welcome') {
      isGreeted = true;
      const hello = { type: 'hello', version: wireVersion, persona };
      say(JSON.stringify({ ...hello, playoutDelayMs: playoutDelayMs() }));
    } else {
      on.message(message);
    }
  };
  socket.onclose = ({ code }) => closed(code);
  return {
    write: (text) => say(JSON.stringify({ type: 'text', text })),
    sendAudio: say,
    close: () => socket.close(1000),
  };
}
