import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import { TcpListener } from '../runtime/tcp-socket.ts';
import type { Check, Finding } from './doctor.ts';
import type { OwnEcho } from './hear-itself.ts';
import type { CallResult } from './place-call.ts';

/**
 * The first Node that runs TypeScript by itself in the long-term line: `engines` of package.json.
 */
const nodeMin = [22, 18] as const;

/** Below the first no call is taken safely; the second holds months of transcripts. */
const freeMbMin = 100;
const freeMbWished = 1_000;

/** A frame leaves every 20 ms: a timer that is later than a quarter of that is heard as jitter. */
const latenessMsWished = 5;
const latenessTimers = 60;
const latenessTimerMs = 10;

/** A model that ends within this many days should be replaced now. */
const modelDaysWished = 90;
const dayMs = 86_400_000;

export function nodeCheck(version: string): Check {
  return {
    name: 'node',
    examine: async () => {
      const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
      const isEnough = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1]);
      if (isEnough) return { state: 'holds', fact: version };
      const fact = `${version}, at least ${nodeMin.join('.')} is needed`;
      return {
        state: 'failed',
        fact,
        cure: 'install Node 24 from nodejs.org or your distribution',
      };
    },
  };
}

/** `load` gives where the settings came from, or rejects with what is wrong and on which line. */
export function configCheck(load: () => Promise<string>): Check {
  return {
    name: 'configuration',
    examine: async () => {
      try {
        return { state: 'holds', fact: await load() };
      } catch (thrown) {
        const cure = 'correct that line; `offhook config print` shows what is in force';
        return { state: 'failed', fact: messageOf(thrown), cure };
      }
    },
  };
}

/** A port that `serve` will take; taken already is fine while the gateway runs. */
export function portCheck(use: string, address: { host: string; port: number }): Check {
  const at = `${address.host}:${address.port}`;
  return {
    name: `port ${use}`,
    examine: async () => {
      try {
        const listening = await new TcpListener(address).listen((socket) => socket.destroy());
        await listening.close();
        return { state: 'holds', fact: `${at} is free` };
      } catch (thrown) {
        const cure =
          'fine if the gateway is running; else stop what is there or choose another port';
        return { state: 'doubtful', fact: messageOf(thrown), cure };
      }
    },
  };
}

/** A secret that the chosen provider cannot do without. Its value is never shown. */
export function keyCheck(key: { name: string; isSet: boolean; isNeeded: boolean }): Check {
  return {
    name: `key ${key.name}`,
    examine: async () => {
      if (key.isSet) return { state: 'holds', fact: 'set' };
      if (!key.isNeeded) return { state: 'skipped', fact: 'not set, and no provider needs it' };
      const cure = `put ${key.name}=… into the environment or the .env file of the gateway`;
      return { state: 'failed', fact: 'not set', cure };
    },
  };
}

/** `probe` gives what the provider answered, or rejects; `null`: it needs no network. */
export function providerCheck(name: string, probe: (() => Promise<string>) | null): Check {
  return {
    name: `provider ${name}`,
    examine: async () => {
      if (probe === null) return { state: 'holds', fact: 'built in, needs no network' };
      try {
        return { state: 'holds', fact: await probe() };
      } catch (thrown) {
        const cure =
          'check the key, the network and its proxy; `default_provider: local` needs none';
        return { state: 'failed', fact: messageOf(thrown), cure };
      }
    },
  };
}

export function journalCheck(directory: string): Check {
  return {
    name: 'journal',
    examine: async () => {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
        return freeSpaceFinding(directory);
      } catch (thrown) {
        const cure = 'give the directory to the user who runs the gateway, or set another one';
        return { state: 'failed', fact: messageOf(thrown), cure };
      }
    },
  };
}

function freeSpaceFinding(directory: string): Finding {
  const { bavail, bsize } = statfsSync(directory);
  const freeMb = Math.floor((bavail * bsize) / 1_000_000);
  const fact = `${directory} can be written, ${freeMb} MB are free`;
  if (freeMb >= freeMbWished) return { state: 'holds', fact };
  const cure = `free some space: below ${freeMbMin} MB calls may be refused`;
  return { state: freeMb >= freeMbMin ? 'doubtful' : 'failed', fact, cure };
}

