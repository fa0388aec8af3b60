import type { CallTimeline, Stretch } from './call-timeline.ts';
import type { CallResult } from './place-call.ts';
import { type Terminal, tableLines } from './terminal.ts';

const labelColumns = 8;

/** Prints who spoke when as two bars over one time axis. */
export function showBars(terminal: Terminal, timeline: CallTimeline): void {
  const columns = terminal.columns - labelColumns - 1;
  const msPerColumn = Math.max(1, timeline.durationMs / columns);
  const bar = (stretches: readonly Stretch[]) => {
    const cells = Array.from({ length: columns }, (_, column) => {
      const startMs = column * msPerColumn;
      return stretches.some((each) => each.startMs < startMs + msPerColumn && each.endMs > startMs);
    });
    const [sound, quiet] = terminal.isInteractive ? ['█', '·'] : ['#', '.'];
    return cells.map((isSound) => (isSound ? sound : quiet)).join('');
  };
  terminal.print(
    `${'caller'.padEnd(labelColumns)}${terminal.tint('caller', bar(timeline.caller))}`,
  );
  terminal.print(`${'agent'.padEnd(labelColumns)}${terminal.tint('agent', bar(timeline.agent))}`);
  const last = seconds(timeline.durationMs);
  terminal.print(`${''.padEnd(labelColumns)}0${last.padStart(columns - 1)}`);
}

/** The bars, then a line for each turn of the caller. */
export function showTimeline(terminal: Terminal, timeline: CallTimeline): void {
  showBars(terminal, timeline);
  terminal.print();
  const rows = timeline.turns.map(({ caller, responseMs, agentStoppedAfterMs }, index) => [
    String(index + 1),
    seconds(caller.startMs),
    seconds(caller.endMs),
    responseMs === null ? 'no answer' : milliseconds(responseMs),
    agentStoppedAfterMs === null ? '' : `agent stopped after ${milliseconds(agentStoppedAfterMs)}`,
  ]);
  if (rows.length === 0) return;
  const heading = ['turn', 'from', 'to', 'answer after', 'interruption'];
  for (const line of tableLines(terminal, [heading, ...rows])) terminal.print(line);
}

const endings: Readonly<Record<CallResult['end'], string>> = {
  'agent-hung-up': 'The agent hung up',
  'caller-hung-up': 'The caller hung up',
  'time-limit': 'The time limit ended the call',
  'line-reset': 'The line broke off',
  'format-mismatch': 'The far end sends audio of another rate: see --format',
};

/**
 * Later than a frame is long: what was measured is this machine's fault as much as the gateway's.
 */
const latenessMsMax = 20;

/** Prints the whole outcome of a call. */
export function showCall(terminal: Terminal, result: CallResult): void {
  const { end, timeline, agentFrameCount } = result;
  showTimeline(terminal, timeline);
  terminal.print();
  const isGood = end === 'agent-hung-up' || end === 'caller-hung-up';
  const after = `after ${seconds(timeline.durationMs)}`;
  const heard = `${agentFrameCount} frames came from the agent`;
  terminal.print(`${terminal.tint(isGood ? 'good' : 'bad', endings[end])} ${after}; ${heard}.`);
  if (result.latenessMsMax <= latenessMsMax) return;
  const late = milliseconds(result.latenessMsMax);
  terminal.print(
    terminal.tint('warning', `This machine was busy: a caller frame left ${late} late.`),
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`;
}
