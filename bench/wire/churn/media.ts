/** A media worker whose room people join and leave. */
import { randomBytes } from 'node:crypto';
import type { RouterCommand, RtpCodec } from '../../../src/sfu/commands.ts';
import { createDtlsCertificate } from '../../../src/transport/dtls/certificate.ts';
import type { FromWorker } from '../../../src/transport/media-messages.ts';
import { MediaWorker } from '../../../src/transport/media-worker.ts';
import { mediaWorkerDefaults } from '../../../src/transport/media-worker-options.ts';
import { serve } from '../../child.ts';
import { EXTENSION_IDS, MID, PAYLOAD_TYPE } from '../../vp8-stream.ts';
import { readBooks } from './books.ts';
import type { MediaChurnCalls } from './calls.ts';

const codec: RtpCodec = {
  name: 'vp8',
  payloadType: PAYLOAD_TYPE,
  clockRate: 90_000,
  nack: true,
  pli: true,
  fir: false,
  transportCc: true,
  remb: false,
};
const roomId = 'room';
/** A thousand people behind one address in half a minute. */
const unlimited = { perSecond: 100_000, burst: 100_000, maxAddresses: 16 };

type MessageOf<Type extends FromWorker['type']> = Extract<FromWorker, { type: Type }>;

/** The last message of each kind; nothing is kept of those before. */
const last = new Map<string, FromWorker>();
const certificate = await createDtlsCertificate();
const worker = new MediaWorker(
  {
    listen: [{ address: '127.0.0.1', udpPort: 0 }],
    announced: [],
    certificate,
    limits: { ...mediaWorkerDefaults, stunPerAddress: unlimited, dtlsPerAddress: unlimited },
  },
  (message) => {
    if (message.type === 'router' && message.event.type === 'commandFailed')
      throw new Error(message.event.message);
    last.set(message.type === 'router' ? message.event.type : message.type, message);
  },
);
await worker.start();
const { candidates } = last.get('ready') as MessageOf<'ready'>;
const { address, port } = candidates[0]!;
worker.handleMessage({ type: 'createRoom', roomId });
let host: string | undefined;
let ssrc = 1000;

function command(routerCommand: RouterCommand): void {
  worker.handleMessage({ type: 'router', roomId, command: routerCommand });
}

function subscribe(transportId: string, producerId: string): void {
  ssrc += 1;
  command({
    type: 'createConsumer',
    transportId,
    consumerId: `${transportId} sees ${producerId}`,
    producerId,
    mid: MID,
    codecs: [codec],
    ssrc,
    cname: producerId,
    paused: false,
    wanted: {},
  });
}

serve({
  join: (transportId, { ice: remote, fingerprint }) => {
    const local = {
      usernameFragment: randomBytes(4).toString('hex'),
      password: randomBytes(12).toString('hex'),
    };
    command({ type: 'createTransport', transportId, extensionIds: EXTENSION_IDS, mixedExtensions: false });
    worker.handleMessage({
      type: 'connectTransport',
      roomId,
      transportId,
      local,
      remote,
      fingerprints: [fingerprint],
    });
    command({
      type: 'createProducer',
      transportId,
      producerId: transportId,
      kind: 'video',
      mid: MID,
      codecs: [codec],
      encodings: [{}],
      paused: false,
    });
    if (host === undefined) {
      host = transportId;
    } else {
      subscribe(transportId, host);
      subscribe(host, transportId);
    }
    return { ice: local, fingerprint: certificate.fingerprint, address, port };
  },
  leave: (transportId) => command({ type: 'closeTransport', transportId }),
  books: async () => {
    command({ type: 'getStats', requestId: 0 });
    worker.handleMessage({ type: 'getWorkerStats', requestId: 0 });
    const { stats: workerStats } = last.get('workerStats') as MessageOf<'workerStats'>;
    const { event } = last.get('stats') as MessageOf<'router'>;
    if (event.type !== 'stats') throw new Error('no stats');
    return readBooks({
      rooms: workerStats.rooms,
      transports: workerStats.transports,
      'router transports': event.stats.transports.length,
      producers: event.stats.producers.length,
      consumers: event.stats.consumers.length,
    });
  },
} satisfies MediaChurnCalls);
