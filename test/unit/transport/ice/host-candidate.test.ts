import t from 'tap';
import { hostCandidates } from '../../../../src/transport/ice/host-candidate.ts';

t.test('each announced address stands for the ports of its family, UDP before TCP', (t) => {
  const candidates = hostCandidates({
    listen: [
      { address: '0.0.0.0', udpPort: 40_000, tcpPort: 40_001 },
      { address: '::', udpPort: 40_002 },
    ],
    announced: ['203.0.113.7', '2001:db8::7', '192.168.1.7'],
  });
  t.same(
    candidates.map(({ protocol, address, port, foundation }) => [protocol, address, port, foundation]),
    [
      ['udp', '203.0.113.7', 40_000, '1'],
      ['udp', '2001:db8::7', 40_002, '3'],
      ['udp', '192.168.1.7', 40_000, '1'],
      ['tcp', '203.0.113.7', 40_001, '2'],
      ['tcp', '192.168.1.7', 40_001, '2'],
    ],
  );
  const priorities = candidates.map(({ priority }) => priority);
  t.same(
    priorities,
    priorities.toSorted((a, b) => b - a),
  );
  t.equal(new Set(priorities).size, priorities.length, 'all different');
  t.equal(priorities[0], 2_130_706_431, 'RFC 8445 §5.1.2.1 with type 126, local 65535, component 1');
  t.end();
});

t.test('without announced addresses the listening ones are told', (t) => {
  const listen = [{ address: '192.0.2.1', udpPort: 1 }];
  t.equal(hostCandidates({ listen, announced: [] })[0]?.address, '192.0.2.1');
  t.end();
});

t.test('an announced address that is listened on stands for its own ports only', (t) => {
  const listen = [
    { address: '192.0.2.1', udpPort: 1 },
    { address: '192.0.2.2', udpPort: 2 },
  ];
  const ports = (announced: string[]): number[] =>
    hostCandidates({ listen, announced }).map(({ port }) => port);
  t.same(ports(['192.0.2.2']), [2]);
  t.same(ports(['203.0.113.1']), [1, 2], 'a foreign one for all of its family');
  t.same(ports(['192.0.2.1', '192.0.2.1']), [1], 'once, however often it is named');
  t.end();
});

t.test('what no peer could reach is refused with its name', (t) => {
  const v4 = [{ address: '0.0.0.0', udpPort: 1 }];
  const cases: [{ address: string; udpPort: number }[], string[], RegExp][] = [
    [v4, [], /"0\.0\.0\.0" cannot be announced/],
    [v4, ['::'], /"::" cannot be announced/],
    [v4, ['2001:db8::1'], /nothing listens for .*2001:db8::1/],
    [v4, ['clinic.example'], /announced address "clinic\.example"/],
    [[{ address: 'localhost', udpPort: 1 }], ['192.0.2.1'], /listen address "localhost"/],
  ];
  for (const [listen, announced, message] of cases) {
    t.throws(() => hostCandidates({ listen, announced }), { name: 'TypeError', message });
  }
  t.end();
});
