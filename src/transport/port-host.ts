import type { IcePath } from './ice/ice-path.ts';

/** Who the UDP and TCP ports of a worker work for; called synchronously. */
export interface PortHost {
  /** Monotonic time, µs. */
  nowUs(): number;
  /** Bytes that arrived on `path`, owned by the receiver. */
  handleDatagram(datagram: Buffer, path: IcePath): void;
  /** The port's `handleTimeout` should be called no later than `timeUs`. */
  wakeBy(timeUs: number): void;
}
