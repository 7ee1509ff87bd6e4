import t from 'tap';
import { VisavisError } from '../../../../src/base/errors.ts';
import { MAX_EXTENSIONS } from '../../../../src/transport/sdp/media-section.ts';
import { MAX_MEDIA_LINES, MAX_SDP_BYTES } from '../../../../src/transport/sdp/sdp-lines.ts';
import { readOffer } from '../../../../src/transport/sdp/sdp-offer.ts';
import { editOffer, plainOffer, vector, vectorNames } from '../../../helpers/sdp-vectors.ts';

/** The error reading throws; fails if it throws anything else or nothing. */
function refusal(sdp: string): VisavisError {
  try {
    readOffer(sdp);
  } catch (error) {
    if (error instanceof VisavisError && error.code === 'sdp_invalid') return error;
    throw error;
  }
  throw new Error('was accepted');
}

t.test('a browser offer is read with everything that is negotiated', async (test) => {
  const offer = readOffer(vector('chromium-microphone-and-camera'));
  test.same(offer.bundle, ['0', '1']);
  const [audio, video] = offer.media;
  test.match(audio, { media: 'audio', mid: '0', direction: 'sendonly', rtcpMux: true, setup: 'actpass' });
  test.equal(audio?.fingerprints[0]?.algorithm, 'sha-256');
  test.equal(audio?.codecs[0]?.name, 'opus');
  test.equal(audio?.codecs[0]?.channels, 2);
  test.equal(audio?.codecs[0]?.parameters.get('useinbandfec'), '1');
  const vp8 = video?.codecs.find(({ name }) => name === 'vp8');
  test.equal(vp8?.payloadType, 96);
  test.equal(vp8?.rtxPayloadType, 97);
  test.same([...(vp8?.feedback ?? [])], ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli']);
  test.equal(
    video?.codecs.some(({ name }) => name === 'rtx'),
    false,
  );
  test.equal(video?.fidGroups.length, 1);
  test.ok(video?.extensions.some(({ uri, id }) => uri === 'urn:ietf:params:rtp-hdrext:sdes:mid' && id === 4));
});

t.test('what stands at session level counts for every line', async (test) => {
  const { media } = readOffer(vector('device-obs'));
  for (const section of media) {
    test.equal(section.ice?.usernameFragment, 'Qb7x');
    test.equal(section.setup, 'actpass');
    test.equal(section.fingerprints.length, 1);
  }
  test.equal(media[1]?.codecs[0]?.rtxPayloadType, 97, 'encoding names ignore case');
});

t.test('LF alone ends a line, and blank lines at the end do not matter', async (test) => {
  const crlf = readOffer(plainOffer);
  test.same(readOffer(plainOffer.replaceAll('\r\n', '\n')), crlf);
  test.same(readOffer(`${plainOffer}\r\n\r\n`), crlf);
  test.same(readOffer(plainOffer.trimEnd()), crlf);
});

t.test('directions and extension directions are kept apart', async (test) => {
  const [, video] = readOffer(vector('firefox-simulcast')).media;
  test.equal(video?.direction, 'sendonly');
  test.equal(video?.extensions.find(({ id }) => id === 8)?.direction, 'sendonly');
  test.same(video?.simulcast, ['high', 'medium', 'low']);
});

t.test('malformed offers are refused, naming the line', async (test) => {
  const digest = /^(a=fingerprint:sha-256) .*$/m;
  const rows: readonly [string, string, RegExp][] = [
    ['nothing', '', /does not begin with v=0/],
    ['another version', editOffer(/^v=0/, 'v=1'), /does not begin with v=0/],
    ['a blank line in the middle', editOffer(/^s=-$/m, ''), /line 3 is not of the form/],
    ['a line of one letter', editOffer(/^s=-$/m, 's'), /line 3 is not of the form/],
    ['a control character', editOffer(/^s=-$/m, 's=\x00'), /line 3 has a control character/],
    ['a lone carriage return', editOffer(/^s=-$/m, 's=-\rs=-'), /line 3 has a control character/],
    ['an m= line without formats', editOffer(/^m=audio.*$/m, 'm=audio 9 RTP/SAVPF'), /\(m=\)/],
    ['a port beyond 65535', editOffer(/^m=audio 9/m, 'm=audio 65536'), /\(m=\)/],
    ['a missing mid', editOffer(/^a=mid:0\r\n/m, ''), /no a=mid/],
    ['an empty mid', editOffer(/^a=mid:0$/m, 'a=mid:'), /a=mid/],
    ['a mid of 17 characters', editOffer(/^a=mid:0$/m, `a=mid:${'m'.repeat(17)}`), /a=mid/],
    ['a mid used twice', editOffer(/^a=mid:1$/m, 'a=mid:0'), /stands on two media lines/],
    ['a BUNDLE of strangers', editOffer(/BUNDLE 0 1/, 'BUNDLE 0 2'), /BUNDLE names mid "2"/],
    ['ice-lite', editOffer(/^t=0 0$/m, 't=0 0\r\na=ice-lite'), /a=ice-lite/],
    ['a short ufrag', editOffer(/^a=ice-ufrag:.*$/m, 'a=ice-ufrag:abc'), /a=ice-ufrag/],
    ['a short password', editOffer(/^a=ice-pwd:.*$/m, 'a=ice-pwd:tooshort'), /a=ice-pwd/],
    ['a ufrag alone', editOffer(/^a=ice-pwd:.*\r\n/m, ''), /comes without ice-pwd/],
    ['a password alone', editOffer(/^a=ice-ufrag:.*\r\n/m, ''), /comes without ice-ufrag/],
    ['a digest of the wrong length', editOffer(digest, '$1 AB:CD'), /malformed sha-256 digest/],
    ['no digest', editOffer(digest, '$1'), /malformed sha-256 digest/],
    ['a payload type of 128', editOffer(/^a=rtpmap:111/m, 'a=rtpmap:128'), /a=rtpmap/],
    ['an rtpmap without clock rate', editOffer(/opus\/48000\/2/, 'opus'), /a=rtpmap/],
    ['a payload type mapped twice', editOffer(/^(a=rtpmap:111.*)$/m, '$1\r\n$1'), /mapped twice/],
    ['an fmtp without parameters', editOffer(/^a=fmtp:111.*$/m, 'a=fmtp:111'), /a=fmtp/],
    ['an extension id of 0', editOffer(/^a=extmap:1 /m, 'a=extmap:0 '), /a=extmap/],
    ['an extension without URI', editOffer(/^a=extmap:1 .*$/m, 'a=extmap:1'), /a=extmap/],
    ['an unknown extension direction', editOffer(/^a=extmap:1 /m, 'a=extmap:1/up '), /unknown direction/],
    ['an SSRC beyond 32 bits', editOffer(/^a=ssrc:\d+/m, 'a=ssrc:4294967296'), /a=ssrc/],
    ['an SSRC that is no number', editOffer(/^a=ssrc:\d+/m, 'a=ssrc:abc'), /a=ssrc/],
    ['a rid with a slash', editOffer(/^a=mid:1$/m, 'a=mid:1\r\na=rid:a/b send'), /a=rid/],
    ['a rid given twice', editOffer(/^a=mid:1$/m, 'a=mid:1\r\na=rid:a send\r\na=rid:a send'), /twice/],
    ['simulcast of no rid', editOffer(/^a=mid:1$/m, 'a=mid:1\r\na=simulcast:send a;b'), /names rid "a"/],
    ['simulcast in no direction', editOffer(/^a=mid:1$/m, 'a=mid:1\r\na=simulcast:a;b'), /a=simulcast/],
  ];
  for (const [name, sdp, message] of rows) {
    test.match(refusal(sdp).message, message, `${name} is refused`);
  }
});

t.test('an error tells the line and the attribute but never the value', async (test) => {
  const error = refusal(editOffer(/^a=ice-pwd:.*$/m, 'a=ice-pwd:s3cret'));
  test.match(error.details, { attribute: 'a=ice-pwd' });
  test.type(error.details?.line, 'number');
  test.notMatch(JSON.stringify([error.message, error.details]), 's3cret');
});

t.test('every size is bounded, and the largest allowed is taken', async (test) => {
  const lines = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join('\r\n');
  const more = (count: number, line: (i: number) => string) =>
    editOffer(/^a=mid:1$/m, `a=mid:1\r\n${lines(count, line)}`);
  const media = (count: number) =>
    `v=0\r\n${lines(count, (i) => `m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:${i}`)}\r\n`;
  const padded = (bytes: number) => `${plainOffer}a=${'x'.repeat(bytes - plainOffer.length - 4)}\r\n`;

  test.equal(readOffer(media(MAX_MEDIA_LINES)).media.length, MAX_MEDIA_LINES);
  test.match(refusal(media(MAX_MEDIA_LINES + 1)).message, /more than 128 media lines/);
  test.equal(padded(MAX_SDP_BYTES).length, MAX_SDP_BYTES);
  test.equal(readOffer(padded(MAX_SDP_BYTES)).media.length, 2);
  test.match(refusal(padded(MAX_SDP_BYTES + 1)).message, /longer than 262144 bytes/);
  test.match(
    refusal(`v=0\r\ns=${'医'.repeat(MAX_SDP_BYTES / 3)}`).message,
    /longer than/,
    'bytes, not characters',
  );
  test.match(refusal(more(MAX_EXTENSIONS + 1, (i) => `a=extmap:${i + 20} urn:x:${i}`)).message, /a=extmap/);
  test.match(refusal(more(33, (i) => `a=ssrc:${i} cname:x`)).message, /more than 32 SSRCs/);
  test.match(refusal(more(9, (i) => `a=rid:r${i} send`)).message, /more than 8 rids/);
  test.match(refusal(more(40, (i) => `a=rtcp-fb:96 x${i}`)).message, /a=rtcp-fb/);
  test.match(
    refusal(more(1, () => `a=fmtp:96 ${Array.from({ length: 33 }, (_, i) => `p${i}=1`).join(';')}`)).message,
    /more than 32 parameters/,
  );
  test.match(
    refusal(more(9, (i) => `a=fingerprint:sha-256 ${`0${i}:`.repeat(31)}0${i}`)).message,
    /fingerprints/,
  );
});

t.test('every stored vector can be read', async (test) => {
  for (const name of vectorNames()) test.ok(readOffer(vector(name)).media.length > 0, name);
});
