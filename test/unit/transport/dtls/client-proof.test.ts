import { createSign, generateKeyPairSync, X509Certificate } from 'node:crypto';
import t from 'tap';
import { CipherContext } from 'werift';
import {
  firstCertificate,
  isClientFinished,
  isSignedBy,
} from '../../../../src/transport/dtls/client-proof.ts';
import { clientCertificate, serverCertificate } from '../../../helpers/dtls-link.ts';

const der = new X509Certificate(clientCertificate.certPem).raw;
const transcript = Buffer.from('everything both sides said');

/** Three bytes of length before `data`. */
function vector24(data: Buffer): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(data.length, 0, 3);
  return Buffer.concat([length, data]);
}

function certificateVerify(scheme: number, signature: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(scheme, 0);
  head.writeUInt16BE(signature.length, 2);
  return Buffer.concat([head, signature]);
}

t.test('the first certificate of a chain is taken', async (t) => {
  t.ok(firstCertificate(vector24(vector24(der)))?.equals(der));
  t.ok(firstCertificate(vector24(Buffer.concat([vector24(der), vector24(Buffer.alloc(9))])))?.equals(der));
});

t.test('an empty or broken certificate list has none', async (t) => {
  const whole = vector24(vector24(der));
  for (const body of [
    Buffer.alloc(0),
    vector24(Buffer.alloc(0)),
    vector24(vector24(Buffer.alloc(0))),
    whole.subarray(0, -1),
    Buffer.concat([whole, Buffer.alloc(1)]),
    vector24(Buffer.from('ffffff00', 'hex')),
  ]) {
    t.equal(firstCertificate(body), undefined);
  }
});

t.test('a signature counts for its certificate, transcript and scheme only', async (t) => {
  const signature = createSign('sha256').update(transcript).sign(clientCertificate.keyPem);
  t.ok(isSignedBy(der, transcript, certificateVerify(0x0403, signature)));
  const other = new X509Certificate(serverCertificate.certPem).raw;
  t.notOk(isSignedBy(other, transcript, certificateVerify(0x0403, signature)));
  t.notOk(isSignedBy(der, Buffer.from('something else'), certificateVerify(0x0403, signature)));
  for (const scheme of [0x0401, 0x0203, 0x0503, 0x0000]) {
    t.notOk(isSignedBy(der, transcript, certificateVerify(scheme, signature)), scheme.toString(16));
  }
  t.notOk(
    isSignedBy(der, transcript, Buffer.concat([certificateVerify(0x0403, signature), Buffer.alloc(1)])),
  );
  t.notOk(isSignedBy(der, transcript, certificateVerify(0x0403, Buffer.alloc(0))));
  t.notOk(isSignedBy(der, transcript, Buffer.alloc(3)));
  t.notOk(isSignedBy(Buffer.from('not a certificate'), transcript, certificateVerify(0x0403, signature)));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const stranger = createSign('sha256').update(transcript).sign(privateKey);
  t.notOk(isSignedBy(der, transcript, certificateVerify(0x0403, stranger)));
});

t.test('verify_data is what an independent client computes', async (t) => {
  const client = new CipherContext(1);
  client.masterSecret = Buffer.from(Array.from({ length: 48 }, (_, at) => at));
  const right = client.verifyData(transcript);
  t.ok(isClientFinished(client.masterSecret, transcript, right));
  t.notOk(isClientFinished(client.masterSecret, Buffer.alloc(1), right));
  t.notOk(isClientFinished(Buffer.alloc(48), transcript, right));
  t.notOk(isClientFinished(client.masterSecret, transcript, right.subarray(1)));
  t.notOk(
    isClientFinished(
      client.masterSecret,
      transcript,
      new CipherContext(2).verifyData.call({ ...client, sessionType: 2 }, transcript),
    ),
    'not the server’s label',
  );
});
