import t from 'tap';
import { RepairQueue } from '../../src/sfu/repair/repair-queue.ts';
import { NackGenerator } from '../../src/sfu/stream/nack-generator.ts';
import { PacketRing } from '../../src/sfu/stream/packet-ring.ts';
import { HELD_BACK, ReceiveStatistics } from '../../src/sfu/stream/receive-statistics.ts';
import { SentHistory, type SentPacket } from '../../src/sfu/stream/sent-history.ts';
import { Netem, type NetemOptions } from '../helpers/netem.ts';

/** A sender (ring and history) and a receiver (statistics and NACK) over two lossy links, one packet every 3 ms. */

const PACKET_INTERVAL_US = 3_000;
const STEP_US = 1_000;
const CLOCK_RATE = 90_000;

interface MediaPacket {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly repair: boolean;
  readonly bytes: Buffer;
}

interface Plan {
  readonly firstSequenceNumber: number;
  readonly packets: number;
  readonly rttUs: number;
  /** What both sides measured, jitter included; default `rttUs`. */
  readonly measuredRttUs?: number;
  readonly media: Partial<NetemOptions>;
  readonly feedback?: Partial<NetemOptions>;
}

interface Outcome {
  readonly received: ReceiveStatistics;
  readonly nack: NackGenerator;
  /** Requests that came while the answer to the one before was on its way. */
  readonly tooSoon: number;
  readonly wrongBytes: number;
  /** From the gap seen to the packet there, of those that had to be repaired. */
  readonly repairUs: number[];
  readonly keyFramesWanted: number;
  readonly originalsLost: number;
}

function play(plan: Plan): Outcome {
  const oneWayUs = plan.rttUs / 2;
  const media = new Netem<MediaPacket>({ delayUs: oneWayUs, seed: 11, ...plan.media });
  const feedback = new Netem<Uint16Array>({ delayUs: oneWayUs, seed: 12, ...plan.feedback });
  const ring = new PacketRing();
  const history = new SentHistory();
  const queue = new RepairQueue();
  const received = new ReceiveStatistics({ clockRate: CLOCK_RATE });
  const nack = new NackGenerator({ maxAgeUs: 1_000_000 });
  const measuredRttUs = plan.measuredRttUs ?? plan.rttUs;
  nack.rttUs = measuredRttUs;
  queue.rttUs = measuredRttUs;
  const wanted = new Uint16Array(256);
  const sent: SentPacket = {
    encodingIndex: 0,
    incoming: 0,
    timestamp: 0,
    marker: 0,
    pictureId: -1,
    tl0PicIdx: -1,
  };
  const outcome = {
    tooSoon: 0,
    wrongBytes: 0,
    keyFramesWanted: 0,
    originalsLost: 0,
    repairUs: [] as number[],
  };
  const sentUs = new Map<number, number>();
  let produced = 0;
  const endUs = plan.packets * PACKET_INTERVAL_US + 3_000_000;
  for (let nowUs = 0; nowUs < endUs; nowUs += STEP_US) {
    if (produced < plan.packets && nowUs >= produced * PACKET_INTERVAL_US) {
      const sequenceNumber = (plan.firstSequenceNumber + produced) & 0xffff;
      const incoming = 0x1_0000 + plan.firstSequenceNumber + produced;
      const bytes = Buffer.alloc(1100);
      bytes.writeUInt16BE(sequenceNumber, 2);
      bytes.writeUInt32BE(produced, 4);
      const timestamp = Math.floor(produced / 4) * 3000;
      ring.store(incoming, bytes, nowUs);
      history.record(sequenceNumber, { ...sent, incoming, timestamp }, nowUs);
      sentUs.set(sequenceNumber, nowUs);
      if (!media.send({ sequenceNumber, timestamp, repair: false, bytes }, nowUs)) outcome.originalsLost += 1;
      produced += 1;
    }
    for (let list = feedback.receive(nowUs); list !== undefined; list = feedback.receive(nowUs)) {
      for (const sequenceNumber of list) {
        if (history.stateOf(sequenceNumber, nowUs) !== 'sent') continue;
        const answer = queue.nacked(sequenceNumber, history.sentUs(sequenceNumber), nowUs);
        if (answer === 'tooSoon') outcome.tooSoon += 1;
      }
    }
    for (let sequenceNumber = queue.take(nowUs); sequenceNumber >= 0; sequenceNumber = queue.take(nowUs)) {
      history.read(sequenceNumber, sent);
      const bytes = ring.get(sent.incoming, nowUs);
      if (bytes === undefined) continue;
      const packet = { sequenceNumber, timestamp: sent.timestamp, repair: true, bytes: Buffer.from(bytes) };
      media.send(packet, nowUs);
    }
    for (let packet = media.receive(nowUs); packet !== undefined; packet = media.receive(nowUs)) {
      if (packet.bytes.readUInt16BE(2) !== packet.sequenceNumber) outcome.wrongBytes += 1;
      if (packet.repair) {
        const before = received.repaired;
        const extended = received.receiveRepaired(packet.sequenceNumber);
        if (extended !== HELD_BACK) nack.receiveRepaired(extended, nowUs);
        if (received.repaired > before) {
          outcome.repairUs.push(nowUs - sentUs.get(packet.sequenceNumber)! - oneWayUs);
        }
      } else {
        const extended = received.receive(packet.sequenceNumber, packet.timestamp, 1088, nowUs);
        if (extended !== HELD_BACK) nack.receive(extended, nowUs);
      }
    }
    if (nowUs >= nack.nextTimeoutUs) {
      const count = nack.due(nowUs, wanted);
      if (count > 0) feedback.send(wanted.slice(0, count), nowUs);
      if (nack.takeKeyFrameNeeded()) outcome.keyFramesWanted += 1;
    }
  }
  return { received, nack, ...outcome };
}

