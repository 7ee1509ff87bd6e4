import t from 'tap';
import type { RtpPacket } from '../../../../src/rtp/rtp-packet.ts';
import { mediaPacket, type Vp9Fields, vp9Payload } from '../../../helpers/codec-packets.ts';
import { TestSubscription } from '../../../helpers/test-subscription.ts';

/** VP9 pictures of one encoding; each call is one layer frame of one packet. */
class Vp9Publisher {
  sequenceNumber: number;
  picture: number;

  constructor(sequenceNumber: number, picture: number) {
    this.sequenceNumber = sequenceNumber;
    this.picture = picture;
  }

  /** A layer frame of the present picture. */
  frame(fields: Vp9Fields, marker: boolean): RtpPacket {
    const packet = mediaPacket({
      sequenceNumber: this.sequenceNumber,
      timestamp: this.picture * 3000,
      marker,
      payload: vp9Payload({ pictureId: this.picture & 0x7fff, ...fields }),
    });
    this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
    return packet;
  }

  /** The present picture with the layers of K-SVC up to `top`, then the next. */
  picturesKsvc(top: number, keyPicture: boolean, told = top): RtpPacket[] {
    const packets = Array.from({ length: top + 1 }, (_, spatialLayer) =>
      this.frame(
        {
          predicted: !keyPicture,
          spatialLayer,
          interLayer: keyPicture && spatialLayer > 0,
          notUsedForUpper: !keyPicture || spatialLayer === top,
          ...(keyPicture && spatialLayer === 0 ? { structureLayers: told + 1 } : {}),
        },
        spatialLayer === top,
      ),
    );
    this.picture += 1;
    return packets;
  }
}

for (const flexible of [true, false]) {
  t.test(`picture ids go on over a switch of encodings, ${flexible ? 'flexible' : 'with TL0PICIDX'}`, (t) => {
    const subscription = new TestSubscription('vp9', { encodings: 2, pictureId: 32_767, tl0PicIdx: 255 });
    const publishers = [new Vp9Publisher(10, 32_766), new Vp9Publisher(60_000, 40)] as const;
    let tl0PicIdx = 7;
    const step = (keyFrameFrom: number): void => {
      tl0PicIdx += 1;
      for (const [encoding, publisher] of publishers.entries()) {
        const packet = publisher.frame(
          {
            predicted: keyFrameFrom !== encoding,
            ...(flexible ? {} : { tl0PicIdx: (tl0PicIdx + encoding * 90) & 0xff }),
          },
          true,
        );
        publisher.picture += 1;
        subscription.offer(packet, encoding);
      }
      subscription.nowUs += 33_333;
    };
    subscription.forwarder.setTarget(0, 0);
    for (const key of [0, -1, -1]) step(key);
    subscription.forwarder.setTarget(1, 0);
    for (const key of [-1, 1, -1]) step(key);
    t.same(
      subscription.received.map(({ encoding }) => encoding),
      [0, 0, 0, 0, 0, 1, 1],
    );
    t.same(
      subscription.received.map(({ pictureId }) => pictureId),
      [32_767, 0, 1, 2, 3, 4, 5],
    );
    const indices = subscription.received.map(({ tl0PicIdx }) => tl0PicIdx);
    t.same(indices, flexible ? Array(7).fill(-1) : [255, 0, 1, 2, 3, 4, 5]);
    for (const { payload, pictureId } of subscription.received)
      t.equal(payload.readUInt16BE(1) & 0x7fff, pictureId);
    t.end();
  });
}

t.test('a layer that its sender stops without a word is gone down from', (t) => {
  const subscription = new TestSubscription('vp9');
  const publisher = new Vp9Publisher(0, 0);
  subscription.forwarder.setTarget(2, 0);
  for (const packet of publisher.picturesKsvc(2, true)) subscription.offer(packet);
  for (const packet of publisher.picturesKsvc(2, false)) subscription.offer(packet);
  t.equal(subscription.received.length, 3 + 1);
  for (let picture = 0; picture < 10; picture += 1) {
    for (const packet of publisher.picturesKsvc(1, false)) subscription.offer(packet);
  }
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 0, 'the layer below was left out so far');
  for (const packet of publisher.picturesKsvc(1, true)) subscription.offer(packet);
  t.equal(subscription.forwarder.currentSpatialLayer, 1);
  t.equal(subscription.forwarder.keyFrameNeededFrom(), -1);
  t.equal(subscription.received.at(-1)!.marker, true);
  t.end();
});

t.test('up at the key picture that was asked for, whole from its lowest layer', (t) => {
  const subscription = new TestSubscription('vp9');
  const publisher = new Vp9Publisher(0, 0);
  const offer = (keyPicture: boolean): string => {
    const before = subscription.received.length;
    for (const packet of publisher.picturesKsvc(2, keyPicture)) subscription.offer(packet);
    return subscription.received
      .slice(before)
      .map(({ payload, marker }) => `${(payload[3]! >> 1) & 7}${marker ? '.' : ''}`)
      .join('');
  };
  subscription.forwarder.setTarget(0, 0);
  t.equal(offer(true), '0.');
  t.equal(offer(false), '0.');
  subscription.forwarder.setTarget(2, 0);
  t.equal(offer(false), '0.');
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 0);
  t.equal(offer(true), '012.');
  t.equal(offer(false), '2.');
  subscription.forwarder.setTarget(1, 0);
  t.equal(offer(false), '2.', 'layer 1 was left out and cannot be gone down to');
  t.equal(subscription.forwarder.keyFrameNeededFrom(), 0);
  t.equal(offer(true), '01.');
  t.equal(offer(false), '1.');
  t.end();
});
