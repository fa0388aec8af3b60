import { type AudioFormat, frameBytes, frameMs, pcm, silenceByte } from '../audio/format.ts';
import type { ProviderCommand, ProviderSession } from '../providers/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CallPlan } from '../session/sessions.ts';

/** A telephone's. */
const legFormat = pcm(8_000);
/** After so many, calls cost what they cost from then on: the first took 80 ms of the loop. */
const rounds = 3;
const silenceMs = 400;
/** A busy machine takes so long; whoever waits for longer is better served by a cold start. */
const roundMsMax = 5_000;

/**
 * Talks to an engine in this very process as a call does, so that all that a call runs through is
 * compiled before the first one comes: eight that began at once had frames 60 ms late. Ends at once
 * with the signal. Never rejects.
 */
export async function rehearse(
  plan: Pick<CallPlan, 'provider' | 'persona' | 'turnDetection'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; round < rounds && !signal.aborted; round += 1) {
    await talkOnce(plan, clock, signal);
  }
}

function talkOnce(
  { provider, persona, turnDetection }: Parameters<typeof rehearse>[0],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { key, instructions, voice, language, greeting } = persona;
  const formats = provider.negotiate({ callerFormat: legFormat, agentFormat: legFormat });
  const greets = `Say exactly these words and nothing else: ${JSON.stringify(greeting ?? 'Yes?')}`;
  const replies: readonly (readonly ProviderCommand[])[] = [
    [...silence(formats.callerFormat), replyWith('greeting', greets)],
    [{ type: 'caller-text', text: 'what can you do' }, replyWith('answer')],
  ];
  return new Promise((resolve) => {
    const left = [...replies];
    const goOn = (link: ProviderSession): void => {
      const commands = left.shift();
      if (commands === undefined) link.close();
      else for (const command of commands) link.send(command);
    };
    const link = provider.open(
      {
        ...formats,
        sessionId: 'rehearsal',
        persona: { key, instructions, voice, language, tools: [], variables: {} },
        turnDetection,
        history: [],
      },
      (event) => {
        if (event.type === 'ready' || event.type === 'reply-end') goOn(link);
        if (event.type !== 'ended') return;
        timer.cancel();
        signal.removeEventListener('abort', close);
        resolve();
      },
    );
    const close = (): void => link.close();
    const timer = clock.setTimer(roundMsMax, close);
    signal.addEventListener('abort', close, { once: true });
  });
}

function replyWith(requestId: string, instructions?: string): ProviderCommand {
  return {
    type: 'reply-start',
    requestId,
    ...(instructions === undefined ? {} : { instructions }),
  };
}

function silence(format: AudioFormat): readonly ProviderCommand[] {
  const bytes = new Uint8Array(frameBytes(format)).fill(silenceByte(format.encoding));
  const frame = { type: 'caller-audio', bytes, offset: 0, length: bytes.length } as const;
  return Array.from({ length: silenceMs / frameMs }, () => frame);
}
