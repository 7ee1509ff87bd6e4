/** Another way to the same server in mid-call, and networks that let no UDP through. */
import t, { type Test } from 'tap';
import { enterRoom, launchBrowser, type Person } from '../helpers/consultation-browser.ts';
import { NetworkRelay } from '../helpers/network-relay.ts';
import { isColour } from '../helpers/pictures.ts';
import { startServerProcess } from '../helpers/server-process.ts';

const server = await startServerProcess(t);
const browser = await launchBrowser(t);
const picture = { width: 320, height: 180, framesPerSecond: 10 } as const;
const red = [200, 40, 40] as const;
const blue = [40, 60, 200] as const;

/** Alice beside the server, Bob behind a network, both with picture. */
async function call(test: Test, room: string, prepare?: (relay: NetworkRelay) => void) {
  const relay = await NetworkRelay.open(test, server);
  prepare?.(relay);
  const alice = await enterRoom(test, browser, server, { room, name: 'Alice' });
  const bob = await enterRoom(test, browser, server, { room, name: 'Bob', relay });
  await alice.do('publishPicture', { colour: red, ...picture });
  await bob.do('publishPicture', { colour: blue, ...picture });
  await bothSeeOn(alice, bob);
  return { relay, alice, bob };
}

/** New frames both ways from now on. */
async function bothSeeOn(alice: Person, bob: Person): Promise<void> {
  for (const [viewer, other, colour] of [
    [alice, 'Bob', blue],
    [bob, 'Alice', red],
  ] as const) {
    const now = (await viewer.do('person', other))?.pictures.camera?.frameNumber ?? -1;
    await viewer.sees(other, (seen) => isColour(seen.colour, colour) && seen.frameNumber >= now + 5);
  }
}

t.test(
  'the server follows to a new port by its checks alone, and to a new network by an ICE restart',
  async (test) => {
    const { relay, alice, bob } = await call(test, 'move');
    const before = await bob.do('own');
    relay.rebindUdp();
    await bothSeeOn(alice, bob);
    const moved = await bob.do('own');
    test.equal(moved.path.remoteFragment, before.path.remoteFragment, 'followed without a restart');

    relay.changeNetwork();
    await bob.until('own', [], (own) => own.path.remoteFragment !== before.path.remoteFragment);
    await bothSeeOn(alice, bob);
    const restarted = await bob.until('own', [], (own) => own.media === 'connected');
    test.same(restarted.producerIds, before.producerIds, 'nothing was published again');
    test.equal(restarted.path.peerConnections, 1);
  },
);

t.test('where UDP is blocked the call comes up over TCP', async (test) => {
  const { alice, bob } = await call(test, 'tcp', (relay) => relay.blockUdp());
  test.equal((await bob.do('own')).path.protocol, 'tcp');
  test.equal((await alice.do('own')).path.protocol, 'udp');
});
