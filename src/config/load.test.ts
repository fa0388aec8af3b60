// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax of our files
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig, loadConfig, localPath } from './load.ts';
import { configError } from './problem.ts';
import { complaints, load, loaded, readerOf } from './testing/written-files.ts';

const key = { OPENAI_API_KEY: 'sk-test' };

test('without any file everything has its default and a persona answers', () => {
  const { config, warnings } = loaded({});
  assert.deepEqual(config, defaultConfig());
  assert.deepEqual(warnings, []);
  assert.equal(config.default_provider, 'local');
  assert.ok(config.personas[config.default_persona]);
});

test('[V6] flag over environment over local file over file over default', () => {
  const layers = {
    main: 'default_provider: openai_realtime\nproviders: { openai_realtime: { model: from-file } }',
    local: 'providers: { openai_realtime: { model: from-local } }',
    environment: { ...key, OPENAI_REALTIME_MODEL: 'from-environment' },
    flags: [{ name: '--model', key: 'providers.openai_realtime.model', value: 'from-flag' }],
  };
  const model = (written: Parameters<typeof loaded>[0]): string =>
    loaded(written).config.providers.openai_realtime.model;
  assert.equal(model(layers), 'from-flag');
  assert.equal(model({ ...layers, flags: [] }), 'from-environment');
  assert.equal(model({ ...layers, flags: [], environment: key }), 'from-local');
  assert.equal(model({ main: layers.main, environment: key }), 'from-file');
  assert.equal(model({}), 'gpt-realtime-2.1');
});

test('[V6] OFFHOOK_PROVIDER counts before AI_PROVIDER, and both before the files', () => {
  const main = 'default_provider: local';
  const of = (environment: Record<string, string>) =>
    loaded({ main, environment: { ...key, ...environment } }).config.default_provider;
  assert.equal(of({ AI_PROVIDER: 'openai' }), 'openai_realtime');
  assert.equal(of({ OFFHOOK_PROVIDER: 'local', AI_PROVIDER: 'openai_realtime' }), 'local');
  assert.equal(of({ OFFHOOK_PROVIDER: '', AI_PROVIDER: 'openai_realtime' }), 'openai_realtime');
  assert.equal(of({}), 'local');
});

test('layers are joined key by key; a list takes the place of the one below it', () => {
  const { config } = loaded({
    main: 'audiosocket: { port: 9000, allow: ["192.0.2.1"] }\nsession: { calls_max: 7 }',
    local: 'audiosocket: { format: ulaw, allow: ["192.0.2.2", "2001:db8::/32"] }',
  });
  assert.equal(config.audiosocket.port, 9000);
  assert.equal(config.audiosocket.format, 'ulaw');
  assert.deepEqual(config.audiosocket.allow, ['192.0.2.2', '2001:db8::/32']);
  assert.equal(config.session.calls_max, 7);
});

test('a section whose keys are all commented out is an empty one', () => {
  const { config } = loaded({ main: 'audiosocket:\n  # port: 1\nsession:\n' });
  assert.equal(config.audiosocket.port, 9092);
});

test('[V6] an unknown key is refused with file, line, column and the nearest right name', () => {
  const main =
    'default_provider: local\naudiosocket:\n  formt: slin\n  prot: 1\ndefault_personna: x\n';
  assert.deepEqual(complaints({ main }), [
    'CONFIG_UNKNOWN_KEY ai-agent.yaml:3:3: there is no key "audiosocket.formt"; did you mean ' +
      '"audiosocket.format"?',
    'CONFIG_UNKNOWN_KEY ai-agent.yaml:4:3: there is no key "audiosocket.prot"; did you mean ' +
      '"audiosocket.port"?',
    'CONFIG_UNKNOWN_KEY ai-agent.yaml:5:1: there is no key "default_personna"; did you mean ' +
      '"default_persona"?',
  ]);
});

test('an unknown key in the local file, in a persona and far from any right one is refused', () => {
  assert.match(
    complaints({ local: 'vad: { gat: off }' }).join(),
    /ai-agent\.local\.yaml:1:8: .*gate"/,
  );
  assert.match(
    complaints({ main: 'personas: { assistant: { voise: ash } }' }).join(),
    /1:26: there is no key "personas\.assistant\.voise"; did you mean "personas\.assistant\.voice"/,
  );
  assert.match(
    complaints({ main: 'turn: { xyzzy: 1 }' }).join(),
    /xyzzy"; here there are authority$/,
  );
});

