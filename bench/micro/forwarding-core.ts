/**
 * CPU of the Router alone, between the decrypted packet and the outbox: one publisher and N consumers in virtual time,
 * with transport-wide numbers on both sides, feedback and reports of the subscribers, sender reports of the publisher,
 * and one packet in a hundred lost on the way to a subscriber, which then asks for it. Beside it subscribers that say
 * nothing, so that the difference is what estimating, allocating, pacing and repairing cost.
 */
import { randomInt } from 'node:crypto';
import { writeNack } from '../../src/rtp/rtcp/nack.ts';
import { writeReceiverReport } from '../../src/rtp/rtcp/receiver-report.ts';
import { writeSenderReport } from '../../src/rtp/rtcp/sender-report.ts';
import { writeTransportCc } from '../../src/rtp/rtcp/transport-cc.ts';
import type { RtpCodec } from '../../src/sfu/commands.ts';
import { TransportFeedbackGenerator } from '../../src/sfu/congestion/transport-feedback-generator.ts';
import { Router } from '../../src/sfu/router.ts';
import { ntpFraction, ntpSeconds } from '../../src/sfu/stream/ntp-time.ts';
import type { Bench } from '../bench.ts';
import { EXTENSION_IDS, MID, PAYLOAD_TYPE, transportSequenceNumberOf, Vp8Stream } from '../vp8-stream.ts';

const CONSUMERS = [1, 5, 20] as const;
const PACKET_INTERVAL_US = 2000;
const FEEDBACK_EACH = 50;
const REPORT_EACH = 500;
const LOST_EACH = 100;
/** Of what bench/wire/capacity.ts allows, after what the bare parts cost: 13 µs to take in, 9 to 11 to send. */
const RECEIVED_US_TO_REACH = 3;
const SENT_US_TO_REACH = 1.5;

const codec: RtpCodec = {
  name: 'vp8',
  payloadType: PAYLOAD_TYPE,
  clockRate: 90_000,
  rtxPayloadType: PAYLOAD_TYPE + 1,
  nack: true,
  pli: true,
  fir: false,
  transportCc: true,
  remb: false,
};

interface Subscriber {
  readonly feedback: TransportFeedbackGenerator;
  readonly lost: number[];
  packets: number;
}

interface Room {
  readonly router: Router;
  readonly subscribers: readonly Subscriber[];
  packetsSent: number;
  rtcpSent: number;
  nowUs: number;
}

function makeRoom(consumers: number): Room {
  const subscribers = Array.from(
    { length: consumers },
    (): Subscriber => ({ feedback: new TransportFeedbackGenerator({ intervalUs: 0 }), lost: [], packets: 0 }),
  );
  const byTransport = new Map(subscribers.map((subscriber, index) => [`transport${index}`, subscriber]));
  const router = new Router({
    random: () => randomInt(0x1_0000_0000),
    wallClockOffsetUs: 1_700_000_000_000_000,
    outbox: {
      sendRtp: (transportId, packet) => {
        room.packetsSent += 1;
        const subscriber = byTransport.get(transportId)!;
        subscriber.packets += 1;
        if (subscriber.packets % LOST_EACH === 0) subscriber.lost.push(packet.readUInt16BE(2));
        else subscriber.feedback.record(transportSequenceNumberOf(packet), room.nowUs);
      },
      sendRtcp: () => {
        room.rtcpSent += 1;
      },
      emit: (event) => {
        if (event.type === 'commandFailed') throw new Error(event.message);
      },
    },
  });
  const room: Room = { router, subscribers, packetsSent: 0, rtcpSent: 0, nowUs: 1_000_000 };
  const common = { extensionIds: EXTENSION_IDS, mixedExtensions: false };
  router.handleCommand({ type: 'createTransport', transportId: 'publisher', ...common }, room.nowUs);
  router.handleCommand(
    {
      type: 'createProducer',
      transportId: 'publisher',
      producerId: 'camera',
      kind: 'video',
      mid: MID,
      codecs: [codec],
      encodings: [{}],
      paused: false,
    },
    room.nowUs,
  );
  for (const transportId of byTransport.keys()) {
    router.handleCommand({ type: 'createTransport', transportId, ...common }, room.nowUs);
    router.handleCommand(
      {
        type: 'createConsumer',
        transportId,
        consumerId: transportId,
        producerId: 'camera',
        mid: MID,
        codecs: [codec],
        ssrc: ssrcOf(transportId),
        rtxSsrc: ssrcOf(transportId) + 1,
        cname: 'publisher',
        paused: false,
        wanted: {},
      },
      room.nowUs,
    );
  }
  return room;
}

