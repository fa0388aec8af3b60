/** `offhook` as the launcher starts it, but always from the source that is tested. */
import { run } from '../src/cli/main.ts';

process.exitCode = await run(process.argv.slice(2), { invocation: 'clone' });
