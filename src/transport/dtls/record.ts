/**
 * DTLS 1.2 records, several to a datagram (RFC 6347 §4.1):
 *
 *     0        1        2        3        4        5                 11       13
 *    +--------+--------+--------+--------+--------+--------  --------+--------+--------+-----
 *    | type   | version (FE FD) | epoch           | sequence number  | length          | fragment
 *    +--------+--------+--------+--------+--------+--------  --------+--------+--------+-----
 */
export const RECORD_HEADER_LENGTH = 13;

export const CONTENT_TYPE = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** A view over one record; `bytes` and `fragment` are borrowed from the datagram. */
export interface DtlsRecord {
  readonly contentType: number;
  readonly epoch: number;
  /** 0..2^48-1, within its epoch. */
  readonly sequenceNumber: number;
  readonly fragment: Buffer;
  /** The whole record with its header. */
  readonly bytes: Buffer;
}

/** Most records of one datagram that are looked at: a whole flight has six. */
const MAX_RECORDS = 32;

/**
 * The records of `datagram` in order, up to the first that is malformed: truncated, or of a version other than
 * DTLS 1.x. Empty for garbage. Never throws.
 */
export function parseRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  let offset = 0;
  while (offset + RECORD_HEADER_LENGTH <= datagram.length && records.length < MAX_RECORDS) {
    const end = offset + RECORD_HEADER_LENGTH + datagram.readUInt16BE(offset + 11);
    if (datagram[offset + 1] !== 0xfe || end > datagram.length) break;
    records.push({
      contentType: datagram[offset]!,
      epoch: datagram.readUInt16BE(offset + 3),
      sequenceNumber: datagram.readUIntBE(offset + 5, 6),
      fragment: datagram.subarray(offset + RECORD_HEADER_LENGTH, end),
      bytes: datagram.subarray(offset, end),
    });
    offset = end;
  }
  return records;
}

/** One record of DTLS 1.2 around the concatenation of `parts`, at most 65,535 bytes. */
export function encodeRecord(
  contentType: number,
  epoch: number,
  sequenceNumber: number,
  ...parts: readonly Buffer[]
): Buffer {
  const header = Buffer.alloc(RECORD_HEADER_LENGTH);
  header[0] = contentType;
  header.writeUInt16BE(0xfefd, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(sequenceNumber, 5, 6);
  header.writeUInt16BE(
    parts.reduce((length, part) => length + part.length, 0),
    11,
  );
  return Buffer.concat([header, ...parts]);
}
