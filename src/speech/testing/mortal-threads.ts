import type { Craft, OpenThread, ThreadPort } from '../worker-crew.ts';
import { workerThread } from '../worker-thread.ts';

type Port<Work extends Craft> = ThreadPort<Work['ask'], Work['tell']>;
type Open<Work extends Craft> = OpenThread<Work['ask'], Work['tell'], Work['answer'], Work['news']>;

/** Real threads, which a test kills while they work. */
export class MortalThreads<Work extends Craft> {
  readonly #real: Open<Work>;
  readonly #stillborn: Open<Work> = workerThread(new URL('data:text/javascript,process.exit(3)'));
  readonly #ports: Port<Work>[] = [];
  #diesOfNextAsk = false;
  /** Threads end as soon as they are started. */
  isCursed = false;

  constructor(file: URL, workerData?: unknown) {
    this.#real = workerThread(file, workerData);
  }

  readonly open: Open<Work> = (events) => {
    const port = (this.isCursed ? this.#stillborn : this.#real)(events);
    this.#ports.push(port);
    return {
      end: () => port.end(),
      post: (request) => {
        port.post(request);
        if (request.type !== 'ask' || !this.#diesOfNextAsk) return;
        this.#diesOfNextAsk = false;
        void port.end();
      },
    };
  };

  /** Ends every thread at whatever it is doing. */
  async kill(): Promise<void> {
    await Promise.all(this.#ports.splice(0).map((port) => port.end()));
  }

  /** Whichever thread is asked next ends before it can answer. */
  killAtNextAsk(): void {
    this.#diesOfNextAsk = true;
  }
}
