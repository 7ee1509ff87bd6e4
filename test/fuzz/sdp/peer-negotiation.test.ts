/** Hostile offers: mutated vectors and noise. Only VisavisError may come out, soon, and the state must hold. */
import t from 'tap';
import { VisavisError } from '../../../src/base/errors.ts';
import { readIceFragment } from '../../../src/transport/sdp/ice-fragment.ts';
import type { NegotiationLine } from '../../../src/transport/sdp/negotiation-types.ts';
import { vector, vectorNames } from '../../helpers/sdp-vectors.ts';
import { seeded } from '../../helpers/seeded.ts';
import { makeNegotiation } from '../../helpers/test-negotiation.ts';

const seed = Number(process.env.FUZZ_SEED ?? 0x5d9);
const rounds = Number(process.env.FUZZ_ROUNDS ?? 3_000);
const corpus = vectorNames().map(vector);
const random = seeded(seed);
const below = (limit: number) => Math.floor(random() * limit);
const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;

const poison = [
  '',
  '0',
  '-1',
  '65536',
  '4294967296',
  '99999999999999999999',
  'NaN',
  '__proto__',
  'constructor',
  '1e9',
];
const noise = [
  'a=mid:0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 0',
  'a=group:BUNDLE 0 0',
  'a=simulcast:send ;,~',
  'a=\u0000',
];

/** One small damage, of a kind a careless or hostile client might do. */
function mutate(sdp: string): string {
  const lines = sdp.split('\r\n');
  const at = below(lines.length);
  switch (below(8)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, pick(lines));
      break;
    case 2:
      lines[at] = (lines[at] ?? '').replace(/\d+/, pick(poison));
      break;
    case 3:
      lines[at] = (lines[at] ?? '').slice(0, below(20));
      break;
    case 4:
      lines.splice(at, 0, pick(noise));
      break;
    case 5:
      lines[at] = (lines[at] ?? '').replace(/[:; =/]/, pick([';', ':', ' ', '/', '\t', '']));
      break;
    case 6:
      [lines[at], lines[0]] = [lines[0] ?? '', lines[at] ?? ''];
      break;
    default: {
      const offset = below(sdp.length);
      return sdp.slice(0, offset) + String.fromCharCode(below(0x300)) + sdp.slice(offset + 1);
    }
  }
  return lines.join('\r\n');
}

const wishes: readonly (readonly NegotiationLine[])[] = [
  [],
  [{ mid: '0', publish: { source: 'a' } }],
  [{ mid: '1', subscribe: { producerId: 'cam' } }],
  [
    { mid: '0', publish: { source: 'a' } },
    { mid: '1', publish: { source: 'b' } },
  ],
];

t.comment(`seed ${seed}, ${rounds} rounds`);

t.test(
  'mutated offers are answered or refused, and what was answered stays one consistent state',
  async (test) => {
    let answered = 0;
    let refused = 0;
    let peer = makeNegotiation();
    for (let round = 0; round < rounds; round++) {
      if (round % 20 === 0) peer = makeNegotiation();
      let sdp = pick(corpus);
      for (let times = below(4); times >= 0; times--) sdp = mutate(sdp);
      const before = JSON.stringify(peer.ice);
      try {
        const result = peer.negotiate({ sdp, lines: pick(wishes) }, (producerId) =>
          producerId === 'cam'
            ? { producerId, kind: 'video', streamId: 's', codecs: [{ name: 'vp8', parameters: {} }] }
            : undefined,
        );
        answered += 1;
        const offered = sdp.match(/(?:^|\n)m=/g)?.length;
        if (result.sdp.match(/^m=/gm)?.length !== offered)
          test.fail(`round ${round}: lines were lost`, { sdp });
        if (/[^\r]\n|\r[^\n]|undefined|NaN|\[object/.test(result.sdp))
          test.fail(`round ${round}: malformed answer`);
      } catch (error) {
        if (!(error instanceof VisavisError)) throw error;
        refused += 1;
        if (JSON.stringify(peer.ice) !== before)
          test.fail(`round ${round}: a refused offer changed the state`);
      }
    }
    test.ok(answered > rounds / 20, `${answered} answered`);
    test.ok(refused > rounds / 20, `${refused} refused`);
  },
);

t.test('a long line of anything takes time in proportion to its length', async (test) => {
  const long = 250_000;
  for (const filler of ['a', ' ', ';', ':', '/', '1', 'a=', '~,', '=;']) {
    for (const attribute of [
      'mid',
      'rid',
      'simulcast',
      'fmtp',
      'rtpmap',
      'rtcp-fb',
      'extmap',
      'ssrc-group',
      'group',
      'fingerprint',
      'candidate',
      'ice-ufrag',
      'setup',
    ]) {
      const line = `a=${attribute}:${filler.repeat(long / filler.length)}`;
      const sdp = `v=0\r\n${line}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n${line.slice(0, 10_000)}\r\n`;
      try {
        makeNegotiation().negotiate({ sdp, lines: [] }, () => undefined);
      } catch (error) {
        if (!(error instanceof VisavisError)) throw error;
        if (error.message.length > 500) test.fail(`a=${attribute}: the error repeats the input`);
      }
    }
  }
  test.pass('all were refused with a short message');
});

t.test('mutated fragments are read or refused', async (test) => {
  const fragment =
    'a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\na=end-of-candidates\r\n';
  let read = 0;
  for (let round = 0; round < rounds; round++) {
    try {
      readIceFragment(mutate(fragment));
      read += 1;
    } catch (error) {
      if (!(error instanceof VisavisError)) throw error;
    }
  }
  test.ok(read > 0 && read < rounds, `${read} of ${rounds} read`);
});