function ssrcOf(transportId: string): number {
  return 1000 + 2 * Number(transportId.slice('transport'.length));
}

/** CPU µs per received packet, of the router's calls and of the little that stands in for the peers. */
function measure(consumers: number, count: number, hasFeedback: boolean): number {
  const room = makeRoom(consumers);
  const stream = new Vp8Stream(1);
  const buffer = Buffer.alloc(1500);
  const step = (index: number): void => {
    room.nowUs += PACKET_INTERVAL_US;
    room.router.handleRtp('publisher', stream.next(), room.nowUs);
    if (room.router.nextTimeout() <= room.nowUs) room.router.handleTimeout(room.nowUs);
    if (index % REPORT_EACH === 0) sendSenderReport(room, stream, buffer);
    if (hasFeedback && index % FEEDBACK_EACH === 0) sendFeedback(room, index % REPORT_EACH === 0, buffer);
  };
  const warmUp = count / 5;
  for (let index = 0; index < warmUp; index += 1) step(index);
  const sentBefore = room.packetsSent;
  const before = process.cpuUsage();
  for (let index = 0; index < count; index += 1) step(index);
  const { user, system } = process.cpuUsage(before);
  const sent = room.packetsSent - sentBefore;
  if (sent < count * consumers) throw new Error('packets were not sent');
  if (hasFeedback && sent === count * consumers) throw new Error('no repairs were sent');
  if (room.rtcpSent === 0) throw new Error('no feedback was sent');
  return (user + system) / count;
}

function sendSenderReport(room: Room, stream: Vp8Stream, buffer: Buffer): void {
  const unixUs = 1_700_000_000_000_000 + room.nowUs;
  const end = writeSenderReport(buffer, 0, {
    ssrc: stream.ssrc,
    ntpSeconds: ntpSeconds(unixUs),
    ntpFraction: ntpFraction(unixUs),
    rtpTimestamp: stream.timestamp,
    packetCount: stream.packets,
    octetCount: stream.packets * 1200,
    reports: [],
  });
  room.router.handleRtcp('publisher', buffer.subarray(0, end), room.nowUs);
}

function sendFeedback(room: Room, withReport: boolean, buffer: Buffer): void {
  for (const [index, { feedback, lost }] of room.subscribers.entries()) {
    const transportId = `transport${index}`;
    const ssrc = ssrcOf(transportId);
    let end = 0;
    if (withReport) {
      const block = {
        ssrc,
        fractionLost: 2,
        cumulativeLost: 0,
        extendedHighestSequence: 0,
        jitter: 100,
        lastSenderReport: 0,
        delaySinceLastSenderReport: 0,
      };
      end = writeReceiverReport(buffer, 0, { ssrc: 1, reports: [block] });
    }
    const told = feedback.build(room.nowUs);
    if (told !== undefined) end = writeTransportCc(buffer, end, 1, ssrc, told);
    if (lost.length > 0) end = writeNack(buffer, end, 1, ssrc, lost, lost.length);
    lost.length = 0;
    if (end > 0) room.router.handleRtcp(transportId, buffer.subarray(0, end), room.nowUs);
  }
}

export const bench: Bench = {
  name: 'forwarding core, CPU without crypto and sockets',
  trials: 7,
  quickTrials: 3,
  trial: ({ quick }) =>
    Object.fromEntries(
      CONSUMERS.flatMap((consumers) => {
        const count = (quick ? 100_000 : 400_000) / consumers;
        return [
          [`N=${consumers}`, measure(consumers, count, true)],
          [`N=${consumers} silent`, measure(consumers, count, false)],
        ];
      }),
    ),
  rows: (figure) =>
    CONSUMERS.flatMap((consumers) => [
      {
        what: `N=${consumers}: per received packet`,
        measured: figure(`N=${consumers}`),
        unit: 'µs',
        atMost: RECEIVED_US_TO_REACH + SENT_US_TO_REACH * consumers,
      },
      {
        what: `N=${consumers}: subscribers without feedback`,
        measured: figure(`N=${consumers} silent`),
        unit: 'µs',
      },
    ]),
};
