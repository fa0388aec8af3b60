import { type Logger, pino } from 'pino';
import type { Log, LogFields, LogLevel } from './observe.ts';
import type { Redactor } from './redact.ts';

/**
 * The level of the whole log and of single components. A component `a.b` has the level of `a.b`,
 * else of `a`, else the whole log's.
 */
export interface LogLevels {
  readonly level: LogLevel;
  readonly components: Readonly<Record<string, LogLevel>>;
}

export interface LogOptions {
  readonly levels: LogLevels;
  readonly redactor: Redactor;
  readonly epochMs: () => number;
  /** Takes one whole line with its line feed; must not block. */
  readonly write: (line: string) => void;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

/** Both names of the provider are one component: `logging.providers.openai` rules it. */
const aliases = new Map([['providers.openai', 'providers.openai_realtime']]);

/** Keys that a line has of its own: a field of that name gets an underscore. */
const reservedKeys = new Set(['level', 'time', 'component', 'msg']);

/** A log of JSON lines for machines: `level`, `time`, `component`, the fields, and `msg`. */
export function jsonLog(options: LogOptions): Log {
  const logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: () => `,"time":"${new Date(options.epochMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.write },
  );
  return new LineLog(options, jsonLine(logger), undefined, {});
}

/**
 * A log of single lines for people: `08:15:30.123 warn  session  message  key=value`. Time is UTC.
 */
export function humanLog(options: LogOptions): Log {
  const writeLine: WriteLine = (level, component, fields, message) => {
    const time = new Date(options.epochMs()).toISOString().slice(11, 23);
    const facts = Object.entries(fields).map(([key, value]) => `${key}=${asText(value)}`);
    const head = [time, level.padEnd(5), ...(component ? [component] : [])].join(' ');
    options.write(`${[head, message, ...facts].join('  ')}\n`);
  };
  return new LineLog(options, writeLine, undefined, {});
}

type WriteLine = (
  level: LogLevel,
  component: string | undefined,
  fields: LogFields,
  message: string,
) => void;

function jsonLine(logger: Logger): WriteLine {
  return (level, component, fields, message) => {
    const own: Record<string, unknown> = component === undefined ? {} : { component };
    for (const [key, value] of Object.entries(fields)) {
      own[reservedKeys.has(key) ? `${key}_` : key] = value;
    }
    logger[level](own, message);
  };
}

/**
 * Decides what is written and takes out what must not be; a line that is off costs one comparison.
 */
class LineLog implements Log {
  readonly #options: LogOptions;
  readonly #writeLine: WriteLine;
  readonly #component: string | undefined;
  readonly #fields: LogFields;
  readonly #rankMin: number;

  constructor(
    options: LogOptions,
    writeLine: WriteLine,
    component: string | undefined,
    fields: LogFields,
  ) {
    this.#options = options;
    this.#writeLine = writeLine;
    this.#component = component;
    this.#fields = fields;
    this.#rankMin = ranks[levelOf(options.levels, component)];
  }

  debug(message: string, fields?: LogFields): void {
    if (this.#rankMin <= ranks.debug) this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    if (this.#rankMin <= ranks.info) this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    if (this.#rankMin <= ranks.warn) this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  child(component: string, fields: LogFields = {}): Log {
    const ownFields = { ...this.#fields, ...fields };
    return new LineLog(this.#options, this.#writeLine, component, ownFields);
  }

  #write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const { redactor } = this.#options;
    const clean = redactor.fields({ ...this.#fields, ...fields });
    this.#writeLine(level, this.#component, clean, redactor.text(message));
  }
}

function levelOf(levels: LogLevels, component: string | undefined): LogLevel {
  const named = new Map(
    Object.entries(levels.components).map(([name, level]) => [aliases.get(name) ?? name, level]),
  );
  let name = component === undefined ? '' : (aliases.get(component) ?? component);
  while (name !== '') {
    const level = named.get(name);
    if (level !== undefined) return level;
    name = name.slice(0, Math.max(0, name.lastIndexOf('.')));
  }
  return levels.level;
}

function asText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return /\s/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text;
}
