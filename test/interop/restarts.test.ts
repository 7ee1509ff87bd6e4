/** The server, or a part of it, ends under people's feet: they come back by themselves. */
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { enterRoom, launchBrowser, type Person } from '../helpers/consultation-browser.ts';
import { isColour } from '../helpers/pictures.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import type { Colour } from '../helpers/stage-calls.ts';

const browser = await launchBrowser(t);
const red = [200, 40, 40] as const;
const blue = [40, 60, 200] as const;

async function publish(person: Person, colour: Colour): Promise<void> {
  await person.do('publishPicture', { colour, width: 320, height: 180, framesPerSecond: 10 });
}

async function sees(viewer: Person, other: string, colour: Colour, withinMs = 20_000) {
  const started = await viewer.sees(other, (seen) => isColour(seen.colour, colour), { withinMs });
  return viewer.sees(other, (seen) => seen.frameNumber >= started.frameNumber + 5, { withinMs });
}

t.test('after a restart of the server people come back by themselves, with picture', async (test) => {
  const first = await startServerProcess(test, { VISAVIS__SERVER__DRAIN_SECONDS: '1' });
  const alice = await enterRoom(test, browser, first, { room: 'restart', name: 'Alice' });
  const bob = await enterRoom(test, browser, first, { room: 'restart', name: 'Bob' });
  await publish(alice, red);
  await publish(bob, blue);
  await sees(alice, 'Bob', blue);
  await sees(bob, 'Alice', red);
  const before = await bob.do('own');

  first.child.kill('SIGTERM');
  test.equal(await first.ended, 0, 'it ends in order');
  await bob.until('own', [], (own) => own.connection === 'reconnecting');
  await startServerProcess(test, {
    VISAVIS__SERVER__HTTP_PORT: new URL(first.httpUrl).port,
    VISAVIS__DATA__DIRECTORY: first.dataDirectory,
  });
  const readyAtMs = performance.now();
  await sees(alice, 'Bob', blue);
  await sees(bob, 'Alice', red);
  test.comment(
    `picture both ways ${Math.round(performance.now() - readyAtMs)} ms after the new server was ready`,
  );
  const after = await bob.do('own');
  test.equal(after.connection, 'live');
  test.not(after.producerIds.camera, before.producerIds.camera, 'the new server has them anew');
});

async function loseWorker(test: Test, signal: 'SIGUSR2' | 'SIGWINCH'): Promise<void> {
  const preload = fileURLToPath(new URL('../helpers/crash-on-signal.ts', import.meta.url));
  const server = await startServerProcess(test, {
    VISAVIS__MEDIA__WORKERS: '2',
    NODE_OPTIONS: `--import=${preload}`,
  });
  const alice = await enterRoom(test, browser, server, { room: 'crash', name: 'Alice' });
  const bob = await enterRoom(test, browser, server, { room: 'crash', name: 'Bob' });
  // The second room goes to the second worker.
  const carol = await enterRoom(test, browser, server, { room: 'quiet', name: 'Carol' });
  const dora = await enterRoom(test, browser, server, { room: 'quiet', name: 'Dora' });
  await publish(alice, red);
  await publish(carol, blue);
  const lost = await sees(bob, 'Alice', red);
  const kept = await sees(dora, 'Carol', blue);

  const said = server.said(/a media worker was lost/);
  server.child.kill(signal);
  await said;
  const back = await bob.sees(
    'Alice',
    (seen) => seen.producerId !== lost.producerId && isColour(seen.colour, red) && seen.framesDecoded >= 5,
    { withinMs: 20_000 },
  );
  test.ok(back, 'the picture is back');
  const { path, connection } = await bob.do('own');
  test.equal(connection, 'live');
  test.ok(path.peerConnections > 1, 'on a new PeerConnection');
  const there = await sees(dora, 'Carol', blue);
  test.equal(there.producerId, kept.producerId, 'the other room saw the same source all the time');
  // A busy machine may cause one; a lost worker would leave the picture standing for seconds.
  const frozen = there.freezeCount - kept.freezeCount;
  test.ok(frozen <= 1, `freezes in the other room: ${frozen}`);
  test.equal((await dora.do('own')).path.peerConnections, 1);
}

t.test('a crashed media worker costs its own room a moment, and the other room nothing', (test) =>
  loseWorker(test, 'SIGUSR2'),
);

t.test('one that hangs is seen and replaced as well', (test) => loseWorker(test, 'SIGWINCH'));
