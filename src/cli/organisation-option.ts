import { InvalidArgumentError, Option } from 'commander';

/** `--organisation`: for commands that work for one at a time. */
export function organisationOption(): Option {
  const help = 'of this one; by default the one that always is';
  return new Option('--organisation <uuid>', help).argParser(uuid);
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be a UUID.');
}
