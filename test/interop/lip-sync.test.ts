/**
 * Lips and voice: a flash and a beep made at the same time come out at the same time. What capturing, coding and the
 * measurement itself add is taken off by the same source sent from page to page without the server, in the same run.
 */
import t from 'tap';
import { enterRoom, launchBrowser } from '../helpers/consultation-browser.ts';
import { startServerProcess } from '../helpers/server-process.ts';

const EVENTS = 12;
/** ITU-R BT.1359: sound 45 ms ahead or 125 ms behind is noticed; the stricter one both ways. */
const LIMIT_MS = 45;

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const told = (values: readonly number[]) =>
  `median ${median(values).toFixed(1)} ms of ${values.map((value) => Math.round(value)).join(' ')}`;

t.test('a flash and its beep come out of the server within 45 ms of each other', async (test) => {
  const server = await startServerProcess(test);
  const browser = await launchBrowser(test);
  const alice = await enterRoom(test, browser, server, { room: 'sync', name: 'Alice' });
  const bob = await enterRoom(test, browser, server, { room: 'sync', name: 'Bob' });
  await alice.do('publishFlashAndBeep');
  await alice.do('directOffer').then(async (offer) => {
    await alice.do('directFinish', await bob.do('directAnswer', offer));
  });
  await bob.until(
    'person',
    ['Alice'],
    (view) => (view?.pictures.camera?.framesDecoded ?? 0) > 30 && (view?.sound?.packetsReceived ?? 0) > 50,
  );
  await bob.do('measureDirectSync');
  await bob.do('measureSync', 'Alice');

  const enough = (values: readonly number[]) => values.length >= EVENTS;
  const { server: through, direct } = await bob.until(
    'syncOffsets',
    [],
    (offsets) => enough(offsets.server) && enough(offsets.direct),
    40_000,
  );
  // Synchronisation needs the first sender reports, so the last events count.
  const [measured, calibration] = [through.slice(-8), direct.slice(-8)];
  test.comment(`sound after picture, through the server: ${told(measured)}`);
  test.comment(`sound after picture, from page to page:  ${told(calibration)}`);
  const errorMs = median(measured) - median(calibration);
  test.comment(`lip-sync error of the server: ${errorMs.toFixed(1)} ms`);
  test.ok(Math.abs(errorMs) <= LIMIT_MS, `${errorMs.toFixed(1)} ms is at most ${LIMIT_MS} ms`);
});
