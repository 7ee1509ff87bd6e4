import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ConfigError } from '../../../../src/app/config/config-error.ts';
import { loadConfig } from '../../../../src/app/config/load-config.ts';
import { settings } from '../../../../src/app/config/settings.ts';

type Environment = Readonly<Record<string, string>>;

function load(t: Test, yaml: string | undefined, environment: Environment = {}) {
  const file = yaml === undefined ? undefined : join(t.testdir({ 'visavis.yaml': yaml }), 'visavis.yaml');
  return loadConfig({ file, environment });
}

function problemsOf(t: Test, yaml: string | undefined, environment: Environment = {}): readonly string[] {
  try {
    load(t, yaml, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

t.test('without a file and variables everything is at its default', async (t) => {
  const { config, origins } = load(t, undefined);
  t.equal(config.server.httpsPort, 8443);
  t.same(config.server.listen, ['0.0.0.0', '::']);
  t.equal(origins.size, 0);
});

t.test('the file goes over the defaults, and the environment over the file', async (t) => {
  const { config, origins } = load(t, 'server: { httpsPort: 1000, httpPort: 1001 }', {
    VISAVIS__SERVER__HTTPS_PORT: '2000',
  });
  t.equal(config.server.httpsPort, 2000);
  t.equal(config.server.httpPort, 1001);
  t.equal(config.server.drainSeconds, 30);
  t.equal(origins.get('server.httpsPort'), 'VISAVIS__SERVER__HTTPS_PORT');
  t.match(origins.get('server.httpPort'), /visavis\.yaml$/);
});

t.test('every form of value can come from the environment', async (t) => {
  const { config } = load(t, undefined, {
    VISAVIS__MEDIA__ANNOUNCED: '203.0.113.5, 2001:db8::5',
    VISAVIS__TLS__NAMES: '',
    VISAVIS__SIGNALING__JOINS_PER_SECOND: '0.5',
    VISAVIS__LOG__LEVEL: 'debug',
    VISAVIS__ROOMS__CODECS: 'opus,vp8',
    UNRELATED: 'x',
    VISAVIS_CONFIG: 'not a setting: one underscore',
  });
  t.same(config.media.announced, ['203.0.113.5', '2001:db8::5']);
  t.same(config.tls.names, []);
  t.equal(config.signaling.joinsPerSecond, 0.5);
  t.equal(config.log.level, 'debug');
  t.same(config.rooms.codecs, ['opus', 'vp8']);
});

t.test('whatever is wrong is told at once, naming the key and what it may be', async (t) => {
  const problems = problemsOf(
    t,
    `
server: { httpsport: 1, httpPort: "8080", drainSeconds: -1, listen: [localhost], trustedProxies: [10.0.0.0/33] }
log: { level: warning }
serve: {}
tls: text
rooms: { codecs: [vp8, h265] }
`,
    { VISAVIS__MEDIA__WORKERS: 'many', VISAVIS__MEDIA__WORKER: '2' },
  );
  const wanted = [
    /^server\.httpsport is unknown .*did you mean server\.httpsPort\?/,
    /^server\.httpPort is "8080" .*must be a whole number, 0 to 65535/,
    /^server\.drainSeconds is -1 .*0 to 3600/,
    /^server\.listen is \["localhost"\] .*a list, each an IPv4 or IPv6 address/,
    /^server\.trustedProxies is \["10.0.0.0\/33"\] .*a range of them such as 10\.0\.0\.0\/8/,
    /^log\.level is "warning" .*one of fatal, error, warn, info, debug, trace/,
    /^serve is unknown .*did you mean server\?/,
    /^tls is "text" .*section/,
    /^rooms\.codecs is \["vp8","h265"\] .*opus, red, vp8, vp9, h264, av1/,
    /^media\.workers is "many" \(VISAVIS__MEDIA__WORKERS\).*whole number/,
    /^VISAVIS__MEDIA__WORKER is unknown .*did you mean VISAVIS__MEDIA__WORKERS\?/,
  ];
  t.equal(problems.length, wanted.length, problems.join('\n'));
  for (const [index, pattern] of wanted.entries()) t.match(problems[index], pattern);
});

t.test('numbers are held to their limits on both sides', async (t) => {
  for (const { path, schema, variable } of settings) {
    if (schema.minimum === undefined || schema.maximum === undefined) continue;
    const belowAndAbove = [schema.minimum - 1, schema.maximum + 1];
    for (const value of belowAndAbove) {
      t.match(problemsOf(t, undefined, { [variable]: String(value) })[0], `${path} is ${value} `);
    }
    const within = problemsOf(t, undefined, { [variable]: String(schema.maximum) });
    t.notMatch(within.join(), `${path} is ${schema.maximum} `, `${path} takes its maximum`);
  }
});

t.test('what is right alone but wrong together is told', async (t) => {
  const cases: readonly [yaml: string, problem: RegExp][] = [
    ['server: { httpPort: 9, httpsPort: 9 }', /must differ/],
    ['tls: { certificate: x }', /tls\.certificate and tls\.key belong together/],
    ['server: { listen: [] }', /server\.listen is empty/],
    ['media: { listen: [] }', /media\.listen is empty/],
    ['media: { disconnectedSeconds: 9, failedSeconds: 9 }', /must be more than media\.disconnectedSeconds/],
    ['rooms: { codecs: [vp8] }', /lacks opus/],
  ];
  for (const [yaml, problem] of cases) t.match(problemsOf(t, yaml)[0], problem);
  t.same(problemsOf(t, 'server: { httpPort: 0, httpsPort: 0 }'), []);
});

t.test('a secret can come from a file, and is never repeated', async (t) => {
  const directory = t.testdir({ cert: 'CERT\n', key: 'KEY\n', empty: '\n' });
  const at = (name: string) => join(directory, name);
  const { config } = load(t, undefined, {
    VISAVIS__TLS__KEY_FILE: at('key'),
    VISAVIS__TLS__CERTIFICATE_FILE: at('cert'),
  });
  t.equal(config.tls.key, 'KEY');
  t.equal(config.tls.certificate, 'CERT');

  t.match(
    problemsOf(t, undefined, { VISAVIS__TLS__KEY_FILE: at('empty') })[0],
    /tls\.key: the file .* is empty/,
  );
  t.match(problemsOf(t, undefined, { VISAVIS__TLS__KEY_FILE: at('none') })[0], /tls\.key: cannot read/);
  t.match(
    problemsOf(t, undefined, { VISAVIS__TLS__KEY_FILE: at('key'), VISAVIS__TLS__KEY: 'x' })[0],
    /both given/,
  );
  t.match(problemsOf(t, undefined, { VISAVIS__LOG__LEVEL_FILE: at('key') })[0], /unknown/);
  const problems = problemsOf(t, 'tls: { passphrase: 123456 }');
  t.match(problems[0], /tls\.passphrase is \(secret\)/);
  t.notMatch(problems.join(), '123456');
});

t.test('in the file a path of a secret is relative to the file', async (t) => {
  const directory = t.testdir({
    'visavis.yaml': 'tls: { certificateFile: cert, keyFile: ./key }',
    cert: 'CERT',
    key: 'KEY',
  });
  const { config } = loadConfig({ file: join(directory, 'visavis.yaml'), environment: {} });
  t.same([config.tls.certificate, config.tls.key], ['CERT', 'KEY']);
  t.match(problemsOf(t, 'tls: { keyFile: x, key: y }')[0], /both given/);
});

t.test('a file that is missing, broken or no map is told', async (t) => {
  t.throws(() => loadConfig({ file: '/nowhere/visavis.yaml', environment: {} }), /cannot read \/nowhere/);
  t.match(problemsOf(t, 'server: {')[0], /visavis\.yaml/);
  t.match(problemsOf(t, 'server: { httpPort: 1, httpPort: 2 }')[0], /unique/);
  t.match(problemsOf(t, '- a\n- b')[0], /must hold sections/);
  t.same(problemsOf(t, ''), [], 'an empty file is no mistake');
  t.same(problemsOf(t, 'server:\n'), [], 'nor an empty section');
});

t.test('the configuration cannot be changed after it was loaded', async (t) => {
  const { config } = load(t, undefined);
  const writable = config as unknown as { server: { httpPort: number; listen: string[] } };
  t.throws(() => {
    writable.server.httpPort = 1;
  }, TypeError);
  t.throws(() => writable.server.listen.push('x'), TypeError);
});