test('every problem is told at once, whatever its kind', () => {
  const main = `
audiosocket: { port: 70000, format: gsm, allow: [localhost] }
vad: { webrtc_aggressiveness: 4, confidence_threshold: high }
session: { calls_max: 1.5 }
personas: { "a b": { instructions: x }, bare: { greeting: Hi } }
gate: 250
nonsense: 1
`;
  assert.deepEqual(complaints({ main }), [
    'CONFIG_INVALID ai-agent.yaml:2:22: audiosocket.port must be at most 65535, not 70000',
    'CONFIG_INVALID ai-agent.yaml:2:37: audiosocket.format must be one of slin, slin16, slin24, ' +
      'slin48, ulaw, alaw, not "gsm"',
    'CONFIG_INVALID ai-agent.yaml:2:50: audiosocket.allow.0 must be an address or CIDR, such as ' +
      '192.0.2.7',
    'CONFIG_INVALID ai-agent.yaml:3:31: vad.webrtc_aggressiveness must be one of 0, 1, 2, 3, not 4',
    'CONFIG_INVALID ai-agent.yaml:3:56: vad.confidence_threshold must be a number, not "high"',
    'CONFIG_INVALID ai-agent.yaml:4:23: session.calls_max must be a whole number, not 1.5',
    'CONFIG_INVALID ai-agent.yaml:5:13: personas.a b: letters, digits, _ and -, at most 64',
    'CONFIG_INVALID ai-agent.yaml:5:41: personas.bare.instructions is missing',
    'CONFIG_INVALID ai-agent.yaml:6:7: gate must be a section with keys of its own, not 250',
    'CONFIG_UNKNOWN_KEY ai-agent.yaml:7:1: there is no key "nonsense"',
  ]);
});

test('[V6] an unknown provider fails closed and names the choices', () => {
  assert.deepEqual(complaints({ main: 'default_provider: deepgrm' }), [
    'PROVIDER_UNKNOWN ai-agent.yaml:1:19: default_provider must be one of local, ' +
      'openai_realtime, openai, not "deepgrm"',
  ]);
  assert.match(
    complaints({ environment: { AI_PROVIDER: 'gemini' } }).join(),
    /^PROVIDER_UNKNOWN environment variable AI_PROVIDER: .* not "gemini"$/,
  );
  const main = 'personas:\n  assistant:\n    provider: nobody\n';
  assert.match(complaints({ main }).join(), /^PROVIDER_UNKNOWN ai-agent\.yaml:3:15: /);
});

test('[V6] openai_realtime without a key fails closed wherever it is chosen', () => {
  const message = /openai_realtime, which has no API key: set OPENAI_API_KEY .* No other provider/;
  const main = 'default_provider: openai_realtime\npersonas: { assistant: { provider: openai } }\n';
  const told = complaints({ main });
  assert.equal(told.length, 2);
  for (const line of told) assert.match(line, message);
  assert.match(told[0] ?? '', /^CONFIG_INVALID ai-agent\.yaml:1:19: default_provider is/);
  assert.deepEqual(complaints({ main, environment: key }), []);
});

test('a Realtime server on this machine needs no key', () => {
  const main =
    'default_provider: openai\nproviders: { openai_realtime: { base_url: "ws://127.0.0.1/" } }';
  assert.deepEqual(complaints({ main }), []);
});

test('[A3] a default persona that there is not is refused, and the choices are named', () => {
  const written = {
    main: 'personas: { waiter: { instructions: Serve. } }',
    environment: { DEFAULT_PERSONA: 'cfo' },
  };
  assert.deepEqual(complaints(written), [
    'CONFIG_INVALID environment variable DEFAULT_PERSONA: default_persona: there is no persona ' +
      '"cfo", only assistant, waiter',
  ]);
  const { config } = loaded({ ...written, environment: { DEFAULT_PERSONA: 'waiter' } });
  assert.equal(config.default_persona, 'waiter');
});

test('the shipped assistant can be changed key by key', () => {
  const { config } = loaded({ main: 'personas: { assistant: { voice: cedar } }' });
  const { assistant } = config.personas;
  assert.equal(assistant?.voice, 'cedar');
  assert.match(assistant?.instructions ?? '', /answer the telephone/);
});

test('[A3] PORT is the port of HTTP', () => {
  const of = (environment: Record<string, string>) => loaded({ environment }).config.api;
  assert.equal(of({ PORT: '9000' }).port, 9000);
  assert.match(
    complaints({ environment: { PORT: 'http' } }).join(),
    /environment variable PORT: api\.port must be a whole number, not "http"/,
  );
});

