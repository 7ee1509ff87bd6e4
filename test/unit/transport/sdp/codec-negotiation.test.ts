import t from 'tap';
import type { CodecName, MediaKind } from '../../../../src/sfu/commands.ts';
import {
  choosePublisherCodecs,
  keepCodecs,
  matchSubscriberCodecs,
} from '../../../../src/transport/sdp/codec-negotiation.ts';
import { readOfferedCodecs } from '../../../../src/transport/sdp/offered-codec.ts';
import { splitFragment } from '../../../../src/transport/sdp/sdp-lines.ts';

const all: readonly CodecName[] = ['vp8', 'vp9', 'h264', 'av1', 'opus', 'red'];

/** `96 VP8`, `98 VP9 profile-id=2`, …, each with an RTX under the next payload type unless it is audio. */
function offered(kind: MediaKind, ...codecs: string[]) {
  const lines: string[] = [];
  const formats: string[] = [];
  for (const codec of codecs) {
    const [payloadType = '', name, parameters] = codec.split(' ');
    formats.push(payloadType);
    lines.push(`a=rtpmap:${payloadType} ${name}/${kind === 'audio' ? '48000/2' : '90000'}`);
    if (parameters !== undefined) lines.push(`a=fmtp:${payloadType} ${parameters}`);
    if (kind === 'audio') continue;
    lines.push(`a=rtcp-fb:${payloadType} nack`, `a=rtcp-fb:${payloadType} goog-remb`);
    const rtx = `${Number(payloadType) + 1}`;
    formats.push(rtx);
    lines.push(`a=rtpmap:${rtx} rtx/90000`, `a=fmtp:${rtx} apt=${payloadType}`);
  }
  return readOfferedCodecs(formats, splitFragment(lines.join('\n')).session);
}

const types = (codecs: readonly { rtp: { payloadType: number } }[]) =>
  codecs.map(({ rtp }) => rtp.payloadType);

t.test('a publisher is asked for the first codec of its own order that is allowed', async (test) => {
  const rows: readonly [string, MediaKind, string[], readonly CodecName[], number[]][] = [
    ['its order decides', 'video', ['98 VP9', '96 VP8'], all, [98]],
    ['what is not allowed is passed over', 'video', ['98 VP9', '96 VP8'], ['vp8'], [96]],
    ['unknown codecs are passed over', 'video', ['49 H265', '45 AV1'], all, [45]],
    ['VP9 of 4:4:4 is not taken', 'video', ['98 VP9 profile-id=1', '96 VP8'], all, [96]],
    ['VP9 of 10 bits is', 'video', ['100 VP9 profile-id=2'], all, [100]],
    ['AV1 of profile 1 is not', 'video', ['41 AV1 profile=1', '45 AV1 profile=0'], all, [45]],
    [
      'Constrained Baseline among several H.264',
      'video',
      [
        '102 H264 packetization-mode=1;profile-level-id=42001f',
        '116 H264 packetization-mode=1;profile-level-id=640c1f',
        '108 H264 packetization-mode=1;profile-level-id=42e01f',
      ],
      all,
      [108],
    ],
    [
      'H.264 of packetization mode 0 is not taken',
      'video',
      ['114 H264 packetization-mode=0;profile-level-id=42e01f', '112 H264 profile-level-id=42e01f', '96 VP8'],
      all,
      [96],
    ],
    ['the only H.264, High', 'video', ['96 H264 packetization-mode=1;profile-level-id=640028'], all, [96]],
    ['nothing acceptable', 'video', ['49 H265'], all, []],
    ['Opus after others', 'audio', ['9 G722', '111 opus'], all, [111]],
    ['RED behind Opus stays behind', 'audio', ['111 opus', '63 red 111/111'], all, [111, 63]],
    ['RED before Opus stays before', 'audio', ['63 red 111/111', '111 opus'], all, [63, 111]],
    ['RED is left out where not allowed', 'audio', ['63 red 111/111', '111 opus'], ['opus'], [111]],
    ['RED of something else is left out', 'audio', ['111 opus', '63 red 9/9'], all, [111]],
    ['RED alone is nothing', 'audio', ['63 red 111/111'], all, []],
    ['a video name on an audio line', 'audio', ['96 VP8'], all, []],
  ];
  for (const [name, kind, codecs, allowed, expected] of rows) {
    test.same(types(choosePublisherCodecs(kind, offered(kind, ...codecs), allowed)), expected, name);
  }
});

t.test('Opus is repaired by NACK where the peer offers that', async (test) => {
  const audio = (feedback: string) =>
    readOfferedCodecs(['111'], splitFragment(`a=rtpmap:111 opus/48000/2\n${feedback}`).session);
  const answered = (feedback: string) => choosePublisherCodecs('audio', audio(feedback), all)[0]?.rtp;
  test.match(answered('a=rtcp-fb:111 nack'), { nack: true, transportCc: false });
  test.match(answered('a=rtcp-fb:111 transport-cc'), { nack: false, transportCc: true });
});

