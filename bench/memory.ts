/** What 1,000 calls that say nothing keep of the gateway's memory. */
import { WebSocket } from 'ws';
import { type BenchOptions, Report } from './bench.ts';
import { type GatewayProcess, startGateway } from './gateway.process.ts';
import { Load } from './load.process.ts';

const calls = 1000;
/** The frames of silence of so many calls take a core: what the calls began with comes to rest. */
const settleMs = 5_000;

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('memory');
  const load = await Load.start({
    by: 'audiosocket',
    format: 'slin',
    wire: 'pcm24',
    says: null,
    replyMs: 0,
    isTalkative: false,
  });
  const gateway = await startGateway({
    modelUrl: load.modelUrl,
    format: 'slin',
    wire: 'pcm24',
    nodeOptions: ['--inspect=127.0.0.1:0'],
  });
  try {
    const emptyBytes = await residentBytes(gateway);
    await load.connect({ port: gateway.callPort, calls, isSpeaking: false });
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const active = await gateway.metric('offhook_calls_active');
    report.figure('calls in progress', active, '', `${calls}`, active === calls);
    const fullBytes = await residentBytes(gateway);
    report.inform('RSS without a call', emptyBytes / 1e6, 'MB');
    report.inform(`RSS with ${calls} idle calls`, fullBytes / 1e6, 'MB');
    report.atMost('an idle call', (fullBytes - emptyBytes) / calls / 1000, 'kB', 150);
  } finally {
    await load.stop();
    await gateway.stop();
  }
  return report.finish(options);
}

/** After its garbage has been collected. */
async function residentBytes(gateway: GatewayProcess): Promise<number> {
  await collectGarbage(gateway);
  return gateway.metric('process_resident_memory_bytes');
}

/** By Node's inspector: the gateway itself is the one that people run. */
async function collectGarbage({ complaints }: GatewayProcess): Promise<void> {
  const url = /ws:\/\/\S+/.exec(complaints.join(''))?.[0];
  if (url === undefined) throw new Error('the inspector of the gateway does not listen');
  const inspector = new WebSocket(url);
  await new Promise((resolve, reject) => inspector.once('open', resolve).once('error', reject));
  // Twice: what a finalizer of the first time lets go is found by the second.
  for (const id of [1, 2]) {
    const answered = new Promise((resolve) => inspector.once('message', resolve));
    inspector.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
    await answered;
  }
  inspector.close();
}
