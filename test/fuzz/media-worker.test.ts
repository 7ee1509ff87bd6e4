/** Whatever comes on the ports of a worker, from strangers and from checked peers, ends in a counter. */
import t from 'tap';
import { createDtlsCertificate } from '../../src/transport/dtls/certificate.ts';
import { MediaWorker } from '../../src/transport/media-worker.ts';
import { mediaWorkerDefaults } from '../../src/transport/media-worker-options.ts';
import { randomBytes, seeded } from '../helpers/seeded.ts';
import { check, FakePath } from '../helpers/stun-peer.ts';
import { WorkerLog } from '../helpers/worker-log.ts';

const seed = 7983;
const rounds = 20_000;
const local = { usernameFragment: 'serverAA', password: 'server-password-22-chars' };
const remote = { usernameFragment: 'peer', password: 'peer-password-of-22-chars' };
const firstBytes = [0, 1, 2, 3, 16, 20, 21, 22, 23, 25, 63, 64, 79, 128, 144, 176, 191, 255];

t.test('random and mangled datagrams never throw, and the peer stays', async (t) => {
  t.comment(`seed ${seed}`);
  const random = seeded(seed);
  const log = new WorkerLog();
  const worker = new MediaWorker(
    {
      listen: [],
      announced: [],
      certificate: await createDtlsCertificate(),
      limits: {
        ...mediaWorkerDefaults,
        stunPerAddress: { perSecond: 1e9, burst: 1e9, maxAddresses: 4 },
        dtlsPerAddress: { perSecond: 1e9, burst: 1e9, maxAddresses: 4 },
      },
    },
    log.post,
  );
  t.teardown(() => worker.close());
  worker.handleMessage({ type: 'createRoom', roomId: 'room' });
  worker.handleMessage({
    type: 'router',
    roomId: 'room',
    command: { type: 'createTransport', transportId: 'peer', extensionIds: {}, mixedExtensions: false },
  });
  worker.handleMessage({
    type: 'connectTransport',
    roomId: 'room',
    transportId: 'peer',
    local,
    remote,
    fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }],
  });
  const peer = new FakePath('192.0.2.9');
  worker.handleDatagram(check(local, remote, { nominate: true }), peer);
  t.equal(peer.sent.length, 1);

  for (let round = 0; round < rounds; round += 1) {
    const path = random() < 0.5 ? peer : new FakePath('198.51.100.1', 1 + Math.floor(random() * 60_000));
    let datagram: Buffer;
    if (random() < 0.3) {
      datagram = check(local, remote, { nominate: random() < 0.5, unknownAttribute: 0x7000 });
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
        datagram[Math.floor(random() * datagram.length)]! ^= 1 << Math.floor(random() * 8);
      }
      if (random() < 0.3) datagram = datagram.subarray(0, Math.floor(random() * datagram.length));
    } else {
      datagram = randomBytes(random, Math.floor(random() * 200));
      if (datagram.length > 0) datagram[0] = firstBytes[Math.floor(random() * firstBytes.length)]!;
      // A record of DTLS 1.2 with a length that fits, now and then.
      if (datagram.length > 13 && random() < 0.5) {
        datagram.writeUInt16BE(0xfefd, 1);
        datagram.writeUInt16BE(datagram.length - 13, 11);
        datagram[13] = 1 + Math.floor(random() * 20);
      }
    }
    worker.handleDatagram(datagram, path);
  }

  worker.handleMessage({ type: 'getWorkerStats', requestId: 1 });
  const { counters } = (await log.until('workerStats')).stats;
  t.equal(counters.datagramsReceived, rounds + 1);
  t.ok(counters.kindUnknown! > 0 && counters.sourceUnknown! > 0 && counters.stunMalformed! > 0);
  t.ok(counters.stunIntegrityWrong! + counters.stunFingerprintWrong! > 0);
  t.ok(counters.dtlsMalformed! + counters.dtlsUnexpected! > 0 && counters.srtpBeforeKeys! > 0);
  t.equal(counters.pathsSelected, 1, 'nobody else came in');
  const sent = peer.sent.length;
  worker.handleDatagram(check(local, remote, { nominate: true }), peer);
  t.equal(peer.sent.length, sent + 1, 'and the peer is still answered');
});
