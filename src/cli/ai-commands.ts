import { type Command, Option } from 'commander';
import type { AiOptions } from './ai.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface AiCommandParts {
  readonly person: Terminal;
  readonly end: (exitCode: ExitCode) => void;
  readonly example: (...lines: readonly string[]) => string;
}

interface Given {
  readonly url: string;
}

/** `ai chat`, `ai persona` and `ai health`: the agent by text, over HTTP. */
export function addAiCommands(program: Command, { person, end, example }: AiCommandParts): void {
  const url = new Option('--url <url>', 'of the gateway').default('http://127.0.0.1:8787');
  const ai = program
    .command('ai')
    .description('Write with the agent of a gateway, over HTTP.')
    .addHelpText('after', example('ai chat', 'ai persona cfo', 'ai health'));
  ai.command('chat')
    .description(
      'Chat here. Where no gateway serves, one of our own is started: no key, no network.',
    )
    .addOption(url)
    .option('--persona <key>', 'who answers first')
    .action(async ({ persona, ...given }: Given & { readonly persona?: string }) => {
      const [{ aiChat }, { withPrivateGateway }, { fill }] = await Promise.all([
        import('./ai.ts'),
        import('./private-gateway.ts'),
        import('./demo.ts'),
      ]);
      const settings = { default_persona: 'waiter' };
      const { stdin: input, stdout: output } = process;
      end(
        await aiChat(
          { ...optionsOf(given), persona: persona ?? null },
          {
            ...{ terminal: person, input, output },
            otherwise: (chat) =>
              withPrivateGateway({ script: null, settings, prepare: fill }, ({ apiUrl }) =>
                chat(apiUrl),
              ),
          },
        ),
      );
    });
  ai.command('persona <key>')
    .description('Have a session go on with another persona, or open one with it.')
    .addOption(url)
    .option('--session <id>', 'the session; without it one is opened')
    .action(
      async (persona: string, { session, ...given }: Given & { readonly session?: string }) => {
        const { aiPersona } = await import('./ai.ts');
        const sessionId = session ?? null;
        end(await aiPersona({ ...optionsOf(given), persona, sessionId }, person));
      },
    );
  ai.command('health')
    .description('Whether the agent could answer now.')
    .addOption(url)
    .action(async (given: Given) => {
      const { aiHealth } = await import('./ai.ts');
      end(await aiHealth(optionsOf(given), person));
    });
}

/** Where a gateway asks for a key, OFFHOOK_API_KEY has it: no list of processes shows it. */
function optionsOf({ url }: Given): AiOptions {
  return { url, key: process.env['OFFHOOK_API_KEY'] ?? null };
}
