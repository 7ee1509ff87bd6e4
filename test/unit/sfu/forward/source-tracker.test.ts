import t from 'tap';
import {
  IN_SEQUENCE,
  RESTARTED,
  SEQUENCE_WINDOW,
  SourceTracker,
  STRAY,
} from '../../../../src/sfu/forward/source-tracker.ts';

const NAME = { [STRAY]: 'stray', [IN_SEQUENCE]: 'in sequence', [RESTARTED]: 'restarted' };

const plans: readonly {
  readonly name: string;
  readonly steps: readonly (readonly [sequence: number, seconds: number, expected: string])[];
}[] = [
  {
    name: 'next, ahead, late and again are in sequence',
    steps: [
      [5, 0, 'in sequence'],
      [6, 0, 'in sequence'],
      [9, 0, 'in sequence'],
      [7, 0, 'in sequence'],
      [9, 0, 'in sequence'],
    ],
  },
  {
    name: 'the window ahead',
    steps: [
      [0, 0, 'in sequence'],
      [SEQUENCE_WINDOW - 1, 0, 'in sequence'],
      [2 * SEQUENCE_WINDOW - 1, 0, 'restarted'],
    ],
  },
  {
    name: 'one packet far back is a stray',
    steps: [
      [10_000, 0, 'in sequence'],
      [10_000 - SEQUENCE_WINDOW, 0, 'stray'],
      [10_001, 0, 'in sequence'],
    ],
  },
  {
    name: 'two in a row far back are a restart',
    steps: [
      [50_000, 0, 'in sequence'],
      [100, 0, 'stray'],
      [101, 0, 'restarted'],
      [102, 0, 'in sequence'],
    ],
  },
  {
    name: 'strays that do not follow each other stay strays',
    steps: [
      [50_000, 0, 'in sequence'],
      [100, 0, 'stray'],
      [200, 0, 'stray'],
      [201, 0, 'restarted'],
    ],
  },
  {
    name: 'a step back after a long silence is a restart',
    steps: [
      [500, 0, 'in sequence'],
      [400, 10, 'restarted'],
    ],
  },
  {
    name: 'the next packet after a long silence is not',
    steps: [
      [500, 0, 'in sequence'],
      [501, 60, 'in sequence'],
      [499, 61, 'in sequence'],
    ],
  },
];
for (const { name, steps } of plans) {
  t.test(name, (t) => {
    const tracker = new SourceTracker(2);
    for (const [sequence, seconds, expected] of steps) {
      t.equal(NAME[tracker.place(1, sequence, seconds * 1e6)], expected, `${sequence}`);
    }
    t.ok(Number.isNaN(tracker.highest(0)), 'the other encoding saw nothing');
    t.end();
  });
}

t.test('after forgetting, any number is the first', (t) => {
  const tracker = new SourceTracker(1);
  tracker.place(0, 60_000, 0);
  tracker.forget(0);
  t.equal(tracker.place(0, 3, 0), IN_SEQUENCE);
  t.equal(tracker.highest(0), 3);
  t.end();
});
