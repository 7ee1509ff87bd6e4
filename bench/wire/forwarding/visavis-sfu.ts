/** Our side of the comparison: a media worker in the main thread of its own process. */
import { randomBytes } from 'node:crypto';
import type { RtpCodec } from '../../../src/sfu/commands.ts';
import { createDtlsCertificate } from '../../../src/transport/dtls/certificate.ts';
import { MediaWorker } from '../../../src/transport/media-worker.ts';
import { mediaWorkerDefaults } from '../../../src/transport/media-worker-options.ts';
import { WorkerLog } from '../../../test/helpers/worker-log.ts';
import { serve } from '../../child.ts';
import { EXTENSION_IDS, MID, PAYLOAD_TYPE } from '../../vp8-stream.ts';
import type { SfuCalls } from './calls.ts';

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
const certificate = await createDtlsCertificate();
const log = new WorkerLog();
const listen = [{ address: '127.0.0.1', udpPort: 0 }];
const worker = new MediaWorker({ listen, announced: [], certificate, limits: mediaWorkerDefaults }, log.post);
await worker.start();
const { address, port } = await log.candidate('udp');
const roomId = 'room';
worker.handleMessage({ type: 'createRoom', roomId });
let peers = 0;

serve({
  connect: async (role, { ice: remote, fingerprint }) => {
    const transportId = `transport${peers}`;
    peers += 1;
    const local = {
      usernameFragment: randomBytes(4).toString('hex'),
      password: randomBytes(12).toString('hex'),
    };
    worker.handleMessage({
      type: 'router',
      roomId,
      command: { type: 'createTransport', transportId, extensionIds: EXTENSION_IDS, mixedExtensions: false },
    });
    worker.handleMessage({
      type: 'connectTransport',
      roomId,
      transportId,
      local,
      remote,
      fingerprints: [fingerprint],
    });
    worker.handleMessage({
      type: 'router',
      roomId,
      command:
        role === 'publisher'
          ? {
              type: 'createProducer',
              transportId,
              producerId: 'camera',
              kind: 'video',
              mid: MID,
              codecs: [codec],
              encodings: [{}],
              paused: false,
            }
          : {
              type: 'createConsumer',
              transportId,
              consumerId: transportId,
              producerId: 'camera',
              mid: MID,
              codecs: [codec],
              ssrc: 1000 + peers,
              cname: 'publisher',
              paused: false,
              wanted: {},
            },
    });
    return { ice: local, fingerprint: certificate.fingerprint, address, port };
  },
  cpuUs: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
} satisfies SfuCalls);
