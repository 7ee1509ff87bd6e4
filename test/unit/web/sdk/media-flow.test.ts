import t from 'tap';
import { expectedFlow, type MediaFlow, mediaFlow, standstill } from '../../../../web/sdk/media-flow.ts';
import type { StatsSample, StreamSample } from '../../../../web/sdk/stats-sample.ts';

/** What counts of a stream. */
function stream(direction: 'sent' | 'received', packets: number, frames: number): StreamSample {
  return { direction, packets, frames } as StreamSample;
}

const sample: StatsSample = {
  atMs: 0,
  roundTripMs: undefined,
  protocol: undefined,
  streams: new Map([
    ['0', stream('sent', 10, 0)],
    ['1', stream('sent', 20, 7)],
    ['2', stream('received', 30, 0)],
    ['3', stream('received', 40, 9)],
  ]),
};

t.test('flow is expected of what runs, is shown, and is on', async (test) => {
  const producer = (producerId: string, flowing = true, muted = false) =>
    ({ producerId, flowing, muted }) as Parameters<typeof expectedFlow>[0][number];
  const line = (mid: string) => ({ mid });
  const incoming = new Map([
    ['mic', { kind: 'audio', paused: false, line: line('2') } as const],
    ['cam', { kind: 'video', paused: false, line: line('3') } as const],
    ['hidden', { kind: 'video', paused: true, line: line('4') } as const],
    ['off', { kind: 'video', paused: false, line: line('5') } as const],
    ['gone', { kind: 'video', paused: false, line: line('6') } as const],
    ['new', { kind: 'video', paused: false, line: undefined } as const],
  ]);
  const producers = [
    producer('mic'),
    producer('cam'),
    producer('hidden'),
    producer('off', true, true),
    producer('gone', false),
    producer('new'),
    producer('not subscribed'),
  ];
  const on = { muted: false, line: line('1') };
  test.same(expectedFlow(producers, incoming, on), { incoming: true, pictures: ['3'], camera: '1' });
  test.same(expectedFlow([producer('off', true, true)], incoming, { ...on, muted: true }), {
    incoming: false,
    pictures: [],
    camera: undefined,
  });
  test.same(expectedFlow([], incoming, undefined), { incoming: false, pictures: [], camera: undefined });
});

t.test('only what is expected counts', async (test) => {
  test.same(mediaFlow(sample, { incoming: true, pictures: ['3'], camera: '1' }), {
    receivedPackets: 70,
    receivedFrames: 9,
    cameraFrames: 7,
  });
  test.same(mediaFlow(sample, { incoming: false, pictures: [], camera: undefined }), {
    receivedPackets: undefined,
    receivedFrames: undefined,
    cameraFrames: undefined,
  });
  test.match(mediaFlow(sample, { incoming: true, pictures: ['9'], camera: '9' }), {
    receivedFrames: 0,
    cameraFrames: undefined,
  });
});

t.test('after waking, a path without packets is told from a device that sleeps on', async (test) => {
  const flow = (receivedPackets?: number, receivedFrames?: number, cameraFrames?: number): MediaFlow => ({
    receivedPackets,
    receivedFrames,
    cameraFrames,
  });
  const rows: readonly [string, MediaFlow, MediaFlow, ReturnType<typeof standstill>][] = [
    ['all goes on', flow(1, 1, 1), flow(2, 2, 2), undefined],
    ['nothing arrives', flow(1, 1, 1), flow(1, 1, 2), 'path'],
    ['packets, but no picture', flow(1, 1, 1), flow(2, 1, 2), 'device'],
    ['the own camera gives nothing', flow(1, 1, 1), flow(2, 2, 1), 'device'],
    [
      'alone, the camera gives nothing',
      flow(undefined, undefined, 1),
      flow(undefined, undefined, 1),
      'device',
    ],
    ['alone, without a camera', flow(), flow(), undefined],
    ['somebody came meanwhile', flow(), flow(5, 5), undefined],
    ['counters of a new connection', flow(9, 9, 9), flow(1, 1, 1), undefined],
  ];
  for (const [name, before, after, expected] of rows) test.equal(standstill(before, after), expected, name);
});
