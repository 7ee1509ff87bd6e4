import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { loadConfig } from '../../../../src/app/config/load-config.ts';
import { renderEffective, renderExample } from '../../../../src/app/config/render-config.ts';
import { settings } from '../../../../src/app/config/settings.ts';
import { installationRoot } from '../../../../src/app/installation.ts';

const example = join(installationRoot, 'deploy', 'config.example.yaml');

t.test('deploy/config.example.yaml is what the schema renders to', async (t) => {
  t.equal(
    readFileSync(example, 'utf8'),
    renderExample(),
    'npx visavis config example > deploy/config.example.yaml',
  );
});

t.test('the example loads, and equals the defaults', async (t) => {
  t.same(loadConfig({ file: example, environment: {} }).config, loadConfig({ environment: {} }).config);
  const values = parse(readFileSync(example, 'utf8')) as Record<string, Record<string, unknown>>;
  for (const { section, key } of settings)
    t.ok(Object.hasOwn(values[section] ?? {}, key), `${section}.${key}`);
});

t.test('what is in force is YAML again, with origins and without secrets', async (t) => {
  const environment = {
    VISAVIS__TLS__CERTIFICATE: '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----',
    VISAVIS__TLS__KEY: 'top-secret-key',
    VISAVIS__TLS__PASSPHRASE: 'top-secret-passphrase',
    VISAVIS__SERVER__HTTP_PORT: '81',
  };
  const text = renderEffective(loadConfig({ environment }));
  t.notMatch(text, /top-secret/);
  const values = parse(text) as { tls: Record<string, string>; server: { httpPort: number } };
  t.equal(values.tls.key, '[redacted]');
  t.equal(values.tls.certificate, environment.VISAVIS__TLS__CERTIFICATE);
  t.equal(values.server.httpPort, 81);
  t.match(text, 'httpPort: 81 # VISAVIS__SERVER__HTTP_PORT');
});

t.test('a secret that is not set is shown as not set', async (t) => {
  t.match(renderEffective(loadConfig({ environment: {} })), 'key: ""');
});
