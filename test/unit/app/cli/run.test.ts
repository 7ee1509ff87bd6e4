import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { run } from '../../../../src/app/cli/run.ts';
import { version } from '../../../../src/app/installation.ts';
import { TokenService } from '../../../../src/signaling/tokens/token-service.ts';
import { ApiKeyStore } from '../../../../src/store/api-key-store.ts';
import { openDataDirectory } from '../../../../src/store/data-directory.ts';
import { Database } from '../../../../src/store/database.ts';
import { InviteStore } from '../../../../src/store/invite-store.ts';
import { RevocationStore } from '../../../../src/store/revocation-store.ts';
import { loadSigningKey } from '../../../../src/store/signing-key.ts';

interface Said {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line on an installation of its own. */
function commandLine(t: Test) {
  const dataDirectory = join(t.testdir(), 'data');
  const visavis = async (line: string, environment: Record<string, string> = {}): Promise<Said> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const code = await run({
      args: line.split(' ').filter((word) => word !== ''),
      environment: { VISAVIS__DATA__DIRECTORY: dataDirectory, ...environment },
      stdout,
      stderr,
    });
    return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
  };
  const withDatabase = <Result>(work: (database: Database) => Result): Result => {
    const database = new Database(openDataDirectory(dataDirectory).databaseFile);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return { dataDirectory, visavis, withDatabase };
}

t.test('help names every command, and version the version', async (t) => {
  const { visavis, dataDirectory } = commandLine(t);
  const { code, stdout } = await visavis('--help');
  t.equal(code, 0);
  for (const command of ['start', 'invite', 'token', 'apikey', 'config check|print|example']) {
    t.match(stdout, `visavis ${command}`);
  }
  t.same(await visavis('--version'), { code: 0, stdout: `${version}\n`, stderr: '' });
  t.match(await visavis('token --help'), { code: 0, stdout: /--grants/ });
  t.notOk(existsSync(dataDirectory), 'looking makes nothing');
});

t.test('a command line that is wrong says how it is meant', async (t) => {
  const { visavis } = commandLine(t);
  const cases: readonly [line: string, stderr: RegExp][] = [
    ['', /no command given\nusage: visavis --help/],
    ['tokn', /did you mean token\?/],
    ['constructor', /unknown command/],
    ['start now', /start takes no now/],
    ['start --port 1', /--port/],
    ['config', /one of check, print, example/],
    ['config check twice', /takes no twice/],
    ['apikey', /one of create, list, revoke/],
    ['apikey create', /--name is missing/],
    ['apikey revoke', /needs the id/],
    ['token --role client', /--room is missing/],
    ['token --room a --role king', /--role must be one of consultant, client, device/],
    ['token --room a/b --role client', /--room takes/],
    ['token --room a --role client --grants fly', /--grants knows no fly/],
    ['token --room a --role client --minutes 0', /--minutes/],
    ['invite --role king', /--role is king/],
    ['invite --room -x', /--room|argument/],
  ];
  for (const [line, stderr] of cases) t.match(await visavis(line), { code: 2, stdout: '', stderr }, line);
});

t.test('config check and print', async (t) => {
  const { visavis } = commandLine(t);
  t.match(await visavis('config check'), { code: 0, stdout: /^ok: .*1 of \d+ settings differ/ });
  const broken = { VISAVIS__SERVER__HTTP_PORT: 'x', VISAVIS__LOG__LEVEL: 'loud' };
  t.match(await visavis('config check', broken), {
    code: 1,
    stdout: '',
    stderr: /httpPort[\s\S]*log\.level/,
  });
  const printed = await visavis('config print', { VISAVIS__TLS__KEY: 'S', VISAVIS__TLS__CERTIFICATE: 'C' });
  t.match(printed, { code: 0, stdout: /key: "?\[redacted\]"? # VISAVIS__TLS__KEY/ });
  const file = join(t.testdir(), 'visavis.yaml');
  writeFileSync(file, 'rooms: { first: a }');
  t.match(await visavis(`config print --config ${file}`), { stdout: `first: a # ${file}` });
});

t.test('a token grants what was asked for and nothing else, and goes to standard output alone', async (t) => {
  const { visavis, dataDirectory } = commandLine(t);
  const claimsOf = async (line: string) => {
    const said = await visavis(line);
    t.equal(said.code, 0, said.stderr);
    const database = new Database(openDataDirectory(dataDirectory).databaseFile);
    const service = new TokenService({
      signingKey: loadSigningKey(openDataDirectory(dataDirectory)),
      revocations: new RevocationStore(database),
      wallMs: Date.now,
    });
    const token = said.stdout.trim();
    t.notMatch(said.stderr, token);
    return { said, claims: await service.verify(token).finally(() => database.close()) };
  };
  const none = await claimsOf('token --room a --role client --name Li');
  t.match(none.claims, { room: 'a', role: 'client', name: 'Li', grants: undefined });
  t.match(none.said.stderr, /grants nothing/);
  const some = await claimsOf(
    'token --room a --role device --grants publish:camera,publish:instrument,data --minutes 1',
  );
  t.same(some.claims.grants, { publish: ['camera', 'instrument'], data: true });
  t.equal(some.claims.exp - some.claims.iat, 60);
  const usual = await claimsOf('token --room a --role consultant --grants role');
  t.match(usual.claims.grants, { subscribe: true, moderate: true });
});

t.test('an invite is a link whose code is in the fragment and lets one person in', async (t) => {
  const { visavis, withDatabase } = commandLine(t);
  const said = await visavis('invite --role consultant --room a --name Li', {
    VISAVIS__SERVER__PUBLIC_URL: 'https://clinic.example',
  });
  t.equal(said.code, 0);
  const [, code] = /^https:\/\/clinic\.example\/#invite=([\w-]{43})\n$/.exec(said.stdout) ?? [];
  t.ok(code, said.stdout);
  const invite = withDatabase((database) => new InviteStore(database).redeem(code!, Date.now()));
  t.same(invite, { room: 'a', role: 'consultant', displayName: 'Li' });
  t.match(await visavis('invite'), {
    code: 0,
    stdout: /^https:\/\/.*:8443\/#invite=/,
    stderr: /client into room/,
  });
});

t.test('API keys are made, listed and revoked', async (t) => {
  const { visavis, withDatabase } = commandLine(t);
  const made = await visavis('apikey create --name CRM');
  const key = made.stdout.trim();
  const keyId = withDatabase((database) => new ApiKeyStore(database).verify(key, Date.now()));
  t.ok(keyId);
  const listed = await visavis('apikey list');
  t.match(listed.stdout, `${keyId}  made`);
  t.notMatch(listed.stdout, key.slice(-43));
  t.equal((await visavis(`apikey revoke ${keyId}`)).code, 0);
  t.match(await visavis(`apikey revoke ${keyId}`), { code: 1, stderr: /no active key/ });
  t.match((await visavis('apikey list')).stdout, 'revoked');
  t.equal(
    withDatabase((database) => new ApiKeyStore(database).verify(key, Date.now())),
    undefined,
  );
});

t.test('a data directory that others may enter stops every command, with the cure', async (t) => {
  const { visavis, dataDirectory } = commandLine(t);
  openDataDirectory(dataDirectory);
  chmodSync(dataDirectory, 0o755);
  for (const line of ['start', 'apikey list', 'invite', 'token --room a --role client']) {
    const said = await visavis(line);
    t.match(said, { code: 1, stdout: '', stderr: `cure: chmod 700 ${dataDirectory}` }, line);
  }
});
