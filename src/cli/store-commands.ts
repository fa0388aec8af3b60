import { type Command, Option } from 'commander';
import type { Config } from '../config/schema.ts';
import { systemRandom } from '../runtime/random.ts';
import { type Database, defaultOrganisationId } from '../store/store.ts';
import type { StoreCommandParts } from './command-parts.ts';
import type { ExitCode } from './exit-codes.ts';
import { addKeys } from './key-commands.ts';
import { organisationOption } from './organisation-option.ts';
import type { SessionsOptions } from './sessions.ts';

const configHelp = 'YAML; by default config/ai-agent.yaml, if it is there';

/** `sessions`, `forget`, `migrate` and `keys`. */
export function addStoreCommands(program: Command, parts: StoreCommandParts): void {
  addSessions(program, parts);
  addForget(program, parts);
  addMigrate(program, parts);
  addKeys(program, parts);
}

function addSessions(program: Command, { person, configuration, end, example }: StoreCommandParts) {
  const sessions = program
    .command('sessions')
    .description('Read what was said and done in calls.')
    .addHelpText('after', example('sessions list', 'sessions show ses_1'));
  interface Given {
    readonly config?: string;
    readonly journal?: string;
    readonly organisation?: string;
    readonly json?: boolean;
  }
  /** Files that were named are read alone; else the database beside the configured ones. */
  const read = async (
    given: Given,
    command: (options: SessionsOptions) => Promise<ExitCode>,
  ): Promise<void> => {
    const { config: path, journal, json: isJson = false } = given;
    const organisationId = given.organisation ?? defaultOrganisationId;
    if (journal !== undefined) {
      end(await command({ journal, organisationId, isJson }));
      return;
    }
    const config = await configuration(path);
    await withDatabase(config.database, async (database) => {
      const beside = database === null ? {} : { database };
      end(await command({ journal: config.journal.dir, organisationId, isJson, ...beside }));
    });
  };
  const journal = new Option('--journal <directory>', 'read these files alone');
  const config = new Option('--config <file>', configHelp).conflicts('journal');
  sessions
    .command('show <id>')
    .description('Tell the story of one session.')
    .addOption(journal)
    .addOption(config)
    .addOption(organisationOption())
    .option('--json', 'entries as they are, one a line', false)
    .action(async (id: string, given: Given) => {
      const { showSession } = await import('./sessions.ts');
      await read(given, (options) => showSession(id, options, person));
    });
  sessions
    .command('list')
    .description('List the sessions of the database and the journal, oldest first.')
    .addOption(journal)
    .addOption(config)
    .addOption(organisationOption())
    .option('--json', 'one object a line', false)
    .action(async (given: Given) => {
      const { listSessions } = await import('./sessions.ts');
      await read(given, (options) => listSessions(options, person));
    });
  sessions
    .command('export <id>')
    .description('Print one session as one JSON document.')
    .addOption(journal)
    .addOption(config)
    .addOption(organisationOption())
    .action(async (id: string, given: Given) => {
      const { exportSession } = await import('./sessions.ts');
      await read(given, (options) => exportSession(id, options, person));
    });
}

function addForget(program: Command, { person, configuration, end, example }: StoreCommandParts) {
  interface Given {
    readonly config?: string;
    readonly session?: string;
    readonly caller?: string;
  }
  const session = new Option('--session <id>', 'this session').conflicts('caller');
  program
    .command('forget')
    .description('Delete what was said and done in sessions, everywhere, for good.')
    .addOption(session)
    .option('--caller <number>', 'all sessions of this caller, as in +250788123456')
    .option('--config <file>', configHelp)
    .addHelpText('after', example('forget --caller +250788123456'))
    .action(async ({ config: path, session: id, caller: number }: Given, command: Command) => {
      const whose =
        id !== undefined
          ? { by: 'session' as const, id }
          : number !== undefined
            ? { by: 'caller' as const, number }
            : command.error('error: one of --session and --caller is required');
      const { forget } = await import('./forget.ts');
      const config = await configuration(path);
      await withDatabase(config.database, async (database) => {
        const journal = config.journal.dir;
        const orderUuid = systemRandom().uuid();
        end(await forget({ whose, journal, database, orderUuid }, person));
      });
    });
}

function addMigrate(program: Command, { person, configuration, end, example }: StoreCommandParts) {
  interface Given {
    readonly config?: string;
    readonly print: boolean;
  }
  program
    .command('migrate')
    .description('Bring the database up to date, by database.direct_url where there is one.')
    .option('--print', 'print the SQL instead', false)
    .option('--config <file>', configHelp)
    .addHelpText('after', example('migrate --print'))
    .action(async ({ config, print: isPrint }: Given) => {
      const { migrate } = await import('./migrate.ts');
      const { database } = await configuration(config);
      end(await migrate({ database, isPrint }, person));
    });
}

/** With the configured database for as long as `work` takes; `null`: none has been made yet. */
async function withDatabase(
  choice: Config['database'],
  work: (database: Database | null) => Promise<void>,
): Promise<void> {
  const { commandDatabase, isDatabaseMade } = await import('./command-database.ts');
  const database = isDatabaseMade(choice) ? commandDatabase(choice) : null;
  try {
    await work(database);
  } finally {
    await database?.close();
  }
}
