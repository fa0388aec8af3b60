/**
 * Twelve people call the engine of our own, in real time over real sockets, six at once. Run by
 * itself: nothing else may take the cores away.
 */
import { after, before, suite, test } from 'node:test';
import { fill } from '../../src/cli/demo.ts';
import { withPrivateGateway } from '../../src/cli/private-gateway.ts';
import type { Gateway } from '../../src/main.ts';
import { allLines, callBy, judge, playScenario, type SpokenLine } from './play-scenario.ts';
import { scenarioSettings, scenarios } from './scenarios.ts';

/** A call takes up to 65 s; two cores bear so many with room to spare. */
const callsAtOnce = 6;

suite('[V5] spoken calls, judged by the database', { concurrency: callsAtOnce }, () => {
  const over = Promise.withResolvers<void>();
  let gateway: Gateway;
  let lines: ReadonlyMap<string, readonly SpokenLine[]>;
  let closed: Promise<void>;

  before(async () => {
    lines = await allLines();
    const opened = Promise.withResolvers<Gateway>();
    closed = withPrivateGateway(
      { script: null, settings: scenarioSettings, prepare: fill },
      async (served) => {
        opened.resolve(served);
        await over.promise;
      },
    );
    // It never opens when it cannot.
    gateway = await Promise.race([opened.promise, closed.then(() => opened.promise)]);
    await gateway.warmed;
  });

  after(async () => {
    over.resolve();
    await closed;
  });

  // Those who have most to say begin.
  for (const scenario of scenarios.toSorted((one, two) => two.lines.length - one.lines.length)) {
    test(scenario.title, async () => {
      const spoken = lines.get(scenario.title) ?? [];
      const { audioSocketPort: port } = gateway;
      const call = (uuid: string) => callBy({ uuid, port, lines: spoken });
      judge(scenario, await playScenario(scenario, gateway, call));
    });
  }
});
