/** The embedded speech engines. */
import { type BenchOptions, Report } from './bench.ts';
import { reportRecognition } from './speech.recognition.ts';
import { reportSynthesizer } from './speech-synthesizer.ts';

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('speech');
  await reportSynthesizer(report);
  await reportRecognition(report);
  return report.finish(options);
}
