import type { MediaPacketKind } from '../packet-kind.ts';

/** The session that holds a path. */
export interface PathHolder {
  /** A datagram other than STUN came on one of its paths. Owned by the receiver. */
  handleDatagram(kind: MediaPacketKind, datagram: Buffer, nowUs: number): void;
  /** Whether `path` carries the session's media now, so that nobody else may have it. */
  isUsing(path: IcePath, nowUs: number): boolean;
  /** The path ended by itself, or now belongs to another session. Not released. */
  forget(path: IcePath): void;
}

/**
 * One way to a peer: a remote address seen from one of our UDP sockets, or one TCP connection. It becomes part of a
 * session by an authenticated check (`adopt`) and is given up once (`release`). Implemented by the ports.
 */
export interface IcePath {
  readonly protocol: 'udp' | 'tcp';
  /** The remote side, as the socket says it. */
  readonly address: string;
  readonly port: number;
  /** Who gets what comes on this path; set and cleared by the session. */
  session: PathHolder | undefined;
  /** From now on the port finds this path again by the source of a datagram. Called once per adoption. */
  adopt(): void;
  /** The session is done with it: forget the source, or end the connection. Idempotent. */
  release(): void;
  /** Where the next packet may be built; at least 1,900 bytes. Borrowed until `send`. */
  sendBuffer(): Buffer;
  /** Sends `buffer[0..length)`, either the `sendBuffer()` or an owned buffer that is not touched again. May drop. */
  send(buffer: Buffer, length: number): void;
}
