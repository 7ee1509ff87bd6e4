import t from 'tap';
import { Renumbering } from '../../../../src/sfu/forward/renumbering.ts';

/** `[input, what becomes of it]`: kept, left out, or left out with the gap before it. */
type Step = readonly [input: number, what: 'keep' | 'leave out' | 'leave out gap', expected: number];

const plans: readonly {
  readonly name: string;
  readonly start: readonly [number, number];
  readonly steps: readonly Step[];
  readonly afterwards?: readonly (readonly [number, number])[];
}[] = [
  {
    name: 'kept values follow each other',
    start: [7, 100],
    steps: [
      [7, 'keep', 100],
      [8, 'keep', 101],
      [9, 'keep', 102],
    ],
    afterwards: [
      [6, -1],
      [7, 100],
      [9, 102],
      [10, -1],
    ],
  },
  {
    name: 'what is left out leaves no hole',
    start: [0, 0],
    steps: [
      [0, 'keep', 0],
      [1, 'leave out', -1],
      [2, 'leave out', -1],
      [3, 'keep', 1],
      [4, 'leave out', -1],
      [5, 'keep', 2],
    ],
    afterwards: [
      [1, -1],
      [3, 1],
      [4, -1],
      [5, 2],
    ],
  },
  {
    name: 'what was lost leaves its hole, and fills it when it comes late',
    start: [0, 10],
    steps: [
      [0, 'keep', 10],
      [3, 'keep', 13],
      [6, 'leave out', -1],
      [7, 'keep', 16],
    ],
    afterwards: [
      [1, 11],
      [2, 12],
      [4, 14],
      [5, 15],
      [6, -1],
    ],
  },
  {
    name: 'a gap known to be left out leaves no hole either',
    start: [0, 10],
    steps: [
      [0, 'keep', 10],
      [1, 'leave out', -1],
      [4, 'leave out gap', -1],
      [5, 'keep', 11],
    ],
    afterwards: [
      [2, -1],
      [3, -1],
      [5, 11],
    ],
  },
  {
    name: 'the output wraps, with loss on the wrap',
    start: [70000, 65534],
    steps: [
      [70000, 'keep', 65534],
      [70002, 'keep', 0],
      [70003, 'leave out', -1],
      [70005, 'keep', 2],
    ],
    afterwards: [
      [70001, 65535],
      [70004, 1],
    ],
  },
  {
    name: 'the first value may be left out',
    start: [5, 9],
    steps: [
      [5, 'leave out', -1],
      [6, 'keep', 9],
    ],
  },
  {
    name: 'values before zero',
    start: [-2, 3],
    steps: [
      [-2, 'keep', 3],
      [-1, 'leave out', -1],
      [0, 'keep', 4],
    ],
    afterwards: [
      [-2, 3],
      [-1, -1],
    ],
  },
];

for (const { name, start, steps, afterwards = [] } of plans) {
  t.test(name, (t) => {
    const numbers = new Renumbering(16, 16);
    numbers.start(...start);
    for (const [input, what, expected] of steps) {
      t.equal(numbers.place(input, what === 'keep', what === 'leave out gap'), expected, `${input} ${what}`);
    }
    for (const [input, expected] of afterwards) t.equal(numbers.of(input), expected, `${input} afterwards`);
    t.end();
  });
}

t.test('only as many values back as the capacity are remembered', (t) => {
  const numbers = new Renumbering(16, 16);
  numbers.start(0, 0);
  for (let input = 0; input < 17; input += 1) numbers.place(input, true, false);
  t.equal(numbers.of(0), -1);
  t.equal(numbers.of(1), 1);
  t.end();
});

t.test('a gap beyond the capacity is counted whole', (t) => {
  for (const gap of [15, 16, 17, 70_000]) {
    const numbers = new Renumbering(16, 16);
    numbers.start(0, 0);
    numbers.place(0, true, false);
    t.equal(numbers.place(gap + 1, true, false), (gap + 1) & 0xffff, `${gap} lost`);
    t.equal(numbers.of(gap), gap & 0xffff);
  }
  t.end();
});

t.test('a new start forgets the numbers of the last', (t) => {
  const numbers = new Renumbering(16, 8);
  numbers.start(0, 0);
  for (let input = 0; input < 10; input += 1) numbers.place(input, true, false);
  numbers.start(5, 255);
  t.equal(numbers.of(5), -1);
  t.equal(numbers.place(5, true, false), 255);
  t.equal(numbers.next, 0);
  t.equal(numbers.of(4), -1);
  t.end();
});