/** How punctual this machine's timers are while nothing else is asked of them: about 0.6 s. */
export function clockCheck(clock: Clock): Check {
  return {
    name: 'clock',
    examine: async () => {
      const latenessMs: number[] = [];
      for (let count = 0; count < latenessTimers; count += 1)
        latenessMs.push(await latenessOf(clock));
      const worstMs = latenessMs.sort((left, right) => left - right).at(-1) ?? 0;
      const fact = `timers are at most ${worstMs.toFixed(1)} ms late`;
      if (worstMs <= latenessMsWished) return { state: 'holds', fact };
      const cure = `over ${latenessMsWished} ms: give the gateway a CPU of its own`;
      return { state: 'doubtful', fact, cure };
    },
  };
}

function latenessOf(clock: Clock): Promise<number> {
  const dueMs = clock.monotonicMs() + latenessTimerMs;
  return new Promise((resolve) => {
    clock.setTimer(latenessTimerMs, () => resolve(clock.monotonicMs() - dueMs));
  });
}

/**
 * Places a short call inside this process, from the AudioSocket port to the agent's voice and back.
 */
export function audioPathCheck(placeTestCall: () => Promise<CallResult>): Check {
  return {
    name: 'audio path',
    examine: async () => {
      const { timeline, end } = await placeTestCall();
      const [first] = timeline.agent;
      if (first !== undefined) {
        return {
          state: 'holds',
          fact: `the agent was heard after ${Math.round(first.startMs)} ms`,
        };
      }
      const fact = `no sound came from the agent (${end})`;
      return { state: 'failed', fact, cure: 'run `offhook demo` and read its log lines' };
    },
  };
}

/** Our own engine says a sentence and listens to itself; `null`: nobody is answered by it. */
export function speechCheck(hear: (() => Promise<OwnEcho>) | null): Check {
  return {
    name: 'speech engine',
    examine: async () => {
      if (hear === null) return { state: 'skipped', fact: 'another provider speaks with callers' };
      const cure = 'run `npm ci` again: its packages are incomplete or this machine stops threads';
      try {
        const { spoken, heard } = await hear();
        if (heard === spoken) return { state: 'holds', fact: `it said and heard “${spoken}”` };
        return { state: 'failed', fact: `it said “${spoken}” and heard “${heard ?? ''}”`, cure };
      } catch (thrown) {
        return { state: 'failed', fact: messageOf(thrown), cure };
      }
    },
  };
}

/** A model that the configuration names; `endsAt` as the vendor's list of models says it. */
export interface ConfiguredModel {
  readonly id: string;
  /** ISO 8601 date, or `null` when no end is announced. */
  readonly endsAt: string | null;
}

export function modelCheck(model: ConfiguredModel, clock: Clock): Check {
  return {
    name: `model ${model.id}`,
    examine: async () => {
      if (model.endsAt === null) return { state: 'holds', fact: 'no end is announced' };
      const days = Math.floor((Date.parse(model.endsAt) - clock.epochMs()) / dayMs);
      const fact =
        days < 0 ? `ended on ${model.endsAt}` : `ends on ${model.endsAt}, in ${days} days`;
      if (days > modelDaysWished) return { state: 'holds', fact };
      const cure = 'choose its successor in the configuration';
      return { state: days < 0 ? 'failed' : 'doubtful', fact, cure };
    },
  };
}

/** What a configuration asks of this machine, to be examined. */
export interface DoctorFacts {
  readonly ports: readonly { readonly use: string; readonly host: string; readonly port: number }[];
  readonly keys: readonly {
    readonly name: string;
    readonly isSet: boolean;
    readonly isNeeded: boolean;
  }[];
  readonly providers: readonly {
    readonly name: string;
    readonly probe: (() => Promise<string>) | null;
  }[];
  readonly models: readonly ConfiguredModel[];
  readonly journalDirectory: string;
  readonly hearItself: (() => Promise<OwnEcho>) | null;
  readonly placeTestCall: () => Promise<CallResult>;
}

/** Everything that a configuration in force needs, cheapest first; the test call comes last. */
export function configuredChecks(facts: DoctorFacts, clock: Clock): readonly Check[] {
  return [
    ...facts.ports.map(({ use, ...address }) => portCheck(use, address)),
    ...facts.keys.map(keyCheck),
    journalCheck(facts.journalDirectory),
    clockCheck(clock),
    ...facts.models.map((model) => modelCheck(model, clock)),
    ...facts.providers.map(({ name, probe }) => providerCheck(name, probe)),
    speechCheck(facts.hearItself),
    audioPathCheck(facts.placeTestCall),
  ];
}
