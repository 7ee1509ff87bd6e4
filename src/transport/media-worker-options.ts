import type { AddressLimiterOptions } from './ice/address-limiter.ts';

/** One local address a worker listens on. */
export interface ListenAddress {
  /** An IP address of this machine, or 0.0.0.0, or :: (IPv6 only). Never a name. */
  readonly address: string;
  /** 0 lets the system choose (tests). */
  readonly udpPort: number;
  /** Absent: no ICE-TCP on this address. */
  readonly tcpPort?: number;
}

export interface MediaListenOptions {
  readonly listen: readonly ListenAddress[];
  /**
   * The IP addresses told to peers, in order of preference. Each stands for the listening ports of its own address
   * if there are such, otherwise for those of its family. Empty: the listening addresses themselves.
   */
  readonly announced: readonly string[];
}

/** What is bounded, and how long is waited. */
export interface MediaWorkerLimits {
  readonly maxTransports: number;
  /** DTLS handshakes under way at the same time. */
  readonly maxPendingHandshakes: number;
  /** Remote addresses one transport may be reached by at the same time. */
  readonly maxPathsPerTransport: number;
  /** SSRCs one peer may send, for RTP and for RTCP each; packets of one more are dropped. */
  readonly maxSsrcsPerTransport: number;
  /** STUN from addresses that belong to no transport yet. */
  readonly stunPerAddress: AddressLimiterOptions;
  /** DTLS datagrams, which are only taken from checked addresses. */
  readonly dtlsPerAddress: AddressLimiterOptions;
  readonly maxTcpConnections: number;
  /** Per IPv4 address or IPv6 /64; many people of one clinic share one. */
  readonly maxTcpConnectionsPerAddress: number;
  readonly tcpAuthenticateWithinMs: number;
  /** Bytes that may wait for one TCP connection; what comes on top is dropped. */
  readonly tcpBacklogBytes: number;
  readonly iceDisconnectedAfterMs: number;
  readonly iceFailedAfterMs: number;
  readonly dtlsHandshakeTimeoutMs: number;
  /** SO_RCVBUF and SO_SNDBUF asked for; the system may give less (net.core.rmem_max). */
  readonly udpReceiveBufferBytes: number;
  readonly udpSendBufferBytes: number;
}

export const mediaWorkerDefaults: MediaWorkerLimits = {
  maxTransports: 500,
  maxPendingHandshakes: 64,
  maxPathsPerTransport: 8,
  // A camera publishes six; this leaves room for eighty publications over one transport.
  maxSsrcsPerTransport: 512,
  // A browser sends some 20 checks a second on each pair until the first is answered.
  stunPerAddress: { perSecond: 200, burst: 1000, maxAddresses: 4096 },
  // A handshake is about ten datagrams of the client, resent under loss.
  dtlsPerAddress: { perSecond: 200, burst: 1000, maxAddresses: 4096 },
  maxTcpConnections: 1000,
  maxTcpConnectionsPerAddress: 64,
  tcpAuthenticateWithinMs: 10_000,
  // A second of a 1080p picture and its repairs.
  tcpBacklogBytes: 512 * 1024,
  iceDisconnectedAfterMs: 5_000,
  // RFC 7675 §5.1.
  iceFailedAfterMs: 30_000,
  dtlsHandshakeTimeoutMs: 15_000,
  udpReceiveBufferBytes: 4 * 1024 * 1024,
  udpSendBufferBytes: 4 * 1024 * 1024,
};
