import t from 'tap';
import { DeviceWatch } from '../../../../src/signaling/room/device-watch.ts';

const second = 1e6;

t.test('a device that does not connect within 30 s is given up', async (t) => {
  const watch = new DeviceWatch(60 * second, 0);
  watch.handleTransportState('connecting', 5 * second);
  t.notOk(watch.handleTimeout(30 * second - 1));
  t.ok(watch.handleTimeout(30 * second));
});

t.test('a device that was cut off has the resume window, counted from the break', async (t) => {
  const watch = new DeviceWatch(60 * second, 0);
  watch.handleTransportState('connected', 1 * second);
  t.equal(watch.deadlineUs, undefined);
  watch.handleTransportState('disconnected', 100 * second);
  watch.handleTransportState('failed', 130 * second);
  watch.handleTransportState('connecting', 140 * second);
  t.notOk(watch.handleTimeout(160 * second - 1));
  t.ok(watch.handleTimeout(160 * second));
  watch.handleTransportState('connected', 161 * second);
  t.notOk(watch.handleTimeout(1000 * second), 'back in time');
});
