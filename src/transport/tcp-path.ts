import type { Socket } from 'node:net';
import type { IcePath, PathHolder } from './ice/ice-path.ts';
import type { MediaWorkerCounters } from './media-worker-counters.ts';
import { packetKind } from './packet-kind.ts';
import { FrameReader, frameOf } from './tcp-framing.ts';
import { SEND_BUFFER_BYTES } from './udp-send-ring.ts';

/** What a connection tells its port. */
export interface TcpPathListener {
  handleDatagram(datagram: Buffer, path: TcpPath): void;
  onAdopted(path: TcpPath): void;
  /** Said once. */
  onEnded(path: TcpPath): void;
}

/** Packets are built here and copied behind their length when sent; nothing waits in it. */
const scratch = Buffer.alloc(SEND_BUFFER_BYTES);

/** One accepted TCP connection as a path. It must begin with STUN and pass a check, or it is ended. */
export class TcpPath implements IcePath {
  readonly protocol = 'tcp';
  readonly address: string;
  readonly port: number;
  session: PathHolder | undefined = undefined;
  readonly #socket: Socket;
  readonly #listener: TcpPathListener;
  readonly #backlogBytes: number;
  readonly #counters: MediaWorkerCounters;
  #ended = false;

  constructor(
    socket: Socket,
    address: string,
    port: number,
    backlogBytes: number,
    counters: MediaWorkerCounters,
    listener: TcpPathListener,
  ) {
    this.#socket = socket;
    this.address = address;
    this.port = port;
    this.#backlogBytes = backlogBytes;
    this.#counters = counters;
    this.#listener = listener;
    const reader = new FrameReader((frame) => this.#receive(frame));
    socket.on('data', (chunk: Buffer) => {
      if (this.#ended || reader.push(chunk) || this.#ended) return;
      counters.tcpFrameTooLarge += 1;
      this.release();
    });
    socket.on('error', () => {
      counters.socketErrors += 1;
    });
    socket.on('close', () => this.#end());
  }

  adopt(): void {
    this.#listener.onAdopted(this);
  }

  release(): void {
    this.#socket.destroy();
    this.#end();
  }

  sendBuffer(): Buffer {
    return scratch;
  }

  send(buffer: Buffer, length: number): void {
    if (this.#ended) return;
    if (this.#socket.writableLength + length > this.#backlogBytes) {
      this.#counters.tcpBacklogFull += 1;
      return;
    }
    this.#socket.write(frameOf(buffer, length));
    this.#counters.datagramsSent += 1;
  }

  #receive(frame: Buffer): boolean {
    if (this.session === undefined && packetKind(frame) !== 'stun') {
      this.#counters.tcpNotStun += 1;
      this.release();
      return false;
    }
    this.#listener.handleDatagram(frame, this);
    return !this.#ended;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.session?.forget(this);
    this.#listener.onEnded(this);
  }
}
