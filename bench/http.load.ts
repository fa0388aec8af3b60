import { Agent, request } from 'node:http';

/** What passed on the wires of the emulator, both ways. */
export interface Traffic {
  messages: number;
  bytes: number;
}

/** Programs that ask, each in a session of its own, one question after the other. */
export interface Asked {
  /** Each from the request to the whole answer. */
  readonly timesMs: readonly number[];
  readonly durationMs: number;
}

interface Answer {
  readonly sessionId: string;
  readonly reply: string;
}

/** About as long as a spoken sentence. */
const sentence = 'is the number of this question and nobody else may be answered with it';

/** Rejects when an answer is not that of its own question. */
export async function ask(
  port: number,
  { sessions, questions }: { readonly sessions: number; readonly questions: number },
): Promise<Asked> {
  const agent = new Agent({ keepAlive: true, maxSockets: sessions });
  const timesMs: number[] = [];
  const startedMs = performance.now();
  const talk = async (session: number): Promise<void> => {
    let sessionId: string | undefined;
    for (let question = 0; question < questions; question += 1) {
      const text = `${session}-${question}-${Math.random()} ${sentence}`;
      const askedMs = performance.now();
      const answer = await say(port, agent, JSON.stringify({ text, sessionId }));
      // The first of each session opens its link.
      if (question > 0) timesMs.push(performance.now() - askedMs);
      if (answer.reply !== text) throw new Error(`asked ${text}, was answered ${answer.reply}`);
      sessionId = answer.sessionId;
    }
  };
  await Promise.all(Array.from({ length: sessions }, (_, session) => talk(session)));
  agent.destroy();
  return { timesMs, durationMs: performance.now() - startedMs };
}

function say(port: number, agent: Agent, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const options = { host: '127.0.0.1', port, path: '/ai/say', method: 'POST', agent, headers };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject).end(body);
  });
}
