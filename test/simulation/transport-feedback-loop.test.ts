import t, { type Test } from 'tap';
import { parseCompound } from '../../src/rtp/rtcp/rtcp-packet.ts';
import {
  NOT_RECEIVED,
  readTransportCc,
  type TransportCcFeedback,
  writeTransportCc,
} from '../../src/rtp/rtcp/transport-cc.ts';
import { SendHistory } from '../../src/sfu/congestion/send-history.ts';
import { TransportFeedbackGenerator } from '../../src/sfu/congestion/transport-feedback-generator.ts';
import { Netem, type NetemOptions } from '../helpers/netem.ts';
import { seeded } from '../helpers/seeded.ts';

/**
 * A sender stamps transport-wide numbers, the link loses and reorders, the receiver's feedback goes through the wire
 * format and comes back; what the sender believes is compared with what really happened, packet by packet.
 */

interface Truth {
  readonly sentUs: number;
  arrivedUs: number | undefined;
}

interface Belief {
  arrivedUs: number | undefined;
  reportedLost: boolean;
}

interface Outcome {
  readonly truths: Truth[];
  /** Index: nth packet sent. Absent: no feedback spoke of it. */
  readonly beliefs: Map<number, Belief>;
  readonly feedbacks: TransportCcFeedback[];
  readonly largest: number;
  readonly generator: TransportFeedbackGenerator;
  readonly history: SendHistory;
  /** Clock of the receiver less that of the sender. */
  readonly skewUs: number;
}

interface Plan {
  readonly packets: number;
  readonly first: number;
  readonly media: Partial<NetemOptions>;
  /** µs between packets; a function of the packet's index. */
  readonly spacingUs: (index: number) => number;
}

function play(plan: Plan): Outcome {
  const media = new Netem<{ number: number; index: number }>({
    delayUs: 25_000,
    seed: 21,
    ...plan.media,
  });
  const skewUs = 7_000_123;
  const generator = new TransportFeedbackGenerator();
  const history = new SendHistory(plan.first);
  const truths: Truth[] = [];
  const beliefs = new Map<number, Belief>();
  const feedbacks: TransportCcFeedback[] = [];
  let largest = 0;
  let sendUs = 0;
  const wire = Buffer.alloc(1500);
  const sentAt = new Map<number, number>();
  for (let nowUs = 0; truths.length < plan.packets || nowUs < sendUs + 2_000_000; ) {
    if (truths.length < plan.packets && nowUs >= sendUs) {
      const index = truths.length;
      truths.push({ sentUs: nowUs, arrivedUs: undefined });
      sentAt.set(nowUs, index);
      media.send({ number: history.send(1200, 1, index & 0xffff, nowUs), index }, nowUs);
      sendUs = nowUs + plan.spacingUs(index);
    }
    for (let packet = media.receive(nowUs); packet !== undefined; packet = media.receive(nowUs)) {
      truths[packet.index]!.arrivedUs ??= nowUs;
      generator.record(packet.number, nowUs + skewUs);
    }
    for (
      let made = generator.build(nowUs + skewUs);
      made !== undefined;
      made = generator.build(nowUs + skewUs)
    ) {
      const end = writeTransportCc(wire, 0, 1, 2, made);
      largest = Math.max(largest, end);
      const read = readTransportCc(parseCompound(wire.subarray(0, end))![0]!)!;
      feedbacks.push(read);
      const { count, sentUs, arrivedUs } = history.receive(read);
      for (let row = 0; row < count; row += 1) {
        const index = sentAt.get(sentUs[row]!)!;
        const belief = beliefs.get(index) ?? { arrivedUs: undefined, reportedLost: false };
        if (Number.isNaN(arrivedUs[row])) belief.reportedLost = true;
        else belief.arrivedUs = arrivedUs[row]!;
        beliefs.set(index, belief);
      }
    }
    const sending = truths.length < plan.packets ? sendUs : Number.POSITIVE_INFINITY;
    const nextUs = Math.min(sending, media.nextTimeoutUs, generator.nextTimeoutUs - skewUs);
    nowUs = Number.isFinite(nextUs) ? Math.max(nowUs + 1, nextUs) : nowUs + 2_000_000;
  }
  return { truths, beliefs, feedbacks, largest, generator, history, skewUs };
}

