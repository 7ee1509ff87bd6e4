/** A media worker on loopback, in this thread, for tests. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Test } from 'tap';
import type { RouterCommand } from '../../src/sfu/commands.ts';
import { createDtlsCertificate } from '../../src/transport/dtls/certificate.ts';
import type { DtlsFingerprint, HostCandidate, IceParameters } from '../../src/transport/media-messages.ts';
import { MediaWorker } from '../../src/transport/media-worker.ts';
import { type MediaWorkerLimits, mediaWorkerDefaults } from '../../src/transport/media-worker-options.ts';
import { WorkerLog } from './worker-log.ts';

export const certificate = await createDtlsCertificate();
export const strangeFingerprint: DtlsFingerprint = {
  algorithm: 'sha-256',
  value: Array.from({ length: 32 }, () => 'AB').join(':'),
};

export interface StartedWorker {
  readonly worker: MediaWorker;
  readonly log: WorkerLog;
  readonly udp: HostCandidate;
  router(command: RouterCommand): void;
  connect(transportId: string, remote: IceParameters, fingerprint?: DtlsFingerprint): IceParameters;
}

export async function startWorker(t: Test, limits: Partial<MediaWorkerLimits> = {}): Promise<StartedWorker> {
  const log = new WorkerLog();
  const listen = [{ address: '127.0.0.1', udpPort: 0, tcpPort: 0 }];
  const worker = new MediaWorker(
    { listen, announced: [], certificate, limits: { ...mediaWorkerDefaults, ...limits } },
    log.post,
  );
  t.teardown(() => worker.close());
  await worker.start();
  worker.handleMessage({ type: 'createRoom', roomId: 'room' });
  const router = (command: RouterCommand): void =>
    worker.handleMessage({ type: 'router', roomId: 'room', command });
  let generation = 0;
  return {
    worker,
    log,
    udp: await log.candidate('udp'),
    router,
    connect: (transportId, remote, fingerprint = strangeFingerprint) => {
      generation += 1;
      const local = {
        usernameFragment: `${transportId}${generation}xx`,
        password: `password-of-${transportId}-${generation}-long-enough`,
      };
      worker.handleMessage({
        type: 'connectTransport',
        roomId: 'room',
        transportId,
        local,
        remote,
        fingerprints: [fingerprint],
      });
      return local;
    },
  };
}

export function createTransport(transportId: string): RouterCommand {
  return { type: 'createTransport', transportId, extensionIds: {}, mixedExtensions: false };
}

export async function udpSocket(t: Test): Promise<Socket> {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

export function audioPacket(sequenceNumber: number): Buffer {
  const packet = Buffer.alloc(12 + 20, 0x55);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(111, 1);
  packet.writeUInt16BE(sequenceNumber, 2);
  packet.writeUInt32BE(sequenceNumber * 960, 4);
  packet.writeUInt32BE(4711, 8);
  return packet;
}