t.test('RTX and feedback are taken as offered, REMB never', async (test) => {
  const [vp8] = choosePublisherCodecs('video', offered('video', '96 VP8'), all);
  test.same(vp8?.rtp, {
    name: 'vp8',
    payloadType: 96,
    clockRate: 90_000,
    rtxPayloadType: 97,
    nack: true,
    pli: false,
    fir: false,
    transportCc: false,
    remb: false,
  });
});

t.test('a subscriber gets the codec of the producer under its own payload type', async (test) => {
  const h264 = (profile: string) => ({ name: 'h264', parameters: { 'profile-level-id': profile } }) as const;
  const many = [
    '96 VP8',
    '98 VP9 profile-id=0',
    '100 VP9 profile-id=2',
    '102 H264 packetization-mode=1;profile-level-id=42001f',
    '108 H264 packetization-mode=1;profile-level-id=42e01f',
    '116 H264 packetization-mode=1;profile-level-id=4d001f',
    '45 AV1',
  ];
  const video = offered('video', ...many);
  const match = (...producer: Parameters<typeof matchSubscriberCodecs>[2]) =>
    types(matchSubscriberCodecs('video', video, producer, all));
  test.same(match({ name: 'vp8', parameters: {} }), [96]);
  test.same(match({ name: 'vp9', parameters: {} }), [98]);
  test.same(match({ name: 'vp9', parameters: { 'profile-id': '2' } }), [100]);
  test.same(match(h264('42e01f')), [108], 'the same profile');
  test.same(match(h264('4d0028')), [116], 'whatever the level');
  test.same(match(h264('640028')), [116], 'a profile nobody offers goes under the closest');
  test.same(match({ name: 'av1', parameters: {} }), [45]);
  const vp8Only = offered('video', '96 VP8');
  test.same(matchSubscriberCodecs('video', vp8Only, [{ name: 'av1', parameters: {} }], all), []);
  test.same(
    matchSubscriberCodecs(
      'video',
      offered('video', '100 VP9 profile-id=2'),
      [{ name: 'vp9', parameters: {} }],
      all,
    ),
    [],
    'ten bits are no substitute for eight',
  );
});

t.test('a subscriber is sent RED if it takes it, whatever the publisher sends', async (test) => {
  const opus = { name: 'opus', parameters: {} } as const;
  const red = { name: 'red', parameters: {} } as const;
  const both = offered('audio', '109 opus', '64 red 109/109');
  const match = (
    codecs: typeof both,
    allowed: readonly CodecName[],
    ...producer: (typeof opus | typeof red)[]
  ) => types(matchSubscriberCodecs('audio', codecs, producer, allowed));
  test.same(match(both, all, red, opus), [109, 64]);
  test.same(match(both, all, opus), [109, 64], 'the Router wraps');
  test.same(match(offered('audio', '109 opus'), all, red, opus), [109], 'the Router unwraps');
  test.same(match(both, ['opus'], red, opus), [109], 'RED is not allowed');
  test.same(match(offered('audio', '109 opus', '64 red 9/9'), all, opus), [109], 'RED of something else');
});

t.test('a later offer keeps the codec by payload type, whatever its order', async (test) => {
  const first = choosePublisherCodecs('video', offered('video', '96 VP8', '98 VP9'), all);
  test.same(types(keepCodecs('video', offered('video', '98 VP9', '96 VP8'), first) ?? []), [96]);
  const red = choosePublisherCodecs('audio', offered('audio', '111 opus', '63 red 111/111'), all);
  const redFirst = offered('audio', '63 red 111/111', '111 opus');
  test.same(types(keepCodecs('audio', redFirst, red) ?? []), [63, 111], 'RED by the order of now');
  test.equal(keepCodecs('video', offered('video', '98 VP9'), first), undefined, 'gone');
  test.equal(keepCodecs('video', offered('video', '96 VP9'), first), undefined, 'became another');
});

t.test('only what an answer needs is repeated from an offer', async (test) => {
  const [opus] = choosePublisherCodecs(
    'audio',
    offered('audio', '111 opus minptime=10;useinbandfec=0;stereo=1;usedtx=1;maxaveragebitrate=9;x-secret=1'),
    all,
  );
  test.same(opus?.parameters, { minptime: '10', stereo: '1', useinbandfec: '1' }, 'no DTX');
  const [odd] = choosePublisherCodecs('audio', offered('audio', `111 opus stereo=${'1'.repeat(1000)}`), all);
  test.same(odd?.parameters, { minptime: '10', useinbandfec: '1' }, 'a value of odd length is dropped');
  const [red] = choosePublisherCodecs('audio', offered('audio', '63 red 111/111/111/111', '111 opus'), all);
  test.same(red?.parameters, { '111/111': '' }, 'one block of redundancy is asked for');
});