test('a secret is read from a mounted file, without its line end', () => {
  const { config } = loaded({
    environment: { OPENAI_API_KEY_FILE: '/run/secrets/openai' },
    files: { '/run/secrets/openai': 'sk-from-file\n' },
  });
  assert.equal(config.providers.openai_realtime.api_key, 'sk-from-file');
});

test('a secret file that is not there, empty or one of two answers is refused', () => {
  const of = (environment: Record<string, string>, files: Record<string, string> = {}) =>
    complaints({ environment, files }).join();
  const file = { OPENAI_API_KEY_FILE: '/s' };
  assert.match(of(file), /environment variable OPENAI_API_KEY_FILE: there is no file \/s/);
  assert.match(of(file, { '/s': ' \n' }), /is empty/);
  assert.match(of({ ...file, ...key }, { '/s': 'x' }), /OPENAI_API_KEY is set too/);
});

test('[V14] no problem repeats a secret, whatever is wrong with it', () => {
  const canary = 'sk-canary-4711';
  const told = [
    ...complaints({ main: `providers: { openai_realtime: { api_key: [${canary}] } }` }),
    ...complaints({ main: `api: { metrics_token: { ${canary}: 1 } }` }),
    ...complaints({
      main: 'audiosocket: { format: "${MY_API_KEY}" }',
      environment: { MY_API_KEY: canary },
    }),
    ...complaints({
      main: 'default_provider: openai\nx: 1',
      environment: { OPENAI_API_KEY: canary },
    }),
  ];
  assert.equal(told.length, 4);
  for (const line of told) assert.ok(!line.includes(canary), line);
});

test('[O3] a listener beyond this machine stops the start, and its cure and place are told', () => {
  assert.match(
    complaints({ main: 'audiosocket:\n  host: 0.0.0.0\n' }).join(),
    /^LISTEN_UNSAFE ai-agent\.yaml:2:9: audiosocket\.host is 0\.0\.0\.0.*audiosocket\.allow/,
  );
  assert.match(complaints({ main: 'api: { host: "::" }' }).join(), /^LISTEN_UNSAFE .*127\.0\.0\.1/);
});

test('[O3] an issuer whose tokens anybody could make stops the start', () => {
  const named = (keys: string, store = 'auto') =>
    complaints({
      main:
        `store: ${store}\napi: { auth: { mode: required, issuers: { a: { issuer: i, ` +
        `audience: a${keys} } } } }`,
    }).join();
  assert.match(named(''), /issuers\.a must have one of jwks_url and secret/);
  assert.match(
    named(`, jwks_url: "https://x.test", secret: ${'s'.repeat(32)}`),
    /must have one of/,
  );
  assert.match(named(', secret: guess'), /fewer than 32 characters/);
  assert.match(named(', jwks_url: "http://x.test/keys"'), /begins with https:/);
  assert.match(named(', jwks_url: "https://x.test", algorithms: [HS256]'), /CONFIG_INVALID/);
  for (const url of ['https://x.test/keys', 'http://127.0.0.1:9/keys']) {
    assert.equal(named(`, jwks_url: "${url}"`, 'none'), '');
  }
  const closed = complaints({ main: 'store: none\napi: { auth: { mode: required } }' }).join();
  assert.match(closed, /nobody could come in/);
});

test('[O3] whom to believe of a proxy is said by name, and only where it counts', () => {
  const named = (proxies: string, mode = 'required') =>
    complaints({
      main: `api: { auth: { mode: ${mode} }, trusted_proxies: ${proxies} }`,
    }).join();
  assert.deepEqual(defaultConfig().api.trusted_proxies, []);
  assert.equal(named('[192.0.2.7, "2001:db8::/32"]'), '');
  for (const everybody of ['0.0.0.0/0', '::/0', '0.0.0.0/00']) {
    assert.match(named(`[192.0.2.7, "${everybody}"]`), /trusted_proxies names everybody/);
  }
  for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.1:80']) {
    assert.match(named(`["${wrong}"]`), /an address or CIDR, such as 192\.0\.2\.7/);
  }
  assert.match(named('[192.0.2.7]', 'loopback'), /no use while api\.auth\.mode is loopback/);
});

