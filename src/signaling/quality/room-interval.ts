import type { ProducerStats, RouterStats, TransportStats } from '../../sfu/events.ts';
import { type Participant, participantInfo } from '../room/participant.ts';
import type { Producer } from '../room/peer-media.ts';
import type { PublishedQuality, QualitySample, WatchedQuality } from './quality-sample.ts';

/** Who is in the room and what they have. */
export interface RoomView {
  readonly participants: ReadonlyMap<string, Participant>;
}

interface Found {
  readonly owner: Participant;
  readonly producer: Producer;
}

/**
 * Turns what a router counts into what happened between two looks at it, one sample per participant. Sans-IO: told the
 * room, the router's stats and the time. Bounded by what the room has.
 */
export class RoomInterval {
  /** Highest value of each counter so far, by id and name. */
  #before = new Map<string, number>();
  #now = new Map<string, number>();
  #sinceUs = Number.NaN;

  /** The samples since the call before; none at the first. */
  advance({ participants }: RoomView, stats: RouterStats, nowUs: number): QualitySample[] {
    const seconds = (nowUs - this.#sinceUs) / 1e6;
    const producers = new Map<string, Found>();
    for (const owner of participants.values()) {
      for (const producer of owner.media.producers.values())
        producers.set(producer.producerId, { owner, producer });
    }
    const transports = byId(stats.transports, 'transportId');
    const samples: QualitySample[] = [];
    for (const participant of participants.values()) {
      const transport = transports.get(participant.media.transportId ?? '');
      const line = this.#line(transport, stats, participant, seconds);
      const published = this.#published(participant, stats, seconds);
      const watched = this.#watched(participant, stats, producers, seconds);
      if (!(seconds > 0)) continue;
      samples.push({
        participantId: participant.participantId,
        role: participant.identity.role,
        seconds: round(seconds, 3),
        connected: participantInfo(participant).connected,
        ...(transport?.rttSeconds !== undefined && { rttSeconds: round(transport.rttSeconds, 4) }),
        ...line,
        published,
        watched,
      });
    }
    this.#before = this.#now;
    this.#now = new Map();
    this.#sinceUs = nowUs;
    return samples;
  }

  #line(
    transport: TransportStats | undefined,
    stats: RouterStats,
    { media }: Participant,
    seconds: number,
  ): Pick<QualitySample, 'down' | 'up'> {
    if (transport === undefined) return { down: { bitsPerSecond: 0 }, up: { bitsPerSecond: 0 } };
    const { transportId, bytesSent, bytesReceived } = transport;
    const reported = stats.consumers
      .filter(({ consumerId, fractionLost }) => fractionLost !== undefined && media.consumers.has(consumerId))
      .map(({ fractionLost }) => fractionLost!);
    const { estimateBitsPerSecond: estimate, redundancyBitsPerSecond, queueDelaySeconds } = transport;
    // Who sends no transport-wide feedback has no estimate, and tells of loss in receiver reports.
    const lossRatio = estimate !== undefined ? transport.lossFraction : Math.max(...reported, -1);
    return {
      down: {
        bitsPerSecond: this.#bits(transportId, 'bytesSent', bytesSent, seconds),
        ...(lossRatio >= 0 && { lossRatio: round(Math.min(1, lossRatio), 4) }),
        redundancyBitsPerSecond: Math.round(redundancyBitsPerSecond),
        ...(estimate !== undefined && {
          estimateBitsPerSecond: Math.round(estimate),
          queueDelaySeconds: round(Math.max(0, queueDelaySeconds), 4),
          state: transport.congestionState,
        }),
      },
      up: { bitsPerSecond: this.#bits(transportId, 'bytesReceived', bytesReceived, seconds) },
    };
  }

  #published({ media, reports }: Participant, stats: RouterStats, seconds: number): PublishedQuality[] {
    const counted = byId(stats.producers, 'producerId');
    const rows: PublishedQuality[] = [];
    for (const { producerId, source, kind, muted } of media.producers.values()) {
      const producer = counted.get(producerId);
      if (producer === undefined) continue;
      const { encodings } = producer;
      const rise = (name: EncodingCounter) => this.#rise(producerId, name, sum(encodings, name));
      const active = encodings.filter((encoding) => encoding.active);
      const largest = active.reduce<Picture>((a, b) => (b.height > a.height ? b : a), {
        width: 0,
        height: 0,
      });
      const limitation = reports.limitation(producerId);
      rows.push({
        source,
        kind,
        muted,
        bitsPerSecond: this.#bits(producerId, 'bytes', sum(encodings, 'bytes'), seconds),
        width: largest.width,
        height: largest.height,
        packets: rise('packets'),
        packetsLost: rise('packetsLost'),
        packetsUnrepaired: rise('packetsUnrepaired'),
        jitterSeconds: round(Math.max(0, ...active.map(({ jitterSeconds }) => jitterSeconds)), 4),
        keyFrameRequests: rise('keyFrameRequests'),
        ...(limitation !== undefined && { limitation }),
      });
    }
    return rows;
  }

  #watched(
    { media, reports }: Participant,
    stats: RouterStats,
    producers: ReadonlyMap<string, Found>,
    seconds: number,
  ): WatchedQuality[] {
    const counted = byId(stats.consumers, 'consumerId');
    const rows: WatchedQuality[] = [];
    for (const [consumerId, producerId] of media.consumers) {
      const consumer = counted.get(consumerId);
      const found = producers.get(producerId);
      if (consumer === undefined || found === undefined) continue;
      const { owner, producer } = found;
      const { layer, reason } = consumer;
      const shown = reports.takeShown(consumerId);
      const isVideo = producer.kind === 'video';
      rows.push({
        from: owner.participantId,
        fromRole: owner.identity.role,
        source: producer.source,
        kind: producer.kind,
        paused: consumer.paused || producer.muted,
        bitsPerSecond: this.#bits(consumerId, 'bytes', consumer.bytes, seconds),
        width: isVideo ? layer.width : 0,
        height: isVideo ? layer.height : 0,
        spatialLayer: isVideo ? layer.spatialLayer : 0,
        reason,
        packets: this.#rise(consumerId, 'packets', consumer.packets),
        retransmissions: this.#rise(consumerId, 'retransmissions', consumer.retransmissions),
        ...(shown !== undefined && { shown: rounded(shown) }),
      });
    }
    return rows;
  }

  /**
   * What a counter rose by. Losses fall again when a packet was only late or its repair was under way: they count when
   * they pass the highest they have been.
   */
  #rise(id: string, name: string, value: number): number {
    const key = `${id} ${name}`;
    const before = this.#before.get(key) ?? 0;
    this.#now.set(key, Math.max(before, value));
    return Math.max(0, value - before);
  }

  #bits(id: string, name: string, bytes: number, seconds: number): number {
    return Math.round((this.#rise(id, name, bytes) * 8) / seconds);
  }
}

type EncodingStats = ProducerStats['encodings'][number];
type EncodingCounter = 'packets' | 'bytes' | 'packetsLost' | 'packetsUnrepaired' | 'keyFrameRequests';
type Picture = Pick<EncodingStats, 'width' | 'height'>;

function sum(encodings: readonly EncodingStats[], name: EncodingCounter): number {
  return encodings.reduce((total, encoding) => total + encoding[name], 0);
}

function byId<Id extends string, Row extends { readonly [K in Id]: string }>(
  rows: readonly Row[],
  id: Id,
): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row[id], row]));
}

function rounded<Row extends Readonly<Record<string, number>>>(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, round(value, 3)])) as Row;
}

/** Stored samples need no more digits than they have meaning. */
function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
