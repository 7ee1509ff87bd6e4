/** A network that is gone for 35 s: longer than ICE, WebSocket and consent live, shorter than a session. */
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { enterRoom, launchBrowser, type Person } from '../helpers/consultation-browser.ts';
import { NetworkRelay } from '../helpers/network-relay.ts';
import { isColour } from '../helpers/pictures.ts';
import { startServerProcess } from '../helpers/server-process.ts';

const CUT_MS = 35_000;

t.test('after 35 s without a network the session goes on, with nothing published again', async (test) => {
  const server = await startServerProcess(test);
  const browser = await launchBrowser(test);
  const relay = await NetworkRelay.open(test, server);
  const alice = await enterRoom(test, browser, server, { room: 'cut', name: 'Alice' });
  const bob = await enterRoom(test, browser, server, { room: 'cut', name: 'Bob', relay });
  const picture = { width: 320, height: 180, framesPerSecond: 10 } as const;
  const colours = { Alice: [200, 40, 40], Bob: [40, 60, 200] } as const;
  const seesNew = async (viewer: Person, other: 'Alice' | 'Bob', after: number, withinMs?: number) =>
    viewer.sees(other, (seen) => isColour(seen.colour, colours[other]) && seen.frameNumber > after, {
      ...(withinMs === undefined ? {} : { withinMs }),
    });

  await alice.do('publishPicture', { colour: colours.Alice, ...picture });
  await bob.do('publishPicture', { colour: colours.Bob, ...picture });
  await bob.do('publishTone', { hertz: 600 });
  await alice.hears('Bob', 600);
  const before = {
    alice: await seesNew(alice, 'Bob', 5),
    bob: await seesNew(bob, 'Alice', 5),
    own: await bob.do('own'),
  };

  relay.cut();
  const cutAtMs = performance.now();
  await alice.until('person', ['Bob'], (view) => view?.connected === false, 20_000);
  await bob.until('own', [], (own) => own.connection === 'reconnecting', 20_000);
  // The length of the outage is what is tested, so it is waited for.
  await pause(CUT_MS - (performance.now() - cutAtMs));
  const frozen = (await alice.do('person', 'Bob'))?.pictures.camera;
  relay.restore();
  const restoredAtMs = performance.now();

  await bob.until('own', [], (own) => own.connection === 'live' && own.media === 'connected', 20_000);
  const seen = await seesNew(alice, 'Bob', (frozen?.frameNumber ?? 0) + 10, 20_000);
  const shown = await seesNew(bob, 'Alice', before.bob.frameNumber + 100, 20_000);
  await alice.hears('Bob', 600);
  test.comment(
    `picture both ways ${Math.round(performance.now() - restoredAtMs)} ms after the network came back`,
  );

  const own = await bob.do('own');
  test.equal(own.participantId, before.own.participantId, 'the participant is the same');
  test.same(own.producerIds, before.own.producerIds, 'nothing was published again');
  test.equal(own.path.peerConnections, 1, 'nor was a PeerConnection made');
  test.not(own.path.remoteFragment, before.own.path.remoteFragment, 'ICE was restarted');
  test.equal(seen.producerId, before.alice.producerId, 'the others see the same source go on');
  test.equal(shown.producerId, before.bob.producerId);
  test.equal((await alice.do('person', 'Bob'))?.connected, true);
});
