/** Every codec from one real browser to another through the real server, judged by pixels, tone and getStats. */
import t, { type Test } from 'tap';
import { enterRoom, launchBrowser, makeToken, openPage, Person } from '../helpers/consultation-browser.ts';
import { isColour } from '../helpers/pictures.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import type { Colour, PictureView } from '../helpers/stage-calls.ts';

type VideoCodec = 'vp8' | 'vp9' | 'h264' | 'av1';
type VideoSource = 'camera' | 'screen';

/** The smallest picture of which Chromium sends three spatial layers. */
const fullSize = { width: 960, height: 540 };

const server = await startServerProcess(t);
const browser = await launchBrowser(t);
const alice = await enterRoom(t, browser, server, { room: 'codecs', name: 'Alice' });
const bob = await enterRoom(t, browser, server, { room: 'codecs', name: 'Bob' });
const bothWays = [
  { from: alice, to: bob, colour: [200, 40, 40], hertz: 440 },
  { from: bob, to: alice, colour: [40, 60, 200], hertz: 660 },
] as const;

/** Two seconds of picture that may neither stand still nor trouble the decoder. */
async function watch(
  test: Test,
  { from, to, colour }: { readonly from: Person; readonly to: Person; readonly colour: Colour },
  source: VideoSource,
  codec: VideoCodec,
): Promise<void> {
  // By then all layers that the publisher's machine can make are there.
  const isSettled = (picture: PictureView) => isColour(picture.colour, colour) && picture.framesDecoded >= 30;
  const first = await to.sees(from.name, isSettled, { source });
  const later = await to.sees(from.name, (picture) => picture.framesDecoded >= first.framesDecoded + 25, {
    source,
  });
  test.equal(later.codec, codec, `${to.name} decodes ${codec}`);
  test.ok(isColour(later.colour, colour), `${to.name} sees the colour of ${from.name}`);
  test.ok(later.frameNumber - first.frameNumber >= 10, 'new frames, not old ones again');
  // A busy machine may cause one.
  test.ok(later.freezeCount - first.freezeCount <= 1, 'the picture does not freeze');
  test.equal(later.pliCount, first.pliCount, 'the decoder asks for nothing');
}

async function bothSee(
  test: Test,
  codec: VideoCodec,
  options: { readonly source?: VideoSource; readonly mode?: string } = {},
): Promise<void> {
  const { source = 'camera', mode } = options;
  for (const { from, colour } of bothWays) {
    await from.do('publishPicture', { source, codec, colour, framesPerSecond: 15, ...fullSize });
  }
  for (const { from } of bothWays) {
    const sent = await from.until('sent', [source], (encodings) => encodings[0]?.codec === codec);
    if (mode === undefined) continue;
    if (sent[0]?.scalabilityMode !== mode) await from.do('setScalabilityMode', source, mode);
    await from.until('sent', [source], ([only]) => only?.scalabilityMode === mode);
  }
  for (const way of bothWays) await watch(test, way, source, codec);
  for (const { from } of bothWays) await from.do('unpublish', source);
  for (const { from, to } of bothWays) {
    await to.until('person', [from.name], (view) => view?.pictures[source] === undefined);
  }
}

t.test('VP8 in three layers of simulcast goes both ways', (test) => bothSee(test, 'vp8'));

t.test('H264 in three layers of simulcast goes both ways', (test) => bothSee(test, 'h264'));

t.test('VP9 in three spatial and three temporal layers goes both ways', (test) =>
  bothSee(test, 'vp9', { mode: 'L3T3_KEY' }),
);

t.test('AV1 in one layer goes both ways', (test) => bothSee(test, 'av1', { source: 'screen', mode: 'L1T1' }));

t.test('AV1 in three temporal layers, told by dependency descriptors, goes both ways', (test) =>
  bothSee(test, 'av1', { source: 'screen', mode: 'L1T3' }),
);

t.test('AV1 in three spatial and three temporal layers goes both ways', (test) =>
  bothSee(test, 'av1', { mode: 'L3T3_KEY' }),
);

t.test('AV1 in layers reaches a browser that does not offer the dependency descriptor', async (test) => {
  const carol = await openPage(test, browser, server.httpUrl);
  // As Chromium does by itself, without the SDK asking for it.
  await carol.evaluate('delete RTCRtpTransceiver.prototype.setHeaderExtensionsToNegotiate');
  const viewer = new Person('Carol', carol, server.httpUrl);
  await viewer.join(await makeToken(server, { room: 'codecs', role: 'client', name: viewer.name }));
  const [{ colour }] = bothWays;
  await alice.do('publishPicture', { codec: 'av1', colour, framesPerSecond: 15, ...fullSize });
  const first = await viewer.sees('Alice', (picture) => isColour(picture.colour, colour));
  const later = await viewer.sees('Alice', (picture) => picture.framesDecoded >= first.framesDecoded + 25);
  test.equal(later.frameWidth, fullSize.width / 4, 'it gets the lowest layer');
  test.ok(later.pliCount - first.pliCount <= 1);
  await bob.sees('Alice', (picture) => picture.frameWidth > fullSize.width / 4);
  await alice.do('unpublish', 'camera');
});

t.test('Opus goes both ways, and each hears the tone of the other', async (test) => {
  for (const { from, hertz } of bothWays) await from.do('publishTone', { hertz });
  for (const { from, to, hertz } of bothWays) {
    const first = await to.hears(from.name, hertz);
    const view = await to.until(
      'person',
      [from.name],
      (person) => person!.sound!.totalAudioEnergy > first.totalAudioEnergy * 1.2,
    );
    const later = view!.sound!;
    test.equal(later.codec, 'opus');
    test.ok(later.packetsReceived > first.packetsReceived);
  }
});
