import t, { type Test } from 'tap';
import { CipherContext } from 'werift';
import { VisavisError } from '../../../../src/base/errors.ts';
import { createDtlsCertificate } from '../../../../src/transport/dtls/certificate.ts';
import { encodeFragment, parseFragments } from '../../../../src/transport/dtls/handshake-message.ts';
import { encodeRecord, parseRecords } from '../../../../src/transport/dtls/record.ts';
import { clientCertificate, DtlsLink, type DtlsLinkOptions } from '../../../helpers/dtls-link.ts';
import { randomBytes, seeded } from '../../../helpers/seeded.ts';

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

function open(test: Test, options: DtlsLinkOptions = {}): DtlsLink {
  const link = new DtlsLink(options);
  test.teardown(() => link.close());
  return link;
}

/** Both sides completed with the same keys. */
async function agrees(test: Test, link: DtlsLink): Promise<void> {
  const connected = new Promise<void>((resolve) => link.client.onConnect.once(() => resolve()));
  const outcome = await link.connect().outcome;
  if (!('keys' in outcome)) {
    test.fail(`failed: ${outcome.failed}`);
    return;
  }
  await connected;
  const { keys } = outcome;
  const theirs = link.client.extractSessionKeys(16, keys.profile === 'AEAD_AES_128_GCM' ? 12 : 14);
  test.equal(link.endpoint.state, 'connected');
  test.ok(keys.local.masterKey.equals(theirs.remoteKey) && keys.local.masterSalt.equals(theirs.remoteSalt));
  test.ok(keys.remote.masterKey.equals(theirs.localKey) && keys.remote.masterSalt.equals(theirs.localSalt));
  test.notOk(keys.local.masterKey.equals(keys.remote.masterKey));
}

const isHandshakeInClear = (datagram: Buffer) => datagram[0] === 22 && datagram.readUInt16BE(3) === 0;
const messageType = (datagram: Buffer) => datagram[13];

t.test('a handshake takes one round trip and a half, without a cookie exchange', async (t) => {
  const link = open(t);
  await agrees(t, link);
  t.equal(link.sent.length, 2, 'one datagram per flight');
  t.same(
    parseRecords(link.sent[0]!).map(({ fragment }) => fragment[0]),
    [2, 11, 12, 13, 14],
  );
  t.same(
    parseRecords(link.sent[1]!).map(({ contentType }) => contentType),
    [20, 22],
  );
  t.same({ ...link.endpoint.counters }, { dtlsMalformed: 0, dtlsDropped: 0, dtlsRetransmissions: 0 });
});

t.test('our preferred profile of those the client offers is taken', async (t) => {
  const gcm = 'AEAD_AES_128_GCM';
  const cm = 'AES_CM_128_HMAC_SHA1_80';
  for (const [serverProfiles, clientProfiles, expected] of [
    [[gcm, cm], [cm, gcm], gcm],
    [[cm, gcm], [gcm, cm], cm],
    [[gcm, cm], [cm], cm],
  ] as const) {
    const link = open(t, { serverProfiles, clientProfiles });
    await agrees(t, link);
    const outcome = await link.outcome;
    t.equal('keys' in outcome && outcome.keys.profile, expected);
  }
});

t.test('a client without a common profile, or without SRTP at all, is refused', async (t) => {
  for (const clientProfiles of [['AES_CM_128_HMAC_SHA1_80'], []] as const) {
    const link = open(t, { serverProfiles: ['AEAD_AES_128_GCM'], clientProfiles }).connect();
    t.same(await link.outcome, { failed: 'dtls_handshake' });
    t.equal(link.endpoint.state, 'failed');
    t.equal(link.sent.at(-1)?.toString('hex', 13), '0228', 'handshake_failure');
  }
});

t.test('a client that does not know the extended master secret connects too', async (t) => {
  await agrees(t, open(t, { extendedMasterSecret: false }));
});

t.test('a certificate that signaling did not name is refused', async (t) => {
  const other = await createDtlsCertificate();
  const link = open(t, { remoteFingerprints: [other.fingerprint] }).connect();
  t.same(await link.outcome, { failed: 'dtls_fingerprint' });
  t.equal(link.sent.at(-1)?.toString('hex', 13), '022a', 'bad_certificate');
});

t.test('showing another client’s certificate without its key is refused', async (t) => {
  const { keyPem } = await createDtlsCertificate();
  const link = open(t, { clientCertificate: { ...clientCertificate, keyPem } }).connect();
  t.same(await link.outcome, { failed: 'dtls_fingerprint' });
  t.equal(link.sent.at(-1)?.toString('hex', 13), '0233', 'decrypt_error');
});

