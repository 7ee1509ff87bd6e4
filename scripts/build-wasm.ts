/**
 * Compiles assembly/srtp-gcm.ts to src/crypto/srtp-gcm.wasm.ts: `node scripts/build-wasm.ts`. The same source and
 * compiler give the same bytes, which a test checks.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const ROOT = join(import.meta.dirname, '..');
const SOURCE = 'assembly/srtp-gcm.ts';
export const GENERATED = join(ROOT, 'src/crypto/srtp-gcm.wasm.ts');
const OPTIONS = [
  '-O3',
  '--noAssert',
  '--runtime=stub',
  '--use=abort=',
  '--enable=simd',
  '--enable=relaxed-simd',
  // What the compiler itself keeps lies behind what the source lays out, and before the lanes.
  '--memoryBase=0x8100',
  '--initialMemory=1',
];
const LINE_CHARACTERS = 96;

/** The text of the generated file. */
export async function compile(): Promise<string> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([SOURCE, `--baseDir=${ROOT}`, '--outFile=out.wasm', ...OPTIONS], {
    writeFile: (name, contents) => {
      if (name === 'out.wasm' && typeof contents !== 'string') binary = contents;
    },
  });
  if (error !== null || binary === undefined) throw new Error(stderr.toString(), { cause: error });
  const base64 = Buffer.from(binary).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g'))!;
  return [
    `/** Generated from ${SOURCE} by scripts/build-wasm.ts. ${binary.length} bytes. */`,
    'export const SRTP_GCM_WASM =',
    ...lines.map((line, index) => `  '${line}'${index === lines.length - 1 ? ';' : ' +'}`),
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(GENERATED, await compile());
