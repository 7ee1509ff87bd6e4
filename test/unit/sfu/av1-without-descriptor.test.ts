import t from 'tap';
import { recordedPackets } from '../../helpers/codec-vectors.ts';
import { codec, EXTENSION_IDS, RouterFixture } from '../../helpers/router-fixture.ts';

t.test(
  'a subscriber that takes no dependency descriptor gets the lowest spatial layer of AV1, in whole pictures',
  (test) => {
    const fixture = new RouterFixture();
    const { dependencyDescriptor: _, ...withoutDescriptor } = EXTENSION_IDS;
    for (const [transportId, extensionIds] of [
      ['alice', { dependencyDescriptor: 13 }],
      ['bob', withoutDescriptor],
      ['carol', EXTENSION_IDS],
    ] as const) {
      fixture.command({ type: 'createTransport', transportId, extensionIds, mixedExtensions: true });
    }
    const packets = recordedPackets('av1-l3t3-key').map(({ packet }) => packet);
    const { ssrc, payloadType } = packets[0]!;
    fixture.produce('alice', 'camera', [codec('av1', payloadType)], [{ ssrc }]);
    fixture.consume('bob', 'to-bob', 'camera', [codec('av1', 45)], 20);
    fixture.consume('carol', 'to-carol', 'camera', [codec('av1', 45)], 30);
    for (const { buffer } of packets) {
      fixture.rtpFrom('alice', Buffer.from(buffer));
      fixture.run(1_000);
    }
    const shown = (consumerId: string) =>
      fixture.eventsOf('consumerLayer').findLast((event) => event.consumerId === consumerId)?.to;
    test.match(shown('to-bob'), { spatialLayer: 0, height: shown('to-carol')!.height / 2 });
    // The third layer begins in mid-recording, where no key frame follows.
    test.match(shown('to-carol'), { spatialLayer: 1 });
    const sent = fixture.sentTo('bob', 20);
    const pictures = new Set(sent.map(({ timestamp }) => timestamp));
    test.ok(pictures.size > 10, `${pictures.size} pictures`);
    test.equal(sent.filter(({ marker }) => marker).length, pictures.size, 'each ends with the marker');
    test.end();
  },
);
