/** Holds the floors of the design by reading the sources: who may import whom, and what the pure floors may touch. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';

const floorOf: Readonly<Record<string, number>> = {
  base: 0,
  rtp: 1,
  crypto: 1,
  sfu: 2,
  transport: 3,
  media: 3,
  store: 3,
  signaling: 4,
  recording: 4,
  watermark: 4,
  app: 5,
};
const pureUpTo = 2;
const maxLines = 350;

/** Dangerous or heavy dependencies and the only place each may be imported from. */
const soleImporter: Readonly<Record<string, string>> = {
  werift: 'src/transport/',
  'better-sqlite3': 'src/store/',
  'node-forge': 'src/store/pki.ts',
  'node-av': 'src/media/',
  'fluent-ffmpeg': 'src/media/',
  'ffmpeg-static': 'src/media/',
};

/** Globals that would give the pure floors a clock, chance, a thread of their own or the outside world. */
const impure =
  /(?<![.\w])(?:Date\b|performance\.|setTimeout\b|setInterval\b|setImmediate\b|queueMicrotask\b|Math\.random\b|process\.|Promise\b|console\.|fetch\(|globalThis\b|async\b|await\b|crypto\.(?:getRandomValues|randomUUID|subtle)\b)/g;

/** `file: rule` that is broken on purpose for now. Entries are only ever removed. */
const allowed: readonly string[] = [];

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = globSync('src/**/*.ts').map(read);

function read(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const found = withoutComments(text).matchAll(
    /(?:^|[;\n])\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g,
  );
  return { path, text, imports: [...found].map((match) => match[1] ?? match[2]!) };
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
}

function withoutCommentsAndStrings(text: string): string {
  return withoutComments(text).replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.)*`/g, "''");
}

/** The folder right under src, or undefined for what lies beside the floors. */
function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** The leaf of the SFU a file lies in; leaves do not know each other. */
function leafOf(path: string): string | undefined {
  return /^src\/sfu\/(stream|forward|congestion|audio|repair)\//.exec(path)?.[1];
}

function resolved(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** What is wrong with one import, or undefined. */
function faultOf(path: string, specifier: string): string | undefined {
  const folder = folderOf(path)!;
  const floor = floorOf[folder]!;
  if (specifier.startsWith('.')) {
    const target = resolved(path, specifier);
    const other = folderOf(target);
    if (other === undefined) return `imports ${target}, outside the floors`;
    const otherFloor = floorOf[other]!;
    if (other !== folder && otherFloor >= floor) {
      return `(floor ${floor}) imports ${target} (floor ${otherFloor})`;
    }
    const leaf = leafOf(path);
    const otherLeaf = leafOf(target);
    if (leaf !== undefined && otherLeaf !== undefined && leaf !== otherLeaf) {
      return `is a leaf of the SFU and imports another, ${target}`;
    }
    return undefined;
  }
  if (specifier.startsWith('node:')) {
    if (floor > pureUpTo || (folder === 'crypto' && specifier === 'node:crypto')) return undefined;
    return `(floor ${floor}, pure) imports ${specifier}`;
  }
  if (floor <= pureUpTo) return `(floor ${floor}, pure) imports the package ${specifier}`;
  const home = soleImporter[packageOf(specifier)];
  if (home !== undefined && !path.startsWith(home)) return `imports ${specifier}, which belongs to ${home}`;
  return undefined;
}

function lineFaults(path: string, text: string): string[] {
  if (floorOf[folderOf(path)!]! > pureUpTo) return [];
  return [...withoutCommentsAndStrings(text).matchAll(impure)].map(
    ([word]) => `uses ${word}, on a pure floor`,
  );
}

/** The first cycle of relative imports found from `start`, as a path of files. */
function cycleFrom(start: string, graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const trail: string[] = [];
  const done = new Set<string>();
  const visit = (path: string): string[] | undefined => {
    const at = trail.indexOf(path);
    if (at >= 0) return [...trail.slice(at), path];
    if (done.has(path)) return undefined;
    trail.push(path);
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    trail.pop();
    done.add(path);
    return undefined;
  };
  return visit(start);
}

t.test('every file lies on a floor', async (t) => {
  t.ok(sources.length > 0);
  for (const { path } of sources) t.ok(floorOf[folderOf(path) ?? ''] !== undefined, path);
});

t.test('imports go down only, and the pure floors import and touch nothing outside', async (t) => {
  const faults = new Set<string>();
  for (const { path, text, imports } of sources) {
    for (const specifier of imports) {
      const fault = faultOf(path, specifier);
      if (fault !== undefined) faults.add(`${path}: ${fault}`);
    }
    for (const fault of lineFaults(path, text)) faults.add(`${path}: ${fault}`);
  }
  t.same([...faults].filter((fault) => !allowed.includes(fault)).sort(), []);
  t.same(
    allowed.filter((entry) => !faults.has(entry)),
    [],
    'an entry of the allow-list that is no longer needed is removed',
  );
});

t.test('no cycles', async (t) => {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter((specifier) => specifier.startsWith('.')).map((specifier) => resolved(path, specifier)),
    ]),
  );
  const cycles = new Set(sources.map(({ path }) => cycleFrom(path, graph)?.join(' -> ')));
  cycles.delete(undefined);
  t.same([...cycles], []);
});

t.test(`no file is longer than ${maxLines} lines`, async (t) => {
  const long = globSync(['{src,bench,test,scripts}/**/*.{ts,mjs}', 'web/**/*.{ts,tsx}'], {
    exclude: ['**/node_modules/**', 'web/dist/**'],
  })
    .map((path) => ({ path, lines: readFileSync(path, 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > maxLines);
  t.same(long, []);
});

t.test('the rules see what they are there for', async (t) => {
  const faulty: readonly [path: string, specifier: string][] = [
    ['src/base/units.ts', '../rtp/rtp-packet.ts'],
    ['src/rtp/rtx.ts', '../crypto/srtp.ts'],
    ['src/sfu/router.ts', 'node:timers'],
    ['src/sfu/router.ts', 'fast-check'],
    ['src/sfu/stream/nack.ts', '../forward/layers.ts'],
    ['src/sfu/repair/copies.ts', '../stream/ring.ts'],
    ['src/rtp/rtx.ts', 'node:crypto'],
    ['src/signaling/room.ts', '../recording/recorder.ts'],
    ['src/app/server.ts', 'werift'],
    ['src/signaling/room.ts', 'better-sqlite3'],
    ['src/store/database.ts', 'node-forge'],
    ['src/app/server.ts', '../../test/helpers/x.ts'],
  ];
  for (const [path, specifier] of faulty) t.type(faultOf(path, specifier), 'string', `${path} ${specifier}`);
  const sound: readonly [path: string, specifier: string][] = [
    ['src/sfu/router.ts', './stream/nack.ts'],
    ['src/sfu/router.ts', '../rtp/rtp-packet.ts'],
    ['src/crypto/srtp.ts', 'node:crypto'],
    ['src/transport/dtls.ts', 'werift'],
    ['src/store/pki.ts', 'node-forge'],
    ['src/app/server.ts', '../signaling/signaling.ts'],
  ];
  for (const [path, specifier] of sound) t.equal(faultOf(path, specifier), undefined, `${path} ${specifier}`);
  t.equal(lineFaults('src/sfu/router.ts', 'const a = Date.now(); // await').length, 1);
  t.same(lineFaults('src/sfu/router.ts', "/** Date.now */ const a = 'await'; // process"), []);
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['a']],
    ['d', ['a']],
  ]);
  t.same(cycleFrom('d', graph), ['a', 'b', 'c', 'a']);
  t.equal(cycleFrom('x', graph), undefined);
});
