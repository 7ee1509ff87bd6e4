/** The numbers of getStats (webrtc-stats) that matter here, as plain data. */

/** Totals of one media line since it began; video that is sent in layers is summed, with the largest picture. */
export interface StreamSample {
  readonly direction: 'sent' | 'received';
  readonly kind: 'audio' | 'video';
  readonly packets: number;
  readonly bytes: number;
  readonly packetsLost: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly framesDropped: number;
  readonly freezes: number;
  readonly freezeSeconds: number;
  readonly soundSamples: number;
  readonly concealedSamples: number;
  readonly codec: string;
  readonly limitation: string;
}

export interface StatsSample {
  readonly atMs: number;
  readonly roundTripMs: number | undefined;
  readonly protocol: 'udp' | 'tcp' | undefined;
  /** By mid. */
  readonly streams: ReadonlyMap<string, StreamSample>;
}

type Row = Readonly<Record<string, unknown>>;

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** @param rows the entries of an RTCStatsReport; fields a browser does not have count as 0 or ''. */
export function statsSample(atMs: number, rows: Iterable<Row>): StatsSample {
  const byId = new Map<string, Row>();
  for (const row of rows) byId.set(text(row.id), row);
  const streams = new Map<string, StreamSample>();
  let pair: Row | undefined;
  for (const row of byId.values()) {
    if (row.type === 'transport') pair = byId.get(text(row.selectedCandidatePairId)) ?? pair;
    // Firefox has no transport row.
    else if (row.type === 'candidate-pair' && row.selected === true) pair ??= row;
    else if (row.type === 'inbound-rtp') add(streams, received(row, byId), text(row.mid));
    else if (row.type === 'outbound-rtp') add(streams, sent(row, byId), text(row.mid));
  }
  const protocol = text(byId.get(text(pair?.localCandidateId))?.protocol);
  return {
    atMs,
    roundTripMs:
      pair?.currentRoundTripTime === undefined ? undefined : number(pair.currentRoundTripTime) * 1000,
    protocol: protocol === 'udp' || protocol === 'tcp' ? protocol : undefined,
    streams,
  };
}

function received(row: Row, byId: ReadonlyMap<string, Row>): StreamSample {
  return {
    ...common(row, byId),
    direction: 'received',
    packets: number(row.packetsReceived),
    bytes: number(row.bytesReceived),
    packetsLost: number(row.packetsLost),
    frames: number(row.framesDecoded),
    limitation: 'none',
  };
}

function sent(row: Row, byId: ReadonlyMap<string, Row>): StreamSample {
  const remote = byId.get(text(row.remoteId));
  return {
    ...common(row, byId),
    direction: 'sent',
    packets: number(row.packetsSent),
    bytes: number(row.bytesSent),
    packetsLost: number(remote?.packetsLost),
    frames: number(row.framesEncoded),
    limitation: text(row.qualityLimitationReason) || 'none',
  };
}

function common(row: Row, byId: ReadonlyMap<string, Row>) {
  return {
    kind: row.kind === 'audio' ? ('audio' as const) : ('video' as const),
    width: number(row.frameWidth),
    height: number(row.frameHeight),
    framesDropped: number(row.framesDropped),
    freezes: number(row.freezeCount),
    freezeSeconds: number(row.totalFreezesDuration),
    soundSamples: number(row.totalSamplesReceived),
    concealedSamples: number(row.concealedSamples) - number(row.silentConcealedSamples),
    codec: text(byId.get(text(row.codecId))?.mimeType)
      .replace(/^.*\//, '')
      .toLowerCase(),
  };
}

/** Layers of one media line become one stream. */
function add(streams: Map<string, StreamSample>, row: StreamSample, mid: string): void {
  const other = streams.get(mid);
  if (other === undefined) {
    streams.set(mid, row);
    return;
  }
  const larger = row.height > other.height ? row : other;
  streams.set(mid, {
    ...larger,
    packets: row.packets + other.packets,
    bytes: row.bytes + other.bytes,
    packetsLost: row.packetsLost + other.packetsLost,
    frames: Math.max(row.frames, other.frames),
  });
}
