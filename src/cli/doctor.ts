import { messageOf } from '../runtime/errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type Terminal, type Tone, wrapped } from './terminal.ts';

/** What a check found. `cure` says what to do about it, in words that can be followed. */
export type Finding =
  | { readonly state: 'holds'; readonly fact: string }
  /** It does not apply here; `fact` says why. */
  | { readonly state: 'skipped'; readonly fact: string }
  /** Calls work, but not as well as they should or not for ever. */
  | { readonly state: 'doubtful'; readonly fact: string; readonly cure: string }
  | { readonly state: 'failed'; readonly fact: string; readonly cure: string };

/** One thing that must be right for calls to work. */
export interface Check {
  readonly name: string;
  /** May reject: that is a failure whose message is the fact. */
  examine(): Promise<Finding>;
}

const marks: Readonly<Record<Finding['state'], { readonly word: string; readonly tone: Tone }>> = {
  holds: { word: 'ok', tone: 'good' },
  skipped: { word: 'skipped', tone: 'faint' },
  doubtful: { word: 'warning', tone: 'warning' },
  failed: { word: 'FAILED', tone: 'bad' },
};

const wordColumns = 9;

/**
 * Examines one after the other and says how to mend what does not hold. `failed` if any check did.
 */
export async function runDoctor(
  checks: readonly Check[],
  terminal: Terminal,
  options: { readonly isJson: boolean },
): Promise<ExitCode> {
  const nameColumns = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const findings: (Finding & { readonly name: string })[] = [];
  for (const check of checks) {
    terminal.progress(`examining ${check.name}`);
    const finding = await examined(check);
    terminal.progress('');
    findings.push({ name: check.name, ...finding });
    if (!options.isJson) showFinding(terminal, check.name.padEnd(nameColumns), finding);
  }
  const failedCount = findings.filter(({ state }) => state === 'failed').length;
  const isWell = failedCount === 0;
  if (options.isJson) terminal.print(JSON.stringify({ isWell, checks: findings }));
  else if (isWell) terminal.print(terminal.tint('good', 'Ready for calls.'));
  else terminal.print(terminal.tint('bad', `${failedCount} of ${checks.length} checks failed.`));
  return isWell ? exitCodes.done : exitCodes.failed;
}

async function examined(check: Check): Promise<Finding> {
  try {
    return await check.examine();
  } catch (thrown) {
    const cure = 'this check itself broke: please report it with the text above';
    return { state: 'failed', fact: messageOf(thrown), cure };
  }
}

function showFinding(terminal: Terminal, name: string, finding: Finding): void {
  const { word, tone } = marks[finding.state];
  const indent = ' '.repeat(wordColumns + name.length);
  const columns = terminal.columns - indent.length;
  const [first = '', ...rest] = wrapped(finding.fact, columns);
  terminal.print(`${terminal.tint(tone, word.padEnd(wordColumns))}${name}${first}`);
  for (const line of rest) terminal.print(indent + line);
  if (!('cure' in finding)) return;
  for (const line of wrapped(`→ ${finding.cure}`, columns, '  ')) terminal.print(indent + line);
}