t.test('a hello changed on the way is noticed, with and without the extended master secret', async (t) => {
  for (const extendedMasterSecret of [true, false]) {
    const link = open(t, {
      extendedMasterSecret,
      // The second cipher suite of the client, which we do not choose.
      toServer: (datagram) => {
        if (isHandshakeInClear(datagram) && messageType(datagram) === 1)
          datagram[13 + 12 + 34 + 1 + 1 + 2 + 3]! ^= 1;
        return [datagram];
      },
    });
    t.same(await link.connect().outcome, { failed: 'dtls_fingerprint' });
  }
});

t.test('a Finished that does not fit the handshake is not taken', async (t) => {
  const link = open(t, { handshakeTimeoutMs: 300 });
  const { client } = link;
  const verifyData = CipherContext.prototype.verifyData;
  client.cipher.verifyData = function (this: CipherContext, transcript: Buffer) {
    const right = verifyData.call(this, transcript) as Buffer<ArrayBuffer>;
    right[0] = right[0]! ^ 1;
    return right;
  };
  t.same(await link.connect().outcome, { failed: 'dtls_timeout' });
});

t.test('no usable fingerprint is a mistake of the offer, told at once', async (t) => {
  const { value } = clientCertificate.fingerprint;
  for (const remoteFingerprints of [
    [],
    [{ algorithm: 'sha-1', value }],
    [{ algorithm: 'sha-256', value: '' }],
  ]) {
    t.throws(() => new DtlsLink({ remoteFingerprints }), VisavisError);
  }
});

t.test('each flight may be lost once, in either direction', async (t) => {
  for (const lost of [0, 1]) {
    let sent = 0;
    const link = open(t, { toClient: (datagram) => (sent++ === lost ? [] : [datagram]) });
    await agrees(t, link);
    t.ok(link.endpoint.counters.dtlsRetransmissions >= 1, `our datagram ${lost}`);
  }
  for (const lost of [0, 1, 2, 3, 4, 5]) {
    let sent = 0;
    await agrees(t, open(t, { toServer: (datagram) => (sent++ === lost ? [] : [datagram]) }));
  }
});

t.test(
  'a datagram of the client that comes again has our flight sent again, at once but not twice',
  async (t) => {
    const seen: Buffer[] = [];
    const link = open(t, {
      toServer: (datagram) => {
        seen.push(datagram);
        return [datagram];
      },
    });
    await agrees(t, link);
    const finished = seen.at(-1)!;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = link.sent.length;
    link.endpoint.handleDatagram(finished);
    link.endpoint.handleDatagram(finished);
    t.equal(link.sent.length, before + 1);
    t.same(
      parseRecords(link.sent.at(-1)!).map(({ contentType }) => contentType),
      [20, 22],
    );
  },
);

t.test('the client’s flight may come in any order, and doubled', async (t) => {
  const random = seeded(11);
  for (let round = 0; round < 5; round += 1) {
    const held: Buffer[] = [];
    const link = open(t, {
      toServer: (datagram) => {
        if (isHandshakeInClear(datagram) && messageType(datagram) === 1) return [datagram];
        held.push(datagram);
        if (held.length < 5) return [];
        const flight = [...held, ...held];
        for (let at = flight.length - 1; at > 0; at -= 1) {
          const other = Math.floor(random() * (at + 1));
          [flight[at], flight[other]] = [flight[other]!, flight[at]!];
        }
        return flight;
      },
    });
    await agrees(t, link);
  }
});

t.test('the client’s messages may come in small overlapping fragments, last one first', async (t) => {
  const link = open(t, {
    toServer: (datagram) => {
      if (!isHandshakeInClear(datagram)) return [datagram];
      const [record] = parseRecords(datagram);
      return parseFragments(record!.fragment).flatMap(({ type, sequence, data }) => {
        const pieces: Buffer[] = [];
        for (let offset = 0; offset < data.length; offset += 40) {
          const fragment = encodeFragment(
            { type, sequence, body: data },
            offset,
            Math.min(60, data.length - offset),
          );
          pieces.unshift(encodeRecord(22, 0, record!.sequenceNumber, fragment));
        }
        return pieces;
      });
    },
  });
  await agrees(t, link);
});

t.test('garbage between the datagrams changes nothing and is counted', async (t) => {
  const random = seeded(12);
  const link = open(t, {
    toServer: (datagram) => [
      randomBytes(random, 100),
      encodeRecord(22, 0, 0, randomBytes(random, 11)),
      encodeRecord(22, 0, 0, encodeFragment({ type: 99, sequence: 9, body: Buffer.alloc(10) })),
      encodeRecord(22, 1, 0, randomBytes(random, 40)),
      encodeRecord(23, 1, 1, randomBytes(random, 40)),
      encodeRecord(21, 1, 1, randomBytes(random, 26)),
      datagram,
      Buffer.alloc(0),
    ],
  });
  await agrees(t, link);
  t.ok(link.endpoint.counters.dtlsMalformed >= 6);
  t.ok(link.endpoint.counters.dtlsDropped >= 12);
});

