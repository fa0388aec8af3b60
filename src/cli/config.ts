import type { Command } from 'commander';
import type { Environment } from '../config/expand.ts';
import { explain } from '../config/explain.ts';
import { defaultConfigPath, type LoadResult, loadConfig } from '../config/load.ts';
import type { PersonaFolders } from '../config/persona-files.ts';
import { type Problem, problemLine } from '../config/problem.ts';
import type { FileReader } from '../config/read-config-file.ts';
import { renderConfigSchema } from '../config/render-config-schema.ts';
import { placeOf } from '../config/tree.ts';
import { missingTools, readDialogues } from '../speech/dialogue/dialogue-files.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface ConfigCommandDeps {
  readonly terminal: Pick<Terminal, 'print' | 'complain' | 'tint'>;
  readonly readFile: FileReader;
  readonly environment: Environment;
  readonly personas?: PersonaFolders;
  /** Called once, when a command has finished. */
  readonly onExit: (code: ExitCode) => void;
}

const noFolders: PersonaFolders = { paths: [], readFolder: () => ({ is: 'absent' }) };

interface FileOption {
  readonly config?: string;
}

/** Adds `config schema`, `config print` and `config check`. */
export function registerConfig(program: Command, deps: ConfigCommandDeps): void {
  const config = program.command('config').description('look at the configuration');
  const fileOption = ['-c, --config <file>', `the file (default: ${defaultConfigPath})`] as const;
  config
    .command('check')
    .description('tell every problem of the configuration and of dialogue files, with its place')
    .option(...fileOption)
    .addHelpText('after', '\nExample: offhook config check --config config/ai-agent.yaml')
    .action((options: FileOption) => deps.onExit(check(options, deps)));
  config
    .command('print')
    .description('show every value in force and where it comes from, without secrets')
    .option(...fileOption)
    .addHelpText('after', '\nExample: offhook config print | grep openai')
    .action((options: FileOption) => deps.onExit(print(options, deps)));
  config
    .command('schema')
    .description('print the JSON Schema of the file, for editors')
    .addHelpText('after', '\nExample: offhook config schema > config/ai-agent.schema.json')
    .action(() => {
      deps.terminal.print(renderConfigSchema().trimEnd());
      deps.onExit(exitCodes.done);
    });
}

function load({ config }: FileOption, deps: ConfigCommandDeps): LoadResult {
  const path = config ?? defaultConfigPath;
  return loadConfig({ ...deps, path, isRequired: config !== undefined });
}

function check(options: FileOption, deps: ConfigCommandDeps): ExitCode {
  const loaded = load(options, deps);
  complain(loaded, deps);
  const dialogues = readDialogues(deps.personas ?? noFolders, deps.readFile);
  tell('error', dialogues.problems, deps);
  if (!loaded.isValid || dialogues.problems.length > 0) return exitCodes.misused;
  const { personas } = loaded.config;
  const missing = missingTools(dialogues, (persona) => personas[persona]?.tools ?? null);
  tell('warning', missing, deps);
  const { tint, print } = deps.terminal;
  const count = loaded.warnings.length + missing.length;
  const warned = count === 0 ? '' : `, with ${count} ${count === 1 ? 'warning' : 'warnings'}`;
  print(tint('good', `the configuration is valid${warned}`));
  return exitCodes.done;
}

function print(options: FileOption, deps: ConfigCommandDeps): ExitCode {
  const loaded = load(options, deps);
  complain(loaded, deps);
  if (!loaded.isValid) return exitCodes.misused;
  const { terminal } = deps;
  const rows = explain(loaded).map(({ key, shown, origin }) => [
    `${key}: ${shown}`,
    placeOf(origin),
  ]);
  const width = Math.min(60, Math.max(...rows.map(([value = '']) => value.length)));
  for (const [value = '', place = ''] of rows) {
    terminal.print(`${value.padEnd(width)}  ${terminal.tint('faint', `# ${place}`)}`);
  }
  return exitCodes.done;
}

function complain(loaded: LoadResult, deps: ConfigCommandDeps): void {
  tell('warning', loaded.warnings, deps);
  if (!loaded.isValid) tell('error', loaded.problems, deps);
}

function tell(
  what: 'warning' | 'error',
  problems: readonly Pick<Problem, 'origin' | 'message'>[],
  { terminal }: ConfigCommandDeps,
): void {
  const tint = what === 'error' ? 'bad' : 'warning';
  for (const problem of problems) {
    terminal.complain(`${terminal.tint(tint, what)} ${problemLine(problem)}`);
  }
}
