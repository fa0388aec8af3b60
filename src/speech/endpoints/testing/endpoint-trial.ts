import { recordingLog, recordingMetrics } from '../../../../sim/recorders.ts';
import { VirtualClock } from '../../../../sim/virtual-clock.ts';
import { createConverterFactory } from '../../../audio/converter.ts';
import { createResamplerFactory } from '../../../audio/resample.ts';
import { FakeEndpoints } from '../../testing/fake-endpoints.ts';
import { Endpoint, type EndpointName, type EndpointSettings } from '../endpoint.ts';

/** A fake server with a client of it, on a virtual clock. */
export class EndpointTrial {
  readonly server = new FakeEndpoints();
  readonly clock = new VirtualClock();
  readonly log = recordingLog();
  readonly metrics = recordingMetrics();
  readonly converters = createConverterFactory(createResamplerFactory({ kernel: 'plain' }));

  endpoint(name: EndpointName, settings: Partial<EndpointSettings> = {}): Endpoint {
    const { clock, log, metrics } = this;
    return new Endpoint(
      name,
      {
        baseUrl: this.server.baseUrl,
        apiKey: 'sk-test-1',
        ...{ firstMsMax: 5_000, wholeMsMax: 20_000, retriesMax: 2 },
        ...settings,
      },
      { fetch, clock, log, metrics },
    );
  }
}

/** Runs `work` with a server that is there, and closes it. */
export async function trial(work: (trial: EndpointTrial) => Promise<void>): Promise<void> {
  const made = new EndpointTrial();
  await made.server.listen();
  try {
    await work(made);
  } finally {
    await made.server.close();
  }
}
