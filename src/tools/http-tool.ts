import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { z } from 'zod';
import type { HttpToolSettings } from '../config/call-tools-schema.ts';
import { type DeclaredArguments, filledUrl } from '../config/declared-arguments.ts';
import type { Frozen } from '../config/schema.ts';
import { GatewayError } from '../runtime/errors.ts';
import { nodeHttp } from '../runtime/node-http.ts';
import { declaredTool } from './declared-tool.ts';
import { type CheckedAddress, checkedAddress, type Resolve } from './http-address.ts';
import type { Tool, ToolContext } from './tool.ts';

/** Many times what a model is given of it; a part of it may be picked. */
const answerBytesMax = 256 * 1024;

type Settings = Frozen<HttpToolSettings>;

/**
 * A tool that asks an HTTP server of the operator's choice. The model fills in parameters, nothing
 * else: not the host, not a header. The name is resolved once and the connection goes to the
 * address that was checked; redirects are not followed.
 */
export function httpTool(
  name: string,
  settings: Settings,
  resolve?: Resolve,
): Tool<DeclaredArguments> {
  return {
    ...declaredTool(name, settings),
    repeatable: settings.repeatable ?? settings.method === 'GET',
    async run(given, context) {
      const url = urlOf(settings.url, given);
      const isPrivateAllowed = settings.allow_private;
      if (url.protocol !== 'https:' && !isPrivateAllowed) {
        throw new GatewayError('TOOL_ADDRESS_REFUSED', 'this tool may speak https only');
      }
      const options = { isPrivateAllowed, ...(resolve !== undefined && { resolve }) };
      const answer = await inTime(settings.timeout_ms, context, async (signal) => {
        const target = await checkedAddress(url.hostname, options);
        return await exchange({ url, target, settings, given, signal });
      });
      return picked(answer, settings.result);
    },
  };
}

/**
 * Gives up on `work` when the time is over or the caller is gone. Looking up a name cannot be
 * stopped: it ends by itself, and nothing is sent then.
 */
async function inTime<Result>(
  limitMs: number,
  { clock, signal }: Pick<ToolContext, 'clock' | 'signal'>,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const timer = clock.setTimer(limitMs, () => {
    stop.abort(new GatewayError('TOOL_TIMEOUT', `no whole answer within ${limitMs} ms`));
  });
  const either = AbortSignal.any([signal, stop.signal]);
  const over = new Promise<never>((_resolve, reject) => {
    either.addEventListener('abort', () => reject(either.reason), { once: true });
  });
  try {
    return await Promise.race([work(either), over]);
  } finally {
    timer.cancel();
  }
}

/** Fills in `{name}`, encoded: a value cannot leave its place in the path or query. */
function urlOf(template: string, given: DeclaredArguments): URL {
  const filled = filledUrl(template, (name) =>
    encodeURIComponent(String(given[name] ?? '').toWellFormed()),
  );
  const url = new URL(filled);
  // `.` and `..` are not encoded and would climb in the path.
  const depthOf = (path: string): number => path.split('/').length;
  const [path = ''] = filled.replace(/^https?:\/\/[^/?]+/, '').split('?');
  if (depthOf(url.pathname) !== depthOf(path === '' ? '/' : path)) {
    throw new GatewayError('TOOL_ARGUMENTS_INVALID', 'wrong arguments: a path within the path');
  }
  return url;
}

interface Exchange {
  readonly url: URL;
  readonly target: CheckedAddress;
  readonly settings: Settings;
  readonly given: DeclaredArguments;
  readonly signal: AbortSignal;
}

async function exchange({ url, target, settings, given, signal }: Exchange): Promise<string> {
  const { method, headers, body: names } = settings;
  const body = names.length > 0 ? JSON.stringify(pickKeys(given, names)) : '';
  const send = url.protocol === 'https:' ? requestHttps : nodeHttp().request;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = send(url, {
      method,
      signal,
      agent: false,
      headers: {
        ...headers,
        ...(body !== '' && { 'content-type': 'application/json' }),
        'content-length': Buffer.byteLength(body),
      },
      lookup: (_host, { all }, done) => {
        if (all) done(null, [target]);
        else done(null, target.address, target.family);
      },
    });
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.end(body);
  });
  const text = await textOf(answer);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return text;
  throw new GatewayError('TOOL_FAILED', `${url.host} answered ${status}`, { status });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > answerBytesMax) {
      answer.destroy();
      throw new GatewayError('TOOL_FAILED', `the answer is longer than ${answerBytesMax} bytes`);
    }
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function pickKeys(given: DeclaredArguments, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((each) => (Object.hasOwn(given, each) ? [[each, given[each]]] : [])),
  );
}

const anyObject = z.record(z.string(), z.unknown());

/** The part of a JSON answer at `path`; a text where the answer is none. */
function picked(text: string, path: string | null): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    if (path === null) return text;
    throw new GatewayError('TOOL_FAILED', 'the answer is not JSON', {}, thrown);
  }
  for (const key of path?.split('.') ?? []) {
    const inside = Array.isArray(value) ? { ...value } : value;
    const parsed = anyObject.safeParse(inside);
    value = parsed.success && Object.hasOwn(parsed.data, key) ? parsed.data[key] : null;
  }
  return value;
}
