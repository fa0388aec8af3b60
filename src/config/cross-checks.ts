import { isLoopbackHost } from '../runtime/address-ranges.ts';
import { callToolsRight } from './call-tools-checks.ts';
import { listenSafety } from './listen-safety.ts';
import type { Contradiction } from './problem.ts';
import type { Config } from './schema.ts';
import type { Path } from './tree.ts';

/** Keys that are right by themselves and wrong together. */
export function contradictions(config: Config): readonly Contradiction[] {
  return [
    ...listenSafety(config).map(({ key, message }): Contradiction => {
      return { code: 'LISTEN_UNSAFE', path: key.split('.'), message };
    }),
    ...personaThere(config),
    ...successorsThere(config),
    ...openaiReachable(config),
    ...asteriskReachable(config),
    ...costKnown(config),
    ...inOrder(config),
    ...databaseThere(config),
    ...issuersRight(config),
    ...someoneMayIn(config),
    ...proxiesRight(config),
    ...callToolsRight(config),
    ...endpointKeysSafe(config),
  ];
}

/**
 * Whether the Realtime server at `baseUrl` asks for a key. Servers on this machine (the emulator,
 * a model of one's own) do not.
 */
export function needsApiKey(baseUrl: string): boolean {
  return !isLoopbackHost(new URL(baseUrl).hostname);
}

function personaThere({ default_persona, personas }: Config): readonly Contradiction[] {
  if (Object.hasOwn(personas, default_persona)) return [];
  const choices = Object.keys(personas).join(', ');
  const message = `default_persona: there is no persona "${default_persona}", only ${choices}`;
  return [{ code: 'CONFIG_INVALID', path: ['default_persona'], message }];
}

/** A call can be handed over only to somebody. */
function successorsThere({ personas }: Config): readonly Contradiction[] {
  return Object.entries(personas).flatMap(([key, { handoffs }]) => {
    const unknown = handoffs.filter((other) => other === key || !Object.hasOwn(personas, other));
    if (unknown.length === 0) return [];
    const path = ['personas', key, 'handoffs'];
    const message = `${path.join('.')}: there is no other persona ${unknown.join(', ')}`;
    return [{ code: 'CONFIG_INVALID' as const, path, message }];
  });
}

/** Whoever is chosen in the file must be able to answer: nobody else does in their place. */
function openaiReachable(config: Config): readonly Contradiction[] {
  const { base_url, api_key } = config.providers.openai_realtime;
  if (api_key !== null || !needsApiKey(base_url)) return [];
  const choosers: Path[] = Object.entries(config.personas)
    .filter(([, { provider }]) => provider === 'openai_realtime')
    .map(([key]) => ['personas', key, 'provider']);
  if (config.default_provider === 'openai_realtime') choosers.unshift(['default_provider']);
  return choosers.map((path) => {
    const message =
      `${path.join('.')} is openai_realtime, which has no API key: set OPENAI_API_KEY or ` +
      'OPENAI_API_KEY_FILE, or choose local. No other provider answers in its place';
    return { code: 'CONFIG_INVALID', path, message };
  });
}

/** A limit of money that nothing can count towards would never be reached. */
function costKnown({ default_provider, personas, providers, session }: Config) {
  const { model, prices_usd_per_million } = providers.openai_realtime;
  if (session.cost_max_usd === null || Object.hasOwn(prices_usd_per_million, model)) return [];
  const chosen = [default_provider, ...Object.values(personas).map(({ provider }) => provider)];
  if (!chosen.includes('openai_realtime')) return [];
  const path = ['session', 'cost_max_usd'];
  const message =
    `${path.join('.')} could never be reached: there is no price of ${model} in ` +
    'providers.openai_realtime.prices_usd_per_million';
  return [{ code: 'CONFIG_INVALID' as const, path, message }];
}

/** A telephone without a key of the directory is named by nobody. */
function asteriskReachable({ asterisk: { ari }, directory }: Config): readonly Contradiction[] {
  if (ari.url === null) return [];
  const objection = (key: string, message: string): Contradiction => {
    const path = ['asterisk', 'ari', key];
    return { code: 'CONFIG_INVALID', path, message: `${path.join('.')} ${message}` };
  };
  const strangers = Object.keys(ari.endpoints).filter((key) => !Object.hasOwn(directory, key));
  return [
    ...(/^https?:$/.test(URL.parse(ari.url)?.protocol ?? '')
      ? []
      : [objection('url', 'must be http://HOST:PORT/ari')]),
    ...(ari.password === null
      ? [objection('password', 'is missing: ARI takes nobody without')]
      : []),
    ...strangers.map((key) => objection('endpoints', `names ${key}, which directory does not`)),
  ];
}

