import { type Counters, makeCounters } from '../base/counters.ts';
import { SRTP_COUNTER_NAMES } from '../crypto/srtp.ts';
import { DTLS_COUNTER_NAMES } from './dtls/dtls-endpoint.ts';

/**
 * Every place of the transport floor where a datagram ends or something is refused, one counter each, and a few events
 * (`TRANSPORT_EVENTS`); the meanings are the table of docs/transport.md. One set per worker, shared by all that lives in it.
 */
export const MEDIA_WORKER_COUNTERS = [
  'datagramsReceived',
  'datagramsSent',
  'kindUnknown',
  'sourceUnknown',
  'stunRateLimited',
  'stunMalformed',
  'stunNotRequest',
  'stunFingerprintWrong',
  'stunUfragUnknown',
  'stunIntegrityWrong',
  'stunRoleConflict',
  'stunAttributeUnknown',
  'stunAddressInUse',
  'pathsSelected',
  'dtlsRateLimited',
  'dtlsPendingLimit',
  'dtlsUnexpected',
  'srtpBeforeKeys',
  'sendBeforeKeys',
  'sendWithoutPath',
  'sendTooLarge',
  'sendQueueFull',
  'socketErrors',
  'tcpAccepted',
  'tcpRefused',
  'tcpNotStun',
  'tcpFrameTooLarge',
  'tcpUnauthenticated',
  'tcpBacklogFull',
  'transportLimit',
  'roomUnknown',
] as const;

/** Those of a worker's counters that count no drop and no refusal. */
export const TRANSPORT_EVENTS: readonly string[] = [
  'datagramsReceived',
  'datagramsSent',
  'pathsSelected',
  'dtlsRetransmissions',
  'tcpAccepted',
] satisfies (MediaWorkerCounterName | (typeof DTLS_COUNTER_NAMES)[number])[];

/** Whether a counter of `makeWorkerTotals` counts something that went well. */
export function isTransportEvent(name: string): boolean {
  return TRANSPORT_EVENTS.includes(name);
}

type MediaWorkerCounterName = (typeof MEDIA_WORKER_COUNTERS)[number];
export type MediaWorkerCounters = Counters<MediaWorkerCounterName>;

/** Adds every counter of `counted` to `total`, which may lack some names. */
export function addCounters(total: Record<string, number>, counted: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counted)) total[name] = (total[name] ?? 0) + count;
}

/** Every counter of a worker's statistics, all zero: its own, and those of its DTLS and SRTP. */
export function makeWorkerTotals(): Record<string, number> {
  return makeCounters([...MEDIA_WORKER_COUNTERS, ...DTLS_COUNTER_NAMES, ...SRTP_COUNTER_NAMES]);
}
