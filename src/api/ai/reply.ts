import type { ServerResponse } from 'node:http';
import { GatewayError } from '../../runtime/errors.ts';
import { problemOf } from '../problem.ts';
import type { CallerSession } from './caller-session.ts';
import type { EventStream } from './event-stream.ts';

/** The whole answer to `text`. Rejects with why there is none, or that `client` has left. */
export function answerOf(
  session: CallerSession,
  text: string,
  client: ServerResponse,
): Promise<string> {
  const { conversation } = session;
  const { promise, reject, resolve } = Promise.withResolvers<string>();
  const forget = whenLeft(session, client, () => {
    reject(new GatewayError('SESSION_ENDED', 'the client left before it was answered'));
  });
  try {
    conversation.ask(text, (event) => {
      if (event.type === 'answered') resolve(event.text);
      if (event.type === 'failed') reject(event.error);
    });
  } catch (error) {
    reject(error);
  }
  return promise.finally(forget).catch((error) => {
    // The id of a session that was opened for nothing is told to nobody.
    if (session.isNew) conversation.hangUp();
    throw error;
  });
}

/** The answer piece by piece. Throws when nothing was asked; from then on errors are events. */
export function askStreaming(
  session: CallerSession,
  text: string,
  to: {
    readonly stream: EventStream;
    readonly client: ServerResponse;
    readonly requestId: string;
  },
): void {
  const { client, requestId, stream } = to;
  const { conversation } = session;
  const { sessionId } = conversation;
  const forget = whenLeft(session, client, () => undefined);
  const last = (event: 'done' | 'error', data: object): void => {
    forget();
    stream.send(event, data);
    stream.end();
  };
  conversation.ask(text, (event) => {
    switch (event.type) {
      case 'delta':
        stream.send('delta', { text: event.text });
        return;
      case 'tool':
        stream.send('tool', { name: event.name, state: event.state });
        return;
      case 'answered':
        last('done', { ok: true, sessionId, reply: event.text });
        return;
      case 'failed':
        last('error', problemOf(event.error, requestId));
    }
  });
  stream.begin();
}

/**
 * A client that leaves in mid-answer ends the session that it opened by this very request: nobody
 * else knows of it. Any other goes on. The function it gives stops the watch.
 */
function whenLeft(
  { conversation, isNew }: CallerSession,
  client: ServerResponse,
  onLeft: () => void,
): () => void {
  const leave = (): void => {
    onLeft();
    if (isNew) conversation.hangUp();
  };
  client.once('close', leave);
  return () => client.off('close', leave);
}