/** Which database is meant must be beyond doubt: data goes there and is looked for there. */
function databaseThere({ database, production, store }: Config): readonly Contradiction[] {
  const objection = (path: Path, message: string): readonly Contradiction[] => {
    return [{ code: 'CONFIG_INVALID', path, message }];
  };
  if (store === 'none') return [];
  if (store === 'embedded') {
    if (database.url === null) return [];
    return objection(['store'], 'store is embedded, and database.url is set: which of the two?');
  }
  if (database.url !== null) return databaseUrlFits(database.url) ? [] : objection(...badUrl);
  if (database.supabase_url !== null) {
    return objection(
      ['database', 'supabase_url'],
      'SUPABASE_URL is the address of the API, not of the database: set DATABASE_URL to the ' +
        'connection string of the transaction pooler, and DIRECT_URL to the direct one. Both are ' +
        'in the dashboard of the project under Connect',
    );
  }
  if (!production) return [];
  return objection(
    ['database', 'url'],
    'no database is given: set DATABASE_URL. The embedded one is for trial; in production it is ' +
      'used only if `store: embedded` stands in the file',
  );
}

const badUrl: [Path, string] = [
  ['database', 'url'],
  'database.url must be postgres://USER:PASSWORD@HOST:PORT/DATABASE',
];

function databaseUrlFits(url: string): boolean {
  return /^postgres(?:ql)?:$/.test(URL.parse(url)?.protocol ?? '');
}

/** RFC 7518 §3.2: a key of HS256 is as long as its hash, or longer. */
const sharedSecretLengthMin = 32;

/** Each issuer has keys of one kind, so that a token of the other kind is nobody's. */
function issuersRight({ api }: Config): readonly Contradiction[] {
  return Object.entries(api.auth.issuers).flatMap(([name, { jwks_url, secret }]) => {
    const objection = issuerObjection(jwks_url, secret);
    if (objection === null) return [];
    const path = ['api', 'auth', 'issuers', name];
    return [{ code: 'CONFIG_INVALID' as const, path, message: `${path.join('.')} ${objection}` }];
  });
}

function issuerObjection(jwksUrl: string | null, secret: string | null): string | null {
  if ((jwksUrl === null) === (secret === null)) return 'must have one of jwks_url and secret';
  if (secret !== null) {
    if (secret.length >= sharedSecretLengthMin) return null;
    return `has a secret of fewer than ${sharedSecretLengthMin} characters: it could be guessed`;
  }
  const url = URL.parse(jwksUrl ?? '');
  if (url?.protocol === 'https:') return null;
  if (url?.protocol === 'http:' && isLoopbackHost(url.hostname)) return null;
  return 'must have a jwks_url that begins with https://: whoever changes the keys lets anybody in';
}

/** Keys of the API are in the database. */
function someoneMayIn({ api, store }: Config): readonly Contradiction[] {
  const { issuers, mode } = api.auth;
  if (mode === 'loopback' || store !== 'none' || Object.keys(issuers).length > 0) return [];
  const message =
    'api.auth.mode is required, but nobody could come in: store is none, so that there are no ' +
    'API keys, and api.auth.issuers is empty';
  return [{ code: 'CONFIG_INVALID', path: ['api', 'auth', 'mode'], message }];
}

/** To believe everybody is to believe what clients write of themselves. */
function proxiesRight({ api: { auth, trusted_proxies } }: Config): readonly Contradiction[] {
  const objection = (message: string): readonly Contradiction[] => {
    const path = ['api', 'trusted_proxies'];
    return [{ code: 'CONFIG_INVALID', path, message: `${path.join('.')} ${message}` }];
  };
  if (trusted_proxies.length === 0) return [];
  const everybody = trusted_proxies.find((range) => /\/0+$/.test(range));
  if (everybody !== undefined) {
    return objection(`names everybody with ${everybody}: whoever comes could write any address`);
  }
  if (auth.mode === 'required') return [];
  return objection(
    'has no use while api.auth.mode is loopback: what comes through a proxy is refused. Set ' +
      'api.auth.mode: required, or take the proxies out',
  );
}

/** Whoever is on the way would read the key. */
function endpointKeysSafe(config: Config): readonly Contradiction[] {
  return (['stt', 'llm', 'tts'] as const).flatMap((section) => {
    const { base_url, api_key } = config[section];
    if (base_url === null || api_key === null) return [];
    const { protocol, hostname } = new URL(base_url);
    if (protocol === 'https:' || isLoopbackHost(hostname)) return [];
    const message =
      `${section}.api_key would be sent in clear to another machine: ${section}.base_url must ` +
      'begin with https://, lead through a tunnel on this machine, or do without a key';
    return [{ code: 'CONFIG_INVALID' as const, path: [section, 'base_url'], message }];
  });
}

function inOrder({ session, providers }: Config): readonly Contradiction[] {
  const { session_max_ms, roll_over_before_ms } = providers.openai_realtime;
  const pairs = [
    {
      low: ['session', 'reconnect_delay_min_ms'],
      high: ['session', 'reconnect_delay_max_ms'],
      isRight: session.reconnect_delay_min_ms <= session.reconnect_delay_max_ms,
    },
    {
      low: ['providers', 'openai_realtime', 'roll_over_before_ms'],
      high: ['providers', 'openai_realtime', 'session_max_ms'],
      isRight: roll_over_before_ms < session_max_ms,
    },
  ];
  return pairs
    .filter(({ isRight }) => !isRight)
    .map(({ low, high }) => {
      const message = `${low.join('.')} must be below ${high.join('.')}`;
      return { code: 'CONFIG_INVALID', path: low, message };
    });
}
