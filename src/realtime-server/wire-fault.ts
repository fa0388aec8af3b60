import type { z } from 'zod';

/** What is wrong with a client's event, in the vendor's words: the `error` object without ids. */
export interface WireFault {
  readonly code: string;
  readonly message: string;
  /** Path of the parameter, such as `session.tools[0].name`; null if the whole is at fault. */
  readonly param: string | null;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** `['session', 'tools', 0, 'name']` as `session.tools[0].name`. */
export function paramOf(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Reflect.get(value, key);
  }, root);
}

/** A union reports every branch: the branch that got furthest says what the sender meant. */
function innermost(issue: Issue, path: Path): { issue: Issue; path: Path } {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { issue, path };
  const depth = (branch: readonly Issue[]): number => branch[0]?.path.length ?? 0;
  const branch = issue.errors.reduce((best, next) => (depth(next) > depth(best) ? next : best));
  const first = branch[0];
  if (first === undefined) return { issue, path };
  return innermost(first, [...path, ...first.path]);
}

const nameOfType = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

export function missingFault(param: string): WireFault {
  return {
    code: 'missing_required_parameter',
    message: `Missing required parameter: '${param}'.`,
    param,
  };
}

export function unknownFault(param: string): WireFault {
  return { code: 'unknown_parameter', message: `Unknown parameter: '${param}'.`, param };
}

export function valueFault(
  param: string,
  value: unknown,
  supported: readonly unknown[] = [],
): WireFault {
  const given = typeof value === 'string' ? value : JSON.stringify(value);
  const list = supported.map((one) => `'${String(one)}'`);
  const last = list.pop();
  const choice = list.length === 0 ? last : `${list.join(', ')} and ${last}`;
  const hint = last === undefined ? '' : ` Supported values are: ${choice}.`;
  return { code: 'invalid_value', message: `Invalid value: '${given}'.${hint}`, param };
}

export function rangeFault(
  param: string,
  value: number,
  bound: { is: 'min' | 'max'; at: number },
): WireFault {
  const kind = Number.isInteger(bound.at) && Number.isInteger(value) ? 'integer' : 'decimal';
  const side = bound.is === 'min' ? 'below minimum' : 'above maximum';
  const sign = bound.is === 'min' ? '>=' : '<=';
  return {
    code: `${kind}_${bound.is === 'min' ? 'below_min' : 'above_max'}_value`,
    message:
      `Invalid '${param}': ${kind} ${side} value. ` +
      `Expected a value ${sign} ${bound.at}, but got ${value} instead.`,
    param,
  };
}

function lengthFault(
  param: string,
  value: string | readonly unknown[],
  bound: { is: 'min' | 'max'; at: number },
): WireFault {
  const kind = typeof value === 'string' ? 'string' : 'array';
  const side = bound.is === 'min' ? 'short' : 'long';
  return {
    code: `${kind}_${bound.is === 'min' ? 'below_min' : 'above_max'}_length`,
    message:
      `Invalid '${param}': ${kind} too ${side}. Expected ${article(kind)} with ` +
      `${bound.is === 'min' ? 'minimum' : 'maximum'} length ${bound.at}, ` +
      `but got ${article(kind)} with length ${value.length} instead.`,
    param,
  };
}

function boundFault(issue: Issue, param: string, value: unknown): WireFault | null {
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return null;
  const bound =
    issue.code === 'too_small'
      ? { is: 'min' as const, at: Number(issue.minimum) }
      : { is: 'max' as const, at: Number(issue.maximum) };
  if (typeof value === 'number') return rangeFault(param, value, bound);
  if (typeof value === 'string' || Array.isArray(value)) return lengthFault(param, value, bound);
  return null;
}

function enumFault(issue: Issue, param: string, value: unknown): WireFault | null {
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return valueFault(param, value, issue.options);
  }
  if (issue.code === 'custom') return valueFault(param, value);
  if (issue.code !== 'invalid_value') return null;
  const only = issue.values[0];
  // A rate that is one number is refused as a bound: 16000 is below 24000, not "another value".
  if (issue.values.length === 1 && typeof only === 'number' && typeof value === 'number') {
    return rangeFault(param, value, { is: value < only ? 'min' : 'max', at: only });
  }
  return valueFault(param, value, issue.values);
}

/** The first of zod's `issues` with the event `raw`, in the vendor's words. */
export function faultOf(issues: readonly Issue[], raw: unknown): WireFault {
  const first = issues[0];
  if (first === undefined) return { code: 'invalid_event', message: 'Invalid event.', param: null };
  const { issue, path } = innermost(first, first.path);
  const param = paramOf(path);
  const value = valueAt(raw, path);
  if (path.length === 0) {
    return { code: 'invalid_event', message: 'An event must be a JSON object.', param: null };
  }
  if (value === undefined) return missingFault(param);
  const fault = boundFault(issue, param, value) ?? enumFault(issue, param, value);
  if (fault !== null) return fault;
  const expected = issue.code === 'invalid_type' ? article(issue.expected) : 'another type';
  return {
    code: 'invalid_type',
    message:
      `Invalid type for '${param}': ` +
      `expected ${expected}, but got ${nameOfType(value)} instead.`,
    param,
  };
}

/** Path of the first field of `raw` that the schema left out of `parsed`, or null. */
export function unknownField(raw: unknown, parsed: unknown, path: Path = []): Path | null {
  if (raw === parsed || typeof raw !== 'object' || raw === null) return null;
  if (typeof parsed !== 'object' || parsed === null) return null;
  for (const [key, value] of Object.entries(raw)) {
    const here = [...path, Array.isArray(raw) ? Number(key) : key];
    if (!(key in parsed)) return here;
    const inside = unknownField(value, Reflect.get(parsed, key), here);
    if (inside !== null) return inside;
  }
  return null;
}