t.test('a message out of place ends the handshake', async (t) => {
  const link = open(t);
  link.endpoint.handleDatagram(
    encodeRecord(22, 0, 0, encodeFragment({ type: 11, sequence: 0, body: Buffer.alloc(3) })),
  );
  t.same(await link.outcome, { failed: 'dtls_handshake' });
  t.equal(link.sent[0]?.toString('hex', 13), '020a', 'unexpected_message');
});

t.test('hellos that are cut off at any byte are refused, never thrown', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  open(t, {
    toServer: (datagram) => {
      resolve(datagram);
      return [];
    },
  }).connect();
  const [hello] = parseFragments(parseRecords(await promise)[0]!.fragment);
  for (let length = 0; length < hello!.data.length; length += 5) {
    const link = open(t);
    const body = hello!.data.subarray(0, length);
    link.endpoint.handleDatagram(encodeRecord(22, 0, 0, encodeFragment({ type: 1, sequence: 0, body })));
    t.same(await link.outcome, { failed: 'dtls_handshake' }, `${length} bytes`);
  }
});

t.test('once connected, nothing in clear ends or restarts the connection', async (t) => {
  const seen: Buffer[] = [];
  const link = open(t, {
    toServer: (datagram) => {
      seen.push(datagram);
      return [datagram];
    },
  });
  await agrees(t, link);
  for (const datagram of [
    encodeRecord(21, 0, 99, Buffer.of(2, 40)),
    encodeRecord(21, 0, 100, Buffer.of(1, 0)),
    encodeRecord(22, 0, 101, encodeFragment({ type: 1, sequence: 4, body: Buffer.alloc(50) })),
    ...seen,
  ]) {
    link.endpoint.handleDatagram(datagram);
  }
  t.equal(link.endpoint.state, 'connected');
  t.same(link.failures, []);
});

t.test('a fatal alert during the handshake ends it, a warning does not', async (t) => {
  const link = open(t);
  link.endpoint.handleDatagram(encodeRecord(21, 0, 0, Buffer.of(1, 100)));
  t.equal(link.endpoint.state, 'handshaking');
  link.endpoint.handleDatagram(encodeRecord(21, 0, 0, Buffer.of(2, 42)));
  t.same(await link.outcome, { failed: 'dtls_handshake' });
});

t.test('the peer’s goodbye is told once', async (t) => {
  const link = open(t);
  await agrees(t, link);
  const { client } = link;
  const header = { type: 21, version: 0xfefd, epoch: 1, sequenceNumber: 500 };
  const goodbye = client.cipher.cipher.encrypt(client.sessionType, Buffer.of(1, 0), header);
  const record = encodeRecord(21, 1, 500, goodbye);
  const forged = Buffer.from(record);
  forged[forged.length - 1]! ^= 1;
  link.endpoint.handleDatagram(forged);
  t.same(link.failures, [], 'not a forged one');
  link.endpoint.handleDatagram(record);
  link.endpoint.handleDatagram(record);
  t.same(link.failures, ['dtls_closed']);
});

t.test('close says goodbye once, encrypted, and nothing is called back after it', async (t) => {
  const link = open(t);
  await agrees(t, link);
  const closed = new Promise<void>((resolve) => link.client.onClose.once(() => resolve()));
  link.endpoint.close();
  link.endpoint.close();
  await closed;
  t.equal(link.endpoint.state, 'closed');
  const [goodbye] = parseRecords(link.sent.at(-1)!);
  t.match(goodbye, { contentType: 21, epoch: 1 });
  t.equal(link.sent.length, 3);
  link.endpoint.handleDatagram(link.sent[0]!);
  t.same(link.failures, []);
});

t.test('close during the handshake calls nothing back', async (t) => {
  const link = open(t, {
    toClient: (datagram) => {
      if (datagram[0] === 22) setImmediate(() => link.endpoint.close());
      return datagram[0] === 22 ? [] : [datagram];
    },
  });
  const closed = new Promise<void>((resolve) => link.client.onClose.once(() => resolve()));
  link.connect();
  await closed;
  t.same(link.failures, []);
  t.equal(link.endpoint.state, 'closed');
});

t.test('a handshake that does not end in time fails', async (t) => {
  const silent = open(t, { handshakeTimeoutMs: 20 });
  t.same(await silent.outcome, { failed: 'dtls_timeout' });
  t.same(silent.sent, [], 'and nothing is sent to a peer that never spoke');
  const stuck = open(t, { handshakeTimeoutMs: 250, toClient: () => [] }).connect();
  t.same(await stuck.outcome, { failed: 'dtls_timeout' });
  t.equal(stuck.sent.length, 2, 'the flight and one more after 100 ms');
});

t.test('none of these errors became an unhandled rejection', async (t) => {
  await new Promise((resolve) => setImmediate(resolve));
  t.same(unhandled, []);
});
