/** What a log may not hold: secrets, digits that callers press, audio, and whole phone numbers. */
export interface Redactor {
  /** A copy that is safe to log: nested values included, bounded in depth and length. */
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** A line of text that is safe to log. */
  text(text: string): string;
  /** Takes out secrets alone and keeps JSON whole: for records that keep numbers and long texts. */
  secretsOnly(text: string): string;
  /** Takes these out from now on, and those it knew: sessions in progress still use them. */
  learn(secrets: readonly string[]): void;
}

const secretMark = '[secret]';
/** Registered values shorter than this would blot out ordinary words. */
const secretLengthMin = 6;
/** Nesting, values, elements of a list and characters of one log line: it is for reading. */
const depthMax = 8;
const valuesMax = 1_000;
const elementsMax = 100;
const textLengthMax = 8_192;

/** Key names in lower case without separators. `tokens` counts are numbers and stay. */
const secretKey = new RegExp(
  `(${[
    ...['authorization', 'apikey', 'accesskey', 'privatekey', 'token', 'secret', 'signature'],
    ...['password', 'passwd', 'passphrase', 'cookie', 'credential'],
  ].join('|')})s?$`,
);
const digitKey = /^(digit|digits|dtmf|pin|pincode|otp)$/;
const phoneKey = /(number|phone|msisdn)$/;
const audioKey = /^(audio|pcm|samples)$/;

/**
 * Keys of OpenAI and its kin, of our own API behind their id, JWTs, bearer tokens, passwords in
 * URLs: registered or not.
 */
const secretShape = new RegExp(
  [
    /\b(?:sk|ek|rk|pk)[-_][\w*-]{8,}/,
    /(?<=\bofk_[a-z0-9]{12}_)[a-z0-9]{8,}/,
    /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/,
    /(?<=\bBearer\s)[^\s"'\\,;]+/,
    /(?<=:\/\/[^\s/:@"]{0,64}:)[^\s/@"\\]+(?=@)/,
  ]
    .map((shape) => shape.source)
    .join('|'),
  'gi',
);
/** A secret or digits under their key in JSON that is itself a text, once escaped or not. */
const keyedNames = 'authorization|api[_-]?key|token|secret|password|digits?|dtmf|pin';
const keyedShape = new RegExp(
  String.raw`(\\?"[\w-]*(?:${keyedNames})\\?"\s*:\s*\\?")[^"\\]+`,
  'gi',
);
/** Base64 of 150 bytes or more: 20 ms of telephone audio is 160. */
const audioShape = /[A-Za-z0-9+/_-]{200,}={0,2}/g;
/** E.164 with its plus sign. Without one a number could be anything. */
const phoneShape = /\+\d{7,15}\b/g;

/** Takes out `secrets` wherever their values appear, and what keys and shapes give away. */
export function redactor(secrets: readonly string[]): Redactor {
  let known = secrets;
  let forms = secretForms(known);
  const secretsOnly = (text: string): string => {
    let clean = text;
    for (const form of forms) {
      if (clean.includes(form)) clean = clean.replaceAll(form, secretMark);
    }
    return clean.replace(secretShape, secretMark);
  };
  const text = (dirty: string): string => {
    const clean = secretsOnly(dirty)
      .replace(keyedShape, `$1${secretMark}`)
      .replace(audioShape, base64Mark)
      .replace(phoneShape, maskNumber);
    if (clean.length <= textLengthMax) return clean;
    return `${clean.slice(0, textLengthMax)}… (${clean.length - textLengthMax} more)`;
  };
  return {
    text,
    secretsOnly,
    fields: (fields) => new SafeCopy(text).fields(fields, 0),
    learn: (more) => {
      known = [...new Set([...known, ...more])];
      forms = secretForms(known);
    },
  };
}

/** Each secret as it is, in JSON, in JSON within JSON and in a URL; longest first. */
function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = secrets
    .filter((secret) => secret.length >= secretLengthMin)
    .flatMap((secret) => {
      const inJson = escaped(secret);
      return [secret, inJson, escaped(inJson), encodeURIComponent(secret)];
    });
  return [...new Set(forms)].sort((left, right) => right.length - left.length);
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Copies one logged value. Circles and wide trees end with the budget of values. */
class SafeCopy {
  readonly #text: (dirty: string) => string;
  #valuesLeft = valuesMax;

  constructor(text: (dirty: string) => string) {
    this.#text = text;
  }

  value(value: unknown, depth: number): unknown {
    this.#valuesLeft -= 1;
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (isBytes(value)) return audioMark(value.byteLength);
    if (depth > depthMax || this.#valuesLeft < 0) return '[more]';
    if (value instanceof Error) return this.fields(errorFields(value), depth);
    if (value instanceof Date) return String(value);
    if (value instanceof Map) return this.fields(Object.fromEntries(value), depth);
    if (value instanceof Set || Array.isArray(value)) return this.#list([...value], depth);
    return this.fields(value, depth);
  }

  fields(fields: object, depth: number): Record<string, unknown> {
    const isAudioEvent =
      'type' in fields && /audio\.delta$|audio_buffer\.append$/.test(String(fields.type));
    const clean: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(fields)) {
      const name = key.toLowerCase().replace(/[^a-z0-9]/g, '');
      const isAudio = audioKey.test(name) || (isAudioEvent && name === 'delta');
      if (isAudio && typeof value === 'string') clean[key] = base64Mark(value);
      else clean[this.#text(key)] = maskByKey(name, value) ?? this.value(value, depth + 1);
      if (this.#valuesLeft < 0) break;
    }
    return clean;
  }

  #list(values: readonly unknown[], depth: number): unknown[] {
    const kept = values.slice(0, elementsMax).map((each) => this.value(each, depth + 1));
    if (values.length > elementsMax) kept.push(`… (${values.length - elementsMax} more)`);
    return kept;
  }
}

function isBytes(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** What stands in for a value because of its key; `undefined` when the key gives nothing away. */
function maskByKey(name: string, value: unknown): string | undefined {
  if (value === null || value === undefined || typeof value === 'boolean') return undefined;
  if (digitKey.test(name)) return '*';
  if (secretKey.test(name)) {
    const isCount = name.endsWith('tokens') && typeof value === 'number';
    return isCount ? undefined : secretMark;
  }
  if (phoneKey.test(name) && typeof value === 'string') return maskNumber(value);
  return undefined;
}

/** Keeps the last two digits. */
function maskNumber(number: string): string {
  return number.replace(/\d(?=(?:\D*\d){2})/g, '*');
}

function base64Mark(base64: string): string {
  return audioMark(Math.floor((base64.length * 3) / 4));
}

function audioMark(byteCount: number): string {
  return `[audio ${byteCount} bytes]`;
}

/** An error's own facts; `message`, `stack` and `cause` are not enumerable and would be lost. */
function errorFields(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return { ...error, name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
