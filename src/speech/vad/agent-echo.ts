import { silenceDbfs } from '../../audio/level.ts';
import { LevelWindow } from '../level-window.ts';

/**
 * `vad.energy_threshold` is meant for an agent whose loudest frames have this level: a talker at
 * -20 dBFS. Against the default of 1500 (-26.8 dBFS) that leaves 12.8 dB, between the two that must
 * be told apart: an echo at -20 dB and a caller at -6 dB. Where the agent's level is known, the
 * threshold moves with it.
 */
const nominalAgentDbfs = -14;

/**
 * An echo comes back within this. A guess: ITU-T G.114 wants no network slower than 400 ms one way.
 */
const echoMs = 400;

/** How loud the agent is, which may come back from the caller's line. */
export class AgentEcho {
  readonly #levels: LevelWindow;
  /** Of the loudest agent frame sent since the last block; silence if none. */
  #agentDbfs = silenceDbfs;

  constructor(blockMs: number) {
    this.#levels = new LevelWindow(Math.ceil(echoMs / blockMs));
  }

  /** The level of an agent frame as it is sent. */
  agentLevel(levelDbfs: number): void {
    this.#agentDbfs = Math.max(this.#agentDbfs, levelDbfs);
  }

  /** Takes what was sent since the last block into account, and lets go of what is too old. */
  passBlock(): void {
    this.#levels.push(this.#agentDbfs);
    this.#agentDbfs = silenceDbfs;
  }

  /** By how much the agent is louder than nominal; `null` when it has not been heard of late. */
  get overNominalDb(): number | null {
    const { maxDbfs } = this.#levels;
    return maxDbfs > silenceDbfs ? maxDbfs - nominalAgentDbfs : null;
  }
}

/** `vad.energy_threshold`, the RMS of 16-bit samples, as a level. */
export function thresholdDbfs(energyThreshold: number): number {
  return 20 * Math.log10(Math.max(1, energyThreshold) / 32_768);
}