/** Every packet up to the last that arrived is believed to be exactly where it is. */
function compare(t: Test, outcome: Outcome): void {
  const { truths, beliefs, skewUs } = outcome;
  const lastArrived = truths.findLastIndex((truth) => truth.arrivedUs !== undefined);
  const firstArrived = truths.findIndex((truth) => truth.arrivedUs !== undefined);
  let wrong = 0;
  let worstUs = 0;
  for (let index = firstArrived; index <= lastArrived; index += 1) {
    const truth = truths[index]!;
    const belief = beliefs.get(index);
    if (truth.arrivedUs === undefined) {
      if (belief === undefined || !belief.reportedLost || belief.arrivedUs !== undefined) wrong += 1;
    } else if (belief?.arrivedUs === undefined) {
      wrong += 1;
    } else {
      worstUs = Math.max(worstUs, Math.abs(belief.arrivedUs - truth.arrivedUs - skewUs));
    }
  }
  t.equal(wrong, 0, 'nobody is believed received who was lost, or lost who was received');
  t.ok(worstUs < 250, `arrival times are right to a tick (worst ${worstUs} us)`);
  for (const [index, feedback] of outcome.feedbacks.entries()) {
    if (feedback.feedbackCount !== (index & 0xff)) t.fail('feedback count goes up by one');
  }
  t.ok(outcome.largest <= 1150, `the largest feedback took ${outcome.largest} bytes`);
}

const every = (us: number) => () => us;

t.test(
  'on a clean path all is acknowledged, in about twenty feedbacks a second, across the wrap',
  async (t) => {
    const outcome = play({ packets: 4000, first: 64_000, media: {}, spacingUs: every(2_000) });
    compare(t, outcome);
    t.equal(outcome.history.ackedPackets, 4000);
    t.equal(outcome.history.lostPackets, 0);
    t.equal(outcome.history.bytesInFlight, 0);
    t.ok(Math.abs(outcome.feedbacks.length - 8 * 20) <= 10, `${outcome.feedbacks.length} feedbacks in 8 s`);
  },
);

t.test('at 30 % loss exactly the lost ones are reported lost, across the wrap', async (t) => {
  const outcome = play({ packets: 6000, first: 63_000, media: { loss: 0.3 }, spacingUs: every(1_500) });
  compare(t, outcome);
  t.ok(outcome.history.lostPackets > 1600);
});

t.test('bursts of twenty lost packets are told as they are', async (t) => {
  const outcome = play({
    packets: 6000,
    first: 63_000,
    media: { loss: 0.3, burst: 20 },
    spacingUs: every(1_500),
  });
  compare(t, outcome);
});

t.test('reordered packets are told of in the next feedback, none is lost for good', async (t) => {
  const media = { jitterUs: 120_000, reorders: true };
  const outcome = play({ packets: 6000, first: 64_500, media, spacingUs: every(1_000) });
  compare(t, outcome);
  t.equal(outcome.history.lostPackets, 0);
  t.ok(
    [...outcome.beliefs.values()].some((belief) => belief.reportedLost),
    'some were thought lost first',
  );
});

t.test('loss and reordering together, across the wrap', async (t) => {
  const media = { jitterUs: 40_000, reorders: true, loss: 0.2 };
  const outcome = play({ packets: 6000, first: 62_500, media, spacingUs: every(1_000) });
  compare(t, outcome);
});

t.test(
  'silences of up to ten seconds between packets need no feedback and do not spoil the times',
  async (t) => {
    const random = seeded(33);
    const spacingUs = (index: number) => (index % 40 === 39 ? Math.floor(random() * 10_000_000) : 2_000);
    const outcome = play({ packets: 1200, first: 65_000, media: { loss: 0.1 }, spacingUs });
    compare(t, outcome);
  },
);

t.test('a feedback that itself gets lost leaves its packets unreported, not lost', async (t) => {
  const history = new SendHistory();
  for (let index = 0; index < 10_000; index += 1) history.send(100, 1, index & 0xffff, index * 1000);
  t.equal(history.unreportedPackets, 10_000 - 8192);
  t.equal(history.lostPackets, 0);
  t.equal(history.bytesInFlight, 8192 * 100);
});

t.test('no status is anything but lost or a delta that fits the wire', async (t) => {
  const outcome = play({
    packets: 3000,
    first: 65_000,
    media: { loss: 0.4, burst: 40 },
    spacingUs: every(9_000),
  });
  for (const { deltas, count } of outcome.feedbacks) {
    for (let index = 0; index < count; index += 1) {
      const delta = deltas[index]!;
      if (delta !== NOT_RECEIVED && (delta < -0x8000 || delta > 0x7fff)) t.fail(`delta ${delta}`);
    }
  }
  t.ok(outcome.feedbacks.length > 100);
});
