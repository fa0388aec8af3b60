import type { ConverterFactory } from '../audio/converter.ts';
import type { Config } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Brain } from '../realtime-server/brain.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { dialogueMind } from '../speech/brain/dialogue-mind.ts';
import { localBrain } from '../speech/brain/local-brain.ts';
import { FliteSynthesizer, type OpenFliteThread } from '../speech/flite/flite-synthesizer.ts';
import type { Grammar } from '../speech/grammar.ts';
import type { Recognizer } from '../speech/recognizer.ts';
import { defaultListenerSettings } from '../speech/soundswallower/listener.ts';
import {
  type OpenRecognizerThread,
  SoundSwallowerRecognizer,
} from '../speech/soundswallower/soundswallower-recognizer.ts';
import { engineEndpoints } from './engine-endpoints.ts';
import { PersonaDialogues, type VocabularySource } from './persona-dialogues.ts';
import type { SpeechDetectors } from './speech-detectors.ts';

/** How threads are started, where not in the usual way: a test has some that can be killed. */
export interface SpeechThreads {
  readonly recognizer?: OpenRecognizerThread;
  readonly synthesizer?: OpenFliteThread;
}

export interface LocalEngineParts {
  readonly config: () => Config;
  readonly vocabulary: VocabularySource;
  readonly detectors: Pick<SpeechDetectors, 'scorer' | 'warm'>;
  readonly converters: ConverterFactory;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly speechThreads?: SpeechThreads;
}

/** Our own engine: recognizer, dialogues and voice, for all calls of the process. */
export interface LocalEngine extends Closer {
  readonly brain: Brain;
  /** Why no new call should come to it; `null`: it is well. */
  readonly refusal: GatewayError | null;
  /** Loads everything, so that the first caller waits no longer than others. Never rejects. */
  warm(): Promise<void>;
}

/** Nothing is loaded and no thread is started before the first call or `warm`. */
export function localEngine(parts: LocalEngineParts): LocalEngine {
  const { config, detectors, converters, clock, metrics } = parts;
  const { recognizer: openEar, synthesizer: openVoice } = parts.speechThreads ?? {};
  const { recognizer_threads, synthesizer_threads, ...local } = config().providers.local;
  const garbage = { once: local.garbage_weight, phone: local.garbage_phone_weight };
  const log = parts.log.child('providers.local');
  const voice = new FliteSynthesizer({
    ...{ clock, log, metrics },
    threadCount: synthesizer_threads,
    ...(openVoice && { open: openVoice }),
  });
  const recognizer = new SoundSwallowerRecognizer({
    ...{ clock, log, metrics },
    threadCount: recognizer_threads,
    settings: { ...defaultListenerSettings, garbage },
    phones: (words) => voice.phones(words),
    ...(openEar && { open: openEar }),
  });
  let dialogues: PersonaDialogues | null = null;
  let isClosed = false;
  const known = (): PersonaDialogues => {
    dialogues ??= new PersonaDialogues(parts.vocabulary, log);
    return dialogues;
  };
  const endpoints = engineEndpoints({
    ...{ config: config(), fetch, converters, clock, log, metrics },
    expected: async (persona) => (await known().find(persona)).grammar,
  });
  const hearsItself = endpoints.recognizer === null;
  // Our recognizer asks our voice how words are said.
  const usesOwnVoice = hearsItself || endpoints.voice === null;
  return {
    brain: localBrain({
      recognizer: endpoints.recognizer ?? recognizer,
      mind: endpoints.mind ?? dialogueMind((persona) => known().find(persona)),
      voice: endpoints.voice ?? voice,
      scorer: (format) => detectors.scorer(format),
      converters,
      hangOver: () => hangOverOf(config()),
      log,
      metrics,
    }),
    get refusal() {
      if (hearsItself && !recognizer.isHealthy) return notReady('recognizer');
      return usesOwnVoice && !voice.isHealthy ? notReady('synthesizer') : null;
    },
    async warm() {
      if (hearsItself || endpoints.mind === null) {
        known().warnOfMissing(config());
        void known().warnOfLists(config());
      }
      detectors.warm();
      try {
        await Promise.all([usesOwnVoice && voice.warm(), hearsItself && recognizer.warm()]);
        if (!hearsItself) return;
        const persona = { prompt: { id: config().default_persona }, tools: [], instructions: '' };
        const { grammar } = await known().find(persona);
        await expectEverywhere(recognizer, recognizer_threads, grammar);
      } catch (error) {
        if (isClosed) return;
        log.error('the speech engine could not be loaded', { error: messageOf(error) });
      }
    },
    async close() {
      isClosed = true;
      await recognizer.close();
      await voice.close();
    },
  };
}

/** Makes a grammar ready in every thread: sessions are spread over all of them. */
async function expectEverywhere(
  recognizer: Recognizer,
  threadCount: number,
  grammar: Grammar,
): Promise<void> {
  const sessions = Array.from({ length: threadCount }, () => recognizer.open(() => undefined));
  await Promise.all(sessions.map((session) => session.expect(grammar)));
  for (const session of sessions) session.close();
}

function hangOverOf({ providers }: Config) {
  const { hang_over_complete_ms, hang_over_number_ms } = providers.local;
  return { completeMs: hang_over_complete_ms, inNumberMs: hang_over_number_ms };
}

function notReady(part: string): GatewayError {
  const message = `the threads of the ${part} end as soon as they are started`;
  return new GatewayError('PROVIDER_NOT_READY', message, { part });
}
