import { recordingLog, recordingMetrics } from '../../../../sim/recorders.ts';
import { createConverterFactory } from '../../../audio/converter.ts';
import { createResamplerFactory } from '../../../audio/resample.ts';
import { Rehearsal } from '../../../realtime-server/testing/rehearsal.ts';
import type { RealtimeUpdate } from '../../../realtime-server/wire.ts';
import { FakeRecognizer, type ScriptedUtterance } from '../../testing/fake-recognizer.ts';
import { FakeSynthesizer } from '../../testing/fake-synthesizer.ts';
import { settled } from '../../testing/fake-threads.ts';
import { localBrain } from '../local-brain.ts';
import type { Mind } from '../mind.ts';
import { FakeMind, grammarOfSentences } from './fake-mind.ts';

/** The usual silence of the server, 500 ms, and the two that the brain may choose. */
export const hangOver = { completeMs: 300, inNumberMs: 900 };

/**
 * A client of the server with our own brain behind it, whose parts are fakes: on a virtual clock,
 * every event judged by the published schema and the law of order.
 */
export class BrainRehearsal {
  readonly recognizer: FakeRecognizer;
  readonly voice = new FakeSynthesizer();
  readonly mind = new FakeMind();
  readonly log = recordingLog();
  readonly metrics = recordingMetrics();
  readonly client: Rehearsal;

  constructor(utterances: readonly ScriptedUtterance[] = [], mind?: Mind) {
    this.recognizer = new FakeRecognizer(utterances);
    this.mind.grammars.set('', grammarOfSentences('the bill please', 'my number is one two three'));
    const { recognizer, voice, log, metrics } = this;
    const brain = localBrain({
      recognizer,
      mind: mind ?? this.mind,
      voice,
      converters: createConverterFactory(createResamplerFactory({ kernel: 'plain' })),
      hangOver: () => hangOver,
      log,
      metrics,
    });
    this.client = new Rehearsal({ server: { brain } });
  }

  /** Configures the session; transcripts are wanted. */
  async update(session: Omit<RealtimeUpdate, 'type'> = {}): Promise<void> {
    const audio = { input: { transcription: { model: 'local' } }, ...session.audio };
    this.client.send({
      type: 'session.update',
      session: { type: 'realtime', ...session, audio },
    });
    await settled();
  }

  /** The caller makes a sound, which is what the recognizer's script says. */
  async speak(ms: number): Promise<void> {
    for (let spokenMs = 0; spokenMs < ms; spokenMs += 20) {
      this.client.speak(20);
      await settled();
    }
  }

  async hush(ms: number): Promise<void> {
    for (let quietMs = 0; quietMs < ms; quietMs += 20) {
      this.client.hush(20);
      await settled();
    }
  }

  /** Time passes without any caller audio. */
  async pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 20) {
      await settled();
      this.client.clock.advance(20);
    }
    await settled();
  }

  async ask(text: string): Promise<void> {
    const content = [{ type: 'input_text' as const, text }];
    this.client.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content },
    });
    this.client.send({ type: 'response.create' });
    await this.pass(100);
  }

  /** What the agent said, response by response. */
  get said(): readonly string[] {
    return this.client.of('response.output_audio_transcript.done').map((done) => done.transcript);
  }
}
