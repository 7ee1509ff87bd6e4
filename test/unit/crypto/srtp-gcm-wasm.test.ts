import { readFileSync } from 'node:fs';
import t from 'tap';
import { compile, GENERATED } from '../../../scripts/build-wasm.ts';

t.test('src/crypto/srtp-gcm.wasm.ts is what assembly/srtp-gcm.ts compiles to', async (t) => {
  t.equal(await compile(), readFileSync(GENERATED, 'utf8'), 'run node scripts/build-wasm.ts');
});
