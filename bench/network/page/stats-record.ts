/** getStats of the newest PeerConnection, as flat numbers: `kind.name`, summed over streams of a kind. */
import { numberOf, type Row, statsRows } from '../../../test/browser/watched-peer-connection.ts';
import type { StatsRecord } from '../page-calls.ts';

/** Counters of streams, summed over simulcast layers and over publishers. */
const SUMMED: Readonly<Record<string, readonly string[]>> = {
  'outbound-rtp': [
    'bytesSent',
    'headerBytesSent',
    'retransmittedBytesSent',
    'packetsSent',
    'framesEncoded',
    'keyFramesEncoded',
    'qpSum',
    'targetBitrate',
    'nackCount',
    'pliCount',
  ],
  'inbound-rtp': [
    'bytesReceived',
    'packetsReceived',
    'packetsLost',
    'retransmittedPacketsReceived',
    'fecPacketsReceived',
    'framesDecoded',
    'framesDropped',
    'keyFramesDecoded',
    'freezeCount',
    'totalFreezesDuration',
    'qpSum',
    'nackCount',
    'pliCount',
    'jitterBufferDelay',
    'jitterBufferEmittedCount',
    'concealedSamples',
    'silentConcealedSamples',
    'concealmentEvents',
    'totalSamplesReceived',
  ],
};
/** Of the selected candidate pair. */
const OF_PAIR = ['availableOutgoingBitrate', 'currentRoundTripTime', 'bytesSent', 'bytesReceived'] as const;

export async function recordStats(): Promise<StatsRecord> {
  const rows = await statsRows();
  const record: Record<string, number> & { atMs: number } = { atMs: Date.now() };
  for (const row of rows.values()) {
    const names = SUMMED[String(row.type)];
    if (names !== undefined) addStream(record, row, names);
    if (row.type !== 'transport') continue;
    const pair = rows.get(String(row.selectedCandidatePairId)) ?? {};
    for (const name of OF_PAIR) record[`path.${name}`] = numberOf(pair[name]);
  }
  return record;
}

function addStream(record: Record<string, number>, row: Row, names: readonly string[]): void {
  const prefix = `${row.type === 'inbound-rtp' ? 'in' : 'out'}.${row.kind}.`;
  for (const name of names) {
    if (typeof row[name] === 'number') record[prefix + name] = (record[prefix + name] ?? 0) + row[name];
  }
  // Of layers the largest one.
  for (const name of ['frameWidth', 'frameHeight', 'framesPerSecond']) {
    if (typeof row[name] === 'number') {
      record[prefix + name] = Math.max(record[prefix + name] ?? 0, row[name]);
    }
  }
}