test('a key that does nothing where the others stand as they do is told of', () => {
  const told = (main: string) => loaded({ main }).warnings.map(({ message }) => message);
  const openai = 'providers: { openai_realtime: { turn_detection: { type:';
  assert.match(told('tts: { model: kokoro }').join(), /"tts\.model" has no effect: tts\.base_url/);
  assert.match(told(`${openai} semantic_vad, threshold: 0.7 } } }`).join(), /is semantic_vad/);
  assert.match(told(`${openai} server_vad, eagerness: low } } }`).join(), /is server_vad/);
  assert.match(told('gate: { tailMs: 100 }').join(), /vad\.gate is off/);
  assert.match(told('telemetry: { content: true }').join(), /nothing is traced/);
  assert.deepEqual(told('tts: { model: kokoro, base_url: "http://127.0.0.1:1/v1" }'), []);
  assert.deepEqual(told('vad: { gate: local }\ngate: { tailMs: 100 }'), []);
  assert.deepEqual(told('mail: { host: null }\ntts:\n'), []);
  const environment = { OTEL_SERVICE_NAME: 'voice' };
  assert.deepEqual(loaded({ environment }).warnings, [], 'others may read the variable');
});

test('[A5] a limit of cost that could never be reached is refused', () => {
  const main = 'default_provider: openai\nsession: { cost_max_usd: 2 }';
  assert.match(complaints({ main, environment: key }).join(), /2:26: session\.cost_max_usd could/);
  const prices =
    '{ input_text: 4, cached_text: 1, output_text: 16, input_audio: 32, cached_audio: 1, ' +
    'output_audio: 64 }';
  const priced =
    `${main}\nproviders: { openai_realtime: { prices_usd_per_million: ` +
    `{ gpt-realtime-2.1: ${prices} } } }`;
  assert.deepEqual(complaints({ main: priced, environment: key }), []);
  assert.deepEqual(complaints({ main: 'session: { cost_max_usd: 2 }' }), []);
});

test('values that are wrong together are refused', () => {
  assert.match(
    complaints({ main: 'session: { reconnect_delay_min_ms: 5000 }' }).join(),
    /1:36: session\.reconnect_delay_min_ms must be below session\.reconnect_delay_max_ms/,
  );
  assert.match(
    complaints({ main: 'providers: { openai_realtime: { session_max_ms: 60000 } }' }).join(),
    /roll_over_before_ms must be below/,
  );
});

test('a base_url that is no WebSocket or holds a password is refused', () => {
  const of = (url: string) =>
    complaints({ main: `providers: { openai_realtime: { base_url: "${url}" } }` }).join();
  assert.match(
    of('https://api.openai.com/v1'),
    /must be a URL that begins with wss:\/\/ or ws:\/\//,
  );
  assert.match(of('wss://me:pw@example.com'), /without a user name or password/);
  assert.match(of('wss://me:p:@w@example.com'), /not "wss:\/\/\*\*\*@example\.com"$/);
  assert.match(of('nonsense'), /wss:\/\//);
});

test('the configuration cannot be changed, at any depth', () => {
  const { config } = loaded({ main: 'audiosocket: { allow: ["192.0.2.1"] }' });
  const values: unknown[] = [config];
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue;
    assert.ok(Object.isFrozen(value));
    values.push(...Object.values(value));
  }
});

test('a file that somebody named must be there, and must be readable', () => {
  const request = { path: 'x.yaml', isRequired: true, environment: {} };
  const absent = loadConfig({ ...request, readFile: readerOf({}) });
  assert.ok(!absent.isValid);
  assert.equal(configError(absent.problems).message, 'x.yaml:1:1: there is no such file');
  const readFile = () => ({ is: 'unreadable', reason: 'EACCES' }) as const;
  const unreadable = loadConfig({ ...request, isRequired: false, readFile });
  assert.ok(!unreadable.isValid);
  assert.match(configError(unreadable.problems).message, /cannot read it: EACCES/);
});

test('the error of all problems bears the code of the first', () => {
  const result = load({ main: 'x: 1\ndefault_provider: y' });
  assert.ok(!result.isValid);
  const error = configError(result.problems);
  assert.equal(error.code, 'CONFIG_UNKNOWN_KEY');
  assert.equal(error.message.split('\n').length, 2);
});

test('the local file lies beside the main one under its name', () => {
  assert.equal(localPath('config/ai-agent.yaml'), 'config/ai-agent.local.yaml');
  assert.equal(localPath('/etc/offhook.yml'), '/etc/offhook.local.yml');
  assert.equal(localPath('./a.b/conf'), './a.b/conf.local');
});
