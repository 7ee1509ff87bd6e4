/** Our side of the comparison: a media worker in its thread, as the server runs it. */
import { randomBytes } from 'node:crypto';
import type { RtpCodec } from '../../../src/sfu/commands.ts';
import { createDtlsCertificate } from '../../../src/transport/dtls/certificate.ts';
import { mediaWorkerDefaults } from '../../../src/transport/media-worker-options.ts';
import { MediaWorkerThreadHandle } from '../../../src/transport/media-worker-thread-handle.ts';
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
const listen = [{ address: '127.0.0.1', udpPort: 0 }];
const worker = new MediaWorkerThreadHandle(
  { listen, announced: [], certificate, limits: mediaWorkerDefaults },
  {
    onMessage: (message) => {
      if (message.type === 'router' && message.event.type === 'commandFailed')
        throw new Error(message.event.message);
    },
    onReady: () => {},
    onLost: (cause) => {
      throw cause ?? new Error('the media worker ended');
    },
  },
);
await worker.start();
const { address, port } = worker.candidates[0]!;
const roomId = 'room';
worker.post({ type: 'createRoom', roomId });
let peers = 0;

serve({
  connect: async (role, { ice: remote, fingerprint }) => {
    const transportId = `transport${peers}`;
    peers += 1;
    const local = {
      usernameFragment: randomBytes(4).toString('hex'),
      password: randomBytes(12).toString('hex'),
    };
    worker.post({
      type: 'router',
      roomId,
      command: { type: 'createTransport', transportId, extensionIds: EXTENSION_IDS, mixedExtensions: false },
    });
    worker.post({
      type: 'connectTransport',
      roomId,
      transportId,
      local,
      remote,
      fingerprints: [fingerprint],
    });
    worker.post({
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
