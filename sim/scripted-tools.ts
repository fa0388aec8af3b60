import type { Clock } from '../src/runtime/clock.ts';
import type { ToolCall, ToolOutcome, ToolSequel } from '../src/tools/tool.ts';
import type { Dice } from './dice.ts';
import { hangUpToolName } from './scripted-replies.ts';
import type { Tally } from './tally.ts';

/** The runner gives a tool up after this: from the session's side none runs for ever. */
const toolTimeoutMs = 10_000;

export interface ScriptedToolsOptions {
  readonly clock: Clock;
  readonly dice: Dice;
  readonly faults: Tally;
  readonly isCalm: () => boolean;
  /** Whom a tool may hand the call over to, now and then; `null`: nobody. */
  readonly handsTo: () => string | null;
  readonly onSettled: (outcome: ToolOutcome) => void;
}

/** Tools that are quick, slow, fail or never answer; also after the caller has gone. */
export class ScriptedTools {
  readonly #options: ScriptedToolsOptions;

  constructor(options: ScriptedToolsOptions) {
    this.#options = options;
  }

  /** `hasSequels`: the runner refuses what was not granted to whom the agent speaks with. */
  run({ callId, name }: ToolCall, { hasSequels }: { readonly hasSequels: boolean }): void {
    const { clock, dice, faults, isCalm, onSettled, handsTo } = this.#options;
    const manner = isCalm()
      ? 'quick'
      : dice.weighted({ quick: 60, 'slow tool': 20, 'tool that fails': 12, 'tool that hangs': 8 });
    if (manner !== 'quick') faults.add(manner);
    const tookMs = {
      quick: dice.between(1, 300),
      'slow tool': dice.between(500, 9_000),
      'tool that fails': dice.between(1, 3_000),
      'tool that hangs': toolTimeoutMs,
    }[manner];
    const isOk = manner === 'quick' || manner === 'slow tool';
    const outcome: ToolOutcome = {
      callId,
      name,
      outcome: isOk ? 'ok' : manner === 'tool that hangs' ? 'timeout' : 'failed',
      code: isOk ? null : manner === 'tool that hangs' ? 'TOOL_TIMEOUT' : 'TOOL_FAILED',
      outputJson: '{}',
      tookMs,
      sequel:
        isOk && hasSequels ? sequelOf(name, name === hangUpToolName ? null : handsTo()) : null,
    };
    clock.setTimer(tookMs, () => onSettled(outcome));
  }
}

function sequelOf(name: string, personaKey: string | null): ToolSequel | null {
  if (name === hangUpToolName) return { type: 'hang-up' };
  return personaKey === null ? null : { type: 'handoff', personaKey };
}
