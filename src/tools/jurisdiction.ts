import { GatewayError } from '../runtime/errors.ts';

/** How people call them, in small letters, and their codes of ISO 3166. */
const codeOf: Readonly<Record<string, string>> = {
  us: 'US',
  usa: 'US',
  'united states': 'US',
  'united states of america': 'US',
  federal: 'US',
  california: 'US-CA',
  canada: 'CA',
  ontario: 'CA-ON',
  eu: 'EU',
  'european union': 'EU',
  europe: 'EU',
  malta: 'MT',
  uk: 'GB',
  gb: 'GB',
  'united kingdom': 'GB',
  'great britain': 'GB',
  britain: 'GB',
};

const codeShape = /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/;

/**
 * The code of a jurisdiction and those that its law stands under: `California` is `US-CA`, `US`.
 * `CA` alone is Canada. Throws `REQUEST_INVALID` when it is neither a code nor a name that we know.
 */
export function jurisdictionsOf(said: string): readonly string[] {
  const name = said.trim().toLowerCase().replace(/\./g, '').replace(/^the /, '');
  const code = Object.hasOwn(codeOf, name) ? codeOf[name] : name.toUpperCase();
  if (code === undefined || !codeShape.test(code)) {
    const codes = 'give a code, as in US, US-CA, GB, EU';
    const message = `${JSON.stringify(said)} is no jurisdiction: ${codes}`;
    throw new GatewayError('REQUEST_INVALID', message);
  }
  const [country = code] = code.split('-');
  return country === code ? [code] : [code, country];
}

/** How people call the jurisdiction of a code; the code itself where we know no name. */
export function namesOfJurisdiction(code: string): readonly string[] {
  const names = Object.keys(codeOf).filter((name) => codeOf[name] === code);
  return names.length === 0 ? [code] : names;
}
