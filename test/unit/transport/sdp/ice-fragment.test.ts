import t from 'tap';
import { MAX_FRAGMENT_BYTES, readIceFragment } from '../../../../src/transport/sdp/ice-fragment.ts';

const credentials = 'a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n';
const candidate =
  'a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw\r\n';
const line = 'm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n';

t.test('a fragment gives its credentials, and counts its candidates', async (test) => {
  const ice = { usernameFragment: 'EsAw', password: 'P2uYro0UCOQ4zxjKXaWCBui1' };
  const rows: readonly [string, string, object][] = [
    ['credentials alone', credentials, { ice, candidates: 0, endOfCandidates: false }],
    ['credentials on the line', `${line}${credentials}`, { ice, candidates: 0, endOfCandidates: false }],
    [
      'credentials above and on the line',
      `${credentials}${line}${credentials}${candidate}`,
      { ice, candidates: 1, endOfCandidates: false },
    ],
    [
      'candidates',
      `${credentials}${line}${candidate}${candidate}a=end-of-candidates\r\n`,
      { ice, candidates: 2, endOfCandidates: true },
    ],
    ['candidates alone', `${line}${candidate}`, { ice: undefined, candidates: 1, endOfCandidates: false }],
    [
      'a TCP candidate',
      `${line}a=candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active`,
      { candidates: 1 },
    ],
    ['an IPv6 candidate', `${line}a=candidate:1 1 udp 1 2001:db8::1 9 typ host`, { candidates: 1 }],
    ['a hidden address', `${line}a=candidate:1 1 udp 1 6fd5-3.local 9 typ host`, { candidates: 1 }],
    ['the end alone', 'a=end-of-candidates', { ice: undefined, candidates: 0, endOfCandidates: true }],
  ];
  for (const [name, body, expected] of rows) test.match(readIceFragment(body), expected, name);
});

t.test('a malformed fragment is refused', async (test) => {
  const rows: readonly [string, string][] = [
    ['nothing', ''],
    ['a line and nothing on it', line],
    ['no SDP', '{"candidate":""}'],
    ['half of the credentials', 'a=ice-ufrag:EsAw\r\n'],
    ['a short candidate', `${line}a=candidate:1 1 udp 1\r\n`],
    ['two sets of credentials', `${credentials}${line}${credentials.replace('EsAw', 'Other')}`],
    ['too much', `a=end-of-candidates\r\na=${'x'.repeat(MAX_FRAGMENT_BYTES)}`],
    ['too many candidates', 'a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n'.repeat(257)],
  ];
  for (const [name, body] of rows) test.throws(() => readIceFragment(body), { code: 'sdp_invalid' }, name);
});
