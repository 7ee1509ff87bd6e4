/** A device that knows nothing of our protocol publishes by WHIP, and people in the room see and hear it. */
import t from 'tap';
import { enterRoom, launchBrowser, makeToken, openPage, Person } from '../helpers/consultation-browser.ts';
import { isColour } from '../helpers/pictures.ts';
import { startServerProcess } from '../helpers/server-process.ts';

const colour = [40, 160, 60] as const;
const hertz = 500;

t.test('a WHIP publisher is seen and heard, restarts ICE, and is gone after DELETE', async (test) => {
  const server = await startServerProcess(test);
  const browser = await launchBrowser(test);
  const alice = await enterRoom(test, browser, server, { room: 'whip', name: 'Alice' });
  const device = new Person('Microscope', await openPage(test, browser, server.httpUrl), server.httpUrl);
  const token = await makeToken(server, { room: 'whip', role: 'device', name: device.name });

  test.equal(await device.do('whipStart', { token: `${token}x`, colour, hertz }), 401, 'not with any token');
  test.equal(await device.do('whipStart', { token, colour, hertz }), 201);
  const source = Object.keys(
    (await alice.until('person', [device.name], (view) => Object.keys(view?.pictures ?? {}).length === 1))!
      .pictures,
  )[0] as 'instrument' | 'camera';
  test.comment(`its picture is published as ${source}`);
  const first = await alice.sees(device.name, (seen) => isColour(seen.colour, colour), { source });
  await alice.hears(device.name, hertz);

  test.equal(await device.do('whipRestartIce'), 200);
  const later = await alice.sees(device.name, (seen) => seen.frameNumber >= first.frameNumber + 45, {
    source,
  });
  test.ok(isColour(later.colour, colour), 'the picture goes on');
  test.equal(later.producerId, first.producerId);

  test.equal(await device.do('whipStop'), 200);
  await alice.until('person', [device.name], (view) => view === undefined);
});
