/**
 * A subscriber that lies: whatever feedback it makes up, the others notice nothing, and the server sends it no more than
 * its media eight times over, nor redundancy beyond the estimate.
 */
import fc from 'fast-check';
import t from 'tap';
import { writeNack } from '../../src/rtp/rtcp/nack.ts';
import { writeReceiverReport } from '../../src/rtp/rtcp/receiver-report.ts';
import { writeRemb } from '../../src/rtp/rtcp/remb.ts';
import { writeTransportCc } from '../../src/rtp/rtcp/transport-cc.ts';
import { VirtualCall } from '../helpers/virtual-call.ts';

const SEED = 20261122;
const WIDE = { delayUs: 25_000 };
const MALLORYS_SSRC = 31_000;
const SECONDS = 6;

type Lie =
  | {
      readonly kind: 'feedback';
      readonly base: number;
      readonly time: number;
      readonly deltas: readonly number[];
    }
  | { readonly kind: 'nack'; readonly from: number; readonly count: number }
  | { readonly kind: 'remb'; readonly bitsPerSecond: number }
  | { readonly kind: 'report'; readonly fractionLost: number; readonly echo: number; readonly delay: number };

const lie: fc.Arbitrary<Lie> = fc.oneof(
  fc.record({
    kind: fc.constant('feedback' as const),
    base: fc.nat(0xffff),
    time: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    deltas: fc.array(fc.oneof(fc.constant(-0x8000_0000), fc.integer({ min: -0x8000, max: 0x7fff })), {
      minLength: 1,
      maxLength: 60,
    }),
  }),
  fc.record({
    kind: fc.constant('nack' as const),
    from: fc.nat(0xffff),
    count: fc.integer({ min: 1, max: 100 }),
  }),
  fc.record({
    kind: fc.constant('remb' as const),
    bitsPerSecond: fc.oneof(fc.constantFrom(0, 1, 1e6, 2 ** 60), fc.nat(10_000_000)),
  }),
  fc.record({
    kind: fc.constant('report' as const),
    fractionLost: fc.nat(255),
    echo: fc.nat(0xffff_ffff),
    delay: fc.nat(0xffff_ffff),
  }),
);

function write(buffer: Buffer, told: Lie, newest: number): number {
  switch (told.kind) {
    case 'feedback':
      return writeTransportCc(buffer, 0, 1, MALLORYS_SSRC, {
        baseSequenceNumber: told.base,
        referenceTime: told.time,
        feedbackCount: 0,
        count: told.deltas.length,
        deltas: Int32Array.from(told.deltas),
      });
    case 'nack': {
      // Half of them for what was just sent, the others for anything.
      const from = told.from % 2 === 0 ? newest - told.count : told.from;
      const numbers = Array.from({ length: told.count }, (_, index) => (from + index) & 0xffff);
      return writeNack(buffer, 0, 1, MALLORYS_SSRC, numbers, numbers.length);
    }
    case 'remb':
      return writeRemb(buffer, 0, 1, { bitsPerSecond: told.bitsPerSecond, ssrcs: [MALLORYS_SSRC] });
    case 'report':
      return writeReceiverReport(buffer, 0, {
        ssrc: 1,
        reports: [
          {
            ssrc: MALLORYS_SSRC,
            fractionLost: told.fractionLost,
            cumulativeLost: 0x7fffff,
            extendedHighestSequence: told.echo,
            jitter: told.delay,
            lastSenderReport: told.echo,
            delaySinceLastSenderReport: told.delay,
          },
        ],
      });
  }
}

/** Runs a call in which mallory tells these lies, ten at a time, every 2 ms. */
function run(lies: readonly Lie[]) {
  const call = new VirtualCall(SEED);
  const alice = call.publisher('alice', { up: WIDE, layers: [{ height: 360, bitsPerSecond: 400_000 }] });
  const bob = call.subscriber('bob', { down: WIDE });
  const mallory = call.subscriber('mallory', { down: WIDE, transportCc: lies.length === 0 });
  const seen = bob.see(alice);
  mallory.see(alice);
  const buffer = Buffer.alloc(2048);
  let told = 0;
  let steps = 0;
  let newest = 0;
  let media = 0;
  const { onRtp } = call.fixture;
  call.fixture.onRtp = (sent) => {
    if (sent.transportId === 'mallory' && sent.packet.ssrc !== MALLORYS_SSRC + 1)
      media += sent.packet.buffer.length;
    if (sent.packet.ssrc === MALLORYS_SSRC) newest = sent.packet.sequenceNumber;
    onRtp?.(sent);
  };
  let overshoot = 0;
  call.onStep = () => {
    steps += 1;
    if (lies.length === 0) return;
    for (let count = 0; steps % 2 === 0 && count < 10; count += 1) {
      const length = write(buffer, lies[told % lies.length]!, newest);
      told += 1;
      call.fixture.rtcpFrom('mallory', buffer.subarray(0, length));
    }
    if (steps % 250 !== 0) return;
    const { estimateBitsPerSecond, sentBitsPerSecond } = mallory.stats();
    const allowed = Math.max(estimateBitsPerSecond ?? Number.POSITIVE_INFINITY, 600_000);
    if (steps > 2000) overshoot = Math.max(overshoot, sentBitsPerSecond / allowed);
  };
  call.run(SECONDS);
  const { packetsSent, bytesSent, estimateBitsPerSecond, lossFraction } = bob.stats();
  const gap = seen.longestGapMs(2e6, 1e6 + SECONDS * 1e6);
  const ofBob = { packetsSent, bytesSent, estimateBitsPerSecond, lossFraction, gap };
  return { ofBob, media, sent: mallory.stats().bytesSent, overshoot };
}

t.test(`lies about one downlink stay there, and are no lever (seed ${SEED})`, async (t) => {
  const honest = run([]);
  t.ok((honest.ofBob.estimateBitsPerSecond ?? 0) > 400_000);
  fc.assert(
    fc.property(fc.array(lie, { minLength: 1, maxLength: 40 }), (lies) => {
      const lied = run(lies);
      if (JSON.stringify(lied.ofBob) !== JSON.stringify(honest.ofBob)) return false;
      return lied.sent <= lied.media * 8 && lied.overshoot <= 1.5;
    }),
    { seed: SEED, numRuns: 12 },
  );
  const flood: Lie[] = [{ kind: 'nack', from: 0, count: 100 }];
  const flooded = run(flood);
  t.ok(flooded.sent <= flooded.media * 8, `${flooded.sent} bytes for ${flooded.media} of media`);
  t.ok(flooded.sent > flooded.media, 'some of what was asked for was sent');
});
