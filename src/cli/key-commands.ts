import { type Command, Option } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { systemRandom } from '../runtime/random.ts';
import { type Role, roles } from '../runtime/role.ts';
import type { StoreCommandParts } from './command-parts.ts';
import type { KeysOptions } from './keys.ts';
import { organisationOption } from './organisation-option.ts';

interface Given {
  readonly config?: string;
  readonly organisation?: string;
}

/** `keys create`, `keys list` and `keys revoke`. */
export function addKeys(
  program: Command,
  { person, configuration, end, example }: StoreCommandParts,
): void {
  const keys = program
    .command('keys')
    .description('Make and revoke keys of the HTTP API, for api.auth.mode: required.')
    .addHelpText('after', example('keys create --name Asterisk --role MANAGER', 'keys list'));
  const command = (name: string, description: string) =>
    keys
      .command(name)
      .description(description)
      .option('--config <file>', 'YAML; by default config/ai-agent.yaml, if it is there')
      .addOption(organisationOption());
  const optionsOf = async ({ config, organisation }: Given): Promise<KeysOptions> => ({
    config: await configuration(config),
    credentials: process.env['OFFHOOK_API_KEY'] ?? null,
    organisationId: organisation ?? null,
    clock: systemClock(),
    random: systemRandom(),
  });
  command('create', 'Make a key and print it, once.')
    .requiredOption('--name <text>', 'who is to have it')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).default('EMPLOYEE'))
    .option('--expires <when>', '90d, 12h or 2027-01-31; by default never')
    .action(
      async (given: Given & { name: string; role: Role; expires?: string }, self: Command) => {
        const { createKey, expiryOf } = await import('./keys.ts');
        const { expires, name, role } = given;
        const expiresAt = expires === undefined ? null : expiryOf(expires, systemClock().epochMs());
        if (expires !== undefined && expiresAt === null) {
          self.error('error: --expires is 90d, 12h or a day to come such as 2027-01-31');
        }
        end(await createKey({ name, role, expiresAt }, await optionsOf(given), person));
      },
    );
  command('list', 'List keys, without their secrets.')
    .option('--json', 'one object a line', false)
    .action(async (given: Given & { json: boolean }) => {
      const { listKeys } = await import('./keys.ts');
      end(await listKeys({ isJson: given.json }, await optionsOf(given), person));
    });
  command('revoke', 'Refuse a key from now on.')
    .argument('<id>', 'as `keys list` shows it')
    .action(async (id: string, given: Given) => {
      const { revokeKey } = await import('./keys.ts');
      end(await revokeKey(id, await optionsOf(given), person));
    });
}
