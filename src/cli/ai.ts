import { createInterface } from 'node:readline';
import { z } from 'zod';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface AiOptions {
  /** Of the gateway's HTTP side. */
  readonly url: string;
  /** An API key, where the gateway asks for one. */
  readonly key: string | null;
}

interface ChatDeps {
  readonly terminal: Terminal;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

const sayAnswer = z.object({ sessionId: z.string(), reply: z.string() });
const personaAnswer = z.object({ active: z.string(), sessionId: z.string().optional() });
const problem = z.object({ code: z.string(), detail: z.string() });

/** Prints what `GET /ai/healthz` answers; whether all is well is the exit code. */
export async function aiHealth(options: AiOptions, terminal: Terminal): Promise<ExitCode> {
  const { body, isOk } = await asked(options, 'healthz', null);
  terminal.print(JSON.stringify(body));
  return isOk && z.object({ ok: z.literal(true) }).safeParse(body).success
    ? exitCodes.done
    : exitCodes.failed;
}

/** Prints what `POST /ai/persona` answers. */
export async function aiPersona(
  options: AiOptions & { readonly persona: string; readonly sessionId: string | null },
  terminal: Terminal,
): Promise<ExitCode> {
  const { persona: key, sessionId } = options;
  const { body, isOk } = await asked(options, 'persona', { key, ...(sessionId && { sessionId }) });
  terminal.print(JSON.stringify(body));
  return isOk ? exitCodes.done : exitCodes.failed;
}

/** A chat with the gateway at `url`, else with `otherwise`: a private one. Ends with the input. */
export async function aiChat(
  options: AiOptions & { readonly persona: string | null },
  deps: ChatDeps & {
    readonly otherwise: (chat: (url: string) => Promise<ExitCode>) => Promise<ExitCode>;
  },
): Promise<ExitCode> {
  const { terminal } = deps;
  const chatAt = async (url: string): Promise<ExitCode> => {
    const { body } = await asked({ ...options, url }, 'healthz', null);
    const persona = options.persona ?? z.object({ persona: z.string() }).parse(body).persona;
    await chat(new Chat({ ...options, url }, persona), deps);
    return exitCodes.done;
  };
  try {
    return await chatAt(options.url);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'CALL_UNANSWERED') throw error;
    const notice = 'a private gateway starts, with our own engine';
    terminal.print(`Nobody serves at ${options.url}: ${notice}.`);
    return await deps.otherwise(chatAt);
  }
}

async function chat(talk: Chat, { terminal, input, output }: ChatDeps): Promise<void> {
  terminal.print('Write to the agent. /persona KEY swaps who answers; an empty line ends it.');
  const prompt = () => terminal.isInteractive && output.write(terminal.tint('caller', 'you: '));
  prompt();
  for await (const line of createInterface({ input })) {
    const text = line.trim();
    if (text === '') return;
    const [, persona] = /^\/persona\s+(\S+)$/.exec(text) ?? [];
    try {
      const told = persona === undefined ? await talk.say(text) : await talk.swap(persona);
      terminal.print(`${terminal.tint('agent', `${talk.persona}:`)} ${told}`);
    } catch (error) {
      terminal.complain(messageOf(error));
    }
    prompt();
  }
}

/** One session, by HTTP. */
class Chat {
  readonly #options: AiOptions;
  #sessionId: string | undefined;
  #persona: string;

  constructor(options: AiOptions, persona: string) {
    this.#options = options;
    this.#persona = persona;
  }

  get persona(): string {
    return this.#persona;
  }

  async say(text: string): Promise<string> {
    const persona = this.#sessionId === undefined ? { persona: this.#persona } : {};
    const { reply, sessionId } = sayAnswer.parse(await this.#post('say', { text, ...persona }));
    this.#sessionId = sessionId;
    return reply;
  }

  async swap(key: string): Promise<string> {
    const { active, sessionId } = personaAnswer.parse(await this.#post('persona', { key }));
    this.#sessionId ??= sessionId;
    this.#persona = active;
    return 'answers from now on';
  }

  async #post(path: string, body: object): Promise<unknown> {
    const sessionId = this.#sessionId;
    const answer = await asked(this.#options, path, { ...body, ...(sessionId && { sessionId }) });
    if (answer.isOk) return answer.body;
    const { code, detail } = problem.parse(answer.body);
    throw new Error(`${code}: ${detail}`);
  }
}

/** `null`: a GET. Throws `CALL_UNANSWERED` when nobody serves there. */
async function asked(
  { key, url }: AiOptions,
  path: string,
  body: object | null,
): Promise<{ readonly isOk: boolean; readonly body: unknown }> {
  const headers = {
    'content-type': 'application/json',
    ...(key !== null && { authorization: `Bearer ${key}` }),
  };
  const init =
    body === null ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(new URL(`/ai/${path}`, url), init).catch((error: unknown) => {
    const message = `nobody answers at ${url}: start a gateway there by npm start`;
    throw new GatewayError('CALL_UNANSWERED', message, { url }, error);
  });
  return { isOk: response.ok, body: await response.json() };
}
