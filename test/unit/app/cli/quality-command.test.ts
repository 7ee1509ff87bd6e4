import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { run } from '../../../../src/app/cli/run.ts';
import type { QualitySample } from '../../../../src/signaling/quality/quality-sample.ts';
import { openDataDirectory } from '../../../../src/store/data-directory.ts';
import { Database } from '../../../../src/store/database.ts';
import { QualityStore } from '../../../../src/store/quality-store.ts';

const sample: QualitySample = {
  participantId: 'p1',
  role: 'client',
  seconds: 10,
  connected: true,
  rttSeconds: 0.08,
  down: { bitsPerSecond: 402_000, estimateBitsPerSecond: 420_000, lossRatio: 0 },
  up: { bitsPerSecond: 812_000 },
  published: [
    {
      source: 'camera',
      kind: 'video',
      muted: false,
      bitsPerSecond: 790_000,
      width: 640,
      height: 360,
      packets: 998,
      packetsLost: 310,
      packetsUnrepaired: 2,
      jitterSeconds: 0.01,
      keyFrameRequests: 0,
    },
  ],
  watched: [],
};

function installation(t: Test) {
  const dataDirectory = join(t.testdir(), 'data');
  const database = new Database(openDataDirectory(dataDirectory).databaseFile);
  t.teardown(() => database.close());
  const store = new QualityStore(database, { keptMs: 86_400_000, maxBytes: 1e6 });
  const visavis = async (args: string[], environment: Record<string, string> = {}) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const code = await run({
      args,
      environment: { VISAVIS__DATA__DIRECTORY: dataDirectory, ...environment },
      stdout,
      stderr,
    });
    return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
  };
  return { store, visavis };
}

t.test('the minute asked about is told with its figures, its neighbours in a line each', async (t) => {
  const { store, visavis } = installation(t);
  const atMs = Math.floor((Date.now() - 3_600_000) / 60_000) * 60_000;
  const kept = (offsetSeconds: number, change: Partial<QualitySample> = {}) => ({
    consultationId: 'c1',
    room: 'consultation',
    participantId: 'p1',
    atMs: atMs + offsetSeconds * 1000,
    sample: JSON.stringify({ ...sample, ...change }),
  });
  store.append([kept(30), kept(90, { published: [] })]);
  const at = new Date(atMs).toISOString();
  const said = await visavis(['quality', 'consultation', '--at', at]);
  t.equal(said.code, 0);
  t.match(said.stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d {2}2 minutes: 2 good, 0 fair, 0 poor\n/);
  t.match(said.stdout, / {2}good {2}Loss on the uplink of the client 31 %, repaired to 0.2 %\.\n/);
  t.match(
    said.stdout,
    /the client: up 812 kbit\/s, down 402 kbit\/s, estimate 420 kbit\/s, loss down 0.0 %, rtt 80 ms\n/,
  );
  t.match(said.stdout, /> camera 640x360, 790 kbit\/s, 998 packets, 310 lost, 2 unrepaired\n/);
  t.match(said.stdout, /Nothing wrong was measured/);
  t.equal(said.stdout.match(/the client: up/g)?.length, 1, 'figures of the one minute only');
  const zh = await visavis(['quality', 'consultation', '--at', at], { LANG: 'zh_CN.UTF-8' });
  t.match(zh.stdout, /良好 +顾客上行丢包 31 %，修复后剩余 0.2 %。/);
});

t.test('without a time only what was not good is told', async (t) => {
  const { store, visavis } = installation(t);
  const row = { consultationId: 'c1', room: 'consultation', participantId: 'p1' };
  store.append([
    { ...row, atMs: Date.now() - 600_000, sample: JSON.stringify(sample) },
    { ...row, atMs: Date.now() - 300_000, sample: JSON.stringify({ ...sample, connected: false }) },
  ]);
  const { stdout } = await visavis(['quality', 'consultation', '--language', 'en']);
  t.match(stdout, /2 minutes: 1 good, 0 fair, 1 poor\n/);
  t.equal(stdout.match(/Loss on the uplink/g)?.length, 1);
  t.match(stdout, /poor +The connection of the client was broken/);
});

t.test('a room of which nothing was kept, and a line that is wrong', async (t) => {
  const { visavis } = installation(t);
  t.match(await visavis(['quality', 'nowhere']), { code: 1, stdout: /nothing was kept/ });
  t.match(await visavis(['quality']), { code: 2, stderr: /name of one room/ });
  t.match(await visavis(['quality', 'a', '--at', 'lunch']), { code: 2, stderr: /10:14/ });
  t.match(await visavis(['quality', 'a', '--language', 'fr']), { code: 2, stderr: /en or zh/ });
});