function percentile(values: number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;
}

t.test('at zero loss nothing is asked for, on a straight path, across the wrap', async (t) => {
  const { nack, received } = play({ firstSequenceNumber: 64_000, packets: 4000, rttUs: 50_000, media: {} });
  t.equal(nack.requested, 0);
  t.equal(received.packets, 4000);
  t.equal(received.lost, 0);
});

t.test('at zero loss reordering within the wait asks for nothing', async (t) => {
  const media = { jitterUs: 6_000, reorders: true };
  const { nack, received } = play({ firstSequenceNumber: 64_000, packets: 4000, rttUs: 50_000, media });
  t.equal(nack.requested, 0);
  t.equal(received.duplicates, 0);
});

t.test('at zero loss wider reordering is learned: few needless requests at first, then none', async (t) => {
  const media = { jitterUs: 20_000, reorders: true };
  const { nack, received } = play({ firstSequenceNumber: 64_000, packets: 6000, rttUs: 50_000, media });
  t.equal(received.unrepaired, 0);
  t.ok(nack.requested < 60, `${nack.requested} of 6000 packets were asked for needlessly`);
});

t.test(
  'at 30 % loss both ways and 50 ms RTT every packet is repaired, most within three rounds',
  async (t) => {
    const plan = { packets: 6000, rttUs: 50_000, media: { loss: 0.3 }, feedback: { loss: 0.3 } };
    const outcome = play({ firstSequenceNumber: 62_000, ...plan });
    const { received, nack, tooSoon } = outcome;
    t.ok(outcome.originalsLost > 1600, `${outcome.originalsLost} of 6000 originals were lost (seeds 11, 12)`);
    t.equal(received.unrepaired, 0);
    t.equal(received.repaired, received.lost);
    t.equal(nack.abandoned, 0);
    t.equal(outcome.keyFramesWanted, 0);
    t.equal(outcome.wrongBytes, 0);
    t.ok(received.duplicates < received.repaired * 0.02, `${received.duplicates} copies too many`);
    t.ok(tooSoon < nack.requested * 0.02, `${tooSoon} requests refused`);
    t.ok(percentile(outcome.repairUs, 0.5) <= 120_000, `p50 ${percentile(outcome.repairUs, 0.5)} us`);
    t.ok(percentile(outcome.repairUs, 0.9) <= 300_000, `p90 ${percentile(outcome.repairUs, 0.9)} us`);
  },
);

t.test('20 % loss both ways, jitter and reordering together still end with every packet there', async (t) => {
  const media = { loss: 0.2, jitterUs: 15_000, reorders: true };
  const feedback = { loss: 0.2, jitterUs: 15_000 };
  const plan = { packets: 5000, rttUs: 60_000, measuredRttUs: 75_000, media, feedback };
  const { received, nack } = play({ firstSequenceNumber: 63_000, ...plan });
  t.equal(received.unrepaired, 0);
  t.equal(nack.abandoned, 0);
  t.ok(received.duplicates < received.repaired * 0.15, `${received.duplicates} copies too many`);
});

t.test('bursts of ten at 30 % are repaired', async (t) => {
  const plan = { packets: 5000, rttUs: 50_000, media: { loss: 0.3, burst: 10 }, feedback: { loss: 0.3 } };
  const { received } = play({ firstSequenceNumber: 63_000, ...plan });
  t.equal(received.unrepaired, 0);
});

for (const [name, lostNumbers] of [
  ['65535', [65_535]],
  ['0', [0]],
  ['65534 to 1', [65_534, 65_535, 0, 1]],
] as const) {
  t.test(`a loss exactly at sequence number ${name} is repaired by one request each`, async (t) => {
    const first = 65_400;
    const media = {
      loses: (index: number) => index < 400 && lostNumbers.some((n) => n === ((first + index) & 0xffff)),
    };
    const { received, nack } = play({ firstSequenceNumber: first, packets: 400, rttUs: 50_000, media });
    t.equal(received.lost, lostNumbers.length);
    t.equal(received.unrepaired, 0);
    t.equal(nack.requested, lostNumbers.length);
  });
}

t.test('an outage of 300 packets across the wrap is repaired whole', async (t) => {
  const media = { loses: (index: number) => index >= 200 && index < 500 };
  const { received, nack } = play({ firstSequenceNumber: 65_186, packets: 1500, rttUs: 50_000, media });
  t.equal(received.lost, 300);
  t.equal(received.unrepaired, 0);
  t.equal(nack.requested, 300);
  t.equal(received.duplicates, 0);
});

t.test('when repairs never come, requests end and a key frame is wanted', async (t) => {
  const media = { loses: (index: number) => index === 100 };
  const plan = { packets: 1000, rttUs: 50_000, media, feedback: { loss: 1 } };
  const { received, nack, keyFramesWanted } = play({ firstSequenceNumber: 65_500, ...plan });
  t.equal(received.unrepaired, 1);
  t.equal(nack.abandoned, 1);
  t.equal(nack.requested, 20);
  t.equal(keyFramesWanted, 1);
  t.equal(nack.nextTimeoutUs, Number.POSITIVE_INFINITY);
});
