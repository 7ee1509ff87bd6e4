import fc from 'fast-check';
import t from 'tap';
import { NOT_RECEIVED } from '../../src/rtp/rtcp/transport-cc.ts';
import { CongestionController } from '../../src/sfu/congestion/congestion-controller.ts';
import { SendHistory } from '../../src/sfu/congestion/send-history.ts';

const seed = 20_261_122;
const bounds = { startBitsPerSecond: 300_000, minBitsPerSecond: 30_000, maxBitsPerSecond: 10e6 };

/** A subscriber that says anything at all: any numbers, any times, in any order. */
const feedbacks = fc.array(
  fc.record({
    offset: fc.integer({ min: -40, max: 40 }),
    referenceTime: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    deltas: fc.array(fc.oneof(fc.integer({ min: -0x8000, max: 0x7fff }), fc.constant(NOT_RECEIVED)), {
      maxLength: 60,
    }),
    remb: fc.option(fc.oneof(fc.double(), fc.constantFrom(0, 2 ** 60, -1, Number.NaN, Infinity)), {
      nil: undefined,
    }),
    rttUs: fc.option(fc.double(), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 120 },
);

t.test(
  `no feedback whatever makes the target leave its bounds or more than the sending allows (seed ${seed})`,
  async (t) => {
    fc.assert(
      fc.property(feedbacks, fc.integer({ min: 1, max: 12 }), (said, packetsPerStep) => {
        const controller = new CongestionController(bounds);
        const history = new SendHistory(65_500);
        controller.setDemand(5e6, 0);
        let nowUs = 1e6;
        let sent = 65_500;
        let sentBits = 0;
        for (const one of said) {
          for (let index = 0; index < packetsPerStep; index += 1) {
            nowUs += 5_000;
            history.send(1200, 1, 1, nowUs);
            controller.packetSent(1200, -1, nowUs);
            sent += 1;
            sentBits += 9600;
          }
          const { deltas, referenceTime } = one;
          const baseSequenceNumber = (sent - packetsPerStep + one.offset) & 0xffff;
          const feedback = {
            baseSequenceNumber,
            referenceTime,
            feedbackCount: 0,
            count: deltas.length,
            deltas,
          };
          controller.handleFeedback(history.receive(feedback), nowUs);
          if (one.remb !== undefined) controller.handleRemb(one.remb, nowUs);
          if (one.rttUs !== undefined) controller.measuredRtt(one.rttUs);
          if (nowUs >= controller.nextTimeoutUs) controller.handleTimeout(nowUs);
          while (controller.takeProbe() !== undefined);
          const target = controller.targetBitsPerSecond;
          if (target === undefined) continue;
          // 1.92 Mbit/s are sent, bursts of the first moment aside; growth goes to 1.5 times that.
          if (!(target >= bounds.minBitsPerSecond && target <= Math.max(3.2e6, bounds.startBitsPerSecond)))
            return false;
          if (!(controller.lossFraction >= 0 && controller.lossFraction <= 1)) return false;
          if (!Number.isFinite(controller.queueDelayUs) || controller.queueDelayUs < 0) return false;
        }
        return sentBits > 0;
      }),
      { seed, numRuns: 300 },
    );
    t.pass('held');
  },
);

t.test(
  'all acknowledged, and arrivals claimed a thousand times too quick: no more than what was sent',
  async (t) => {
    const controller = new CongestionController(bounds);
    const history = new SendHistory(0);
    controller.setDemand(9e6, 0);
    let highest = 0;
    for (let step = 0; step < 600; step += 1) {
      for (let index = 0; index < 5; index += 1) {
        const nowUs = step * 50_000 + index * 10_000;
        history.send(1000, 1, 1, nowUs);
        controller.packetSent(1000, -1, nowUs);
      }
      const feedback = {
        baseSequenceNumber: (step * 5) & 0xffff,
        referenceTime: step & 0xff,
        feedbackCount: 0,
        count: 5,
        deltas: [0, 0, 0, 0, 0],
      };
      controller.handleFeedback(history.receive(feedback), step * 50_000 + 49_000);
      highest = Math.max(highest, controller.targetBitsPerSecond!);
    }
    t.ok(highest <= 1.5 * 800_000 + 110_000, `${highest} of 800,000 sent`);
  },
);

t.test('a clock that jumps back or ahead is counted, and the estimate lives on', async (t) => {
  const controller = new CongestionController(bounds);
  const history = new SendHistory(0);
  for (let step = 0; step < 400; step += 1) {
    for (let index = 0; index < 5; index += 1) {
      const nowUs = step * 50_000 + index * 10_000;
      history.send(1000, 1, 1, nowUs);
      controller.packetSent(1000, -1, nowUs);
    }
    const ticks = (at: number) => Math.floor(((at + (step >= 200 ? 500_000 : 5_000_000)) * 50_000) / 64_000);
    const deltas = [((step * 50_000) % 64_000) / 250, 40, 40, 40, 40].map(Math.floor);
    const feedback = {
      baseSequenceNumber: (step * 5) & 0xffff,
      referenceTime: ticks(step) & 0xff_ffff,
      feedbackCount: 0,
      count: 5,
      deltas,
    };
    controller.handleFeedback(history.receive(feedback), step * 50_000 + 49_000);
  }
  t.ok(controller.clockJumps >= 1, `${controller.clockJumps} jumps`);
  t.ok(controller.targetBitsPerSecond! > 300_000);
});
