/**
 * The cryptographic half of SRTP or SRTCP under one session key: told the packet index, and no result depends on what
 * came before. Callers have checked that packets are long enough for their header (and tag, and SRTCP index word).
 */
export interface SrtpTransform {
  /** Bytes `protectRtp` adds; `protectRtcp` adds four more for the index word. */
  readonly tagLength: number;
  /** How many bytes before a protected RTCP packet's end its index word starts. */
  readonly rtcpIndexFromEnd: number;
  /** Writes the protected packet to `target` (may be the packet's own memory) and returns its length. */
  protectRtp(packet: Buffer, headerLength: number, index: number, target: Buffer): number;
  /** A new buffer with the plain packet, or undefined when it is not authentic. `packet` is left as it is. */
  unprotectRtp(packet: Buffer, headerLength: number, index: number): Buffer | undefined;
  protectRtcp(packet: Buffer, index: number, target: Buffer): number;
  unprotectRtcp(packet: Buffer, index: number): Buffer | undefined;
  /** Gives back what the thread's streams share. The key is not used any more. */
  close(): void;
}
