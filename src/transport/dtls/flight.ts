import { encodeFragment, FRAGMENT_HEADER_LENGTH, type HandshakeMessage } from './handshake-message.ts';
import { CONTENT_TYPE, encodeRecord, RECORD_HEADER_LENGTH } from './record.ts';

/** Bytes of UDP payload that pass everywhere: what browsers use for media and DTLS too. */
const MAX_DATAGRAM_LENGTH = 1200;
const HEADERS_LENGTH = RECORD_HEADER_LENGTH + FRAGMENT_HEADER_LENGTH;
/** A fragment shorter than this is not worth its headers; it waits for the next datagram. */
const MIN_FRAGMENT_LENGTH = 64;

/** One flight of ours: messages in clear, or ChangeCipherSpec and Finished. */
export interface Flight {
  readonly messages: readonly HandshakeMessage[];
  /** The encrypted record of Finished, sent as it is; a ChangeCipherSpec goes before it. */
  readonly finished?: Buffer;
}

/**
 * Packs a flight into as few datagrams of at most 1200 bytes as fit: fewer datagrams, fewer losses. Messages longer
 * than the room left are fragmented. Each record in clear takes a new number from `nextRecordNumber`, also when
 * the flight is sent again, as RFC 6347 §4.2.1 asks.
 */
export function packFlight(flight: Flight, nextRecordNumber: () => number): Buffer[] {
  const datagrams: Buffer[] = [];
  let parts: Buffer[] = [];
  let used = 0;
  const flush = () => {
    if (parts.length > 0) datagrams.push(Buffer.concat(parts));
    parts = [];
    used = 0;
  };
  const put = (record: Buffer) => {
    if (used + record.length > MAX_DATAGRAM_LENGTH) flush();
    parts.push(record);
    used += record.length;
  };
  for (const message of flight.messages) {
    let offset = 0;
    do {
      const left = message.body.length - offset;
      if (MAX_DATAGRAM_LENGTH - used - HEADERS_LENGTH < Math.min(left, MIN_FRAGMENT_LENGTH)) flush();
      const length = Math.min(left, MAX_DATAGRAM_LENGTH - used - HEADERS_LENGTH);
      put(
        encodeRecord(CONTENT_TYPE.handshake, 0, nextRecordNumber(), encodeFragment(message, offset, length)),
      );
      offset += length;
    } while (offset < message.body.length);
  }
  if (flight.finished !== undefined) {
    put(encodeRecord(CONTENT_TYPE.changeCipherSpec, 0, nextRecordNumber(), Buffer.of(1)));
    put(flight.finished);
  }
  flush();
  return datagrams;
}
