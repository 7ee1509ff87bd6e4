import t from 'tap';
import { SpeechActivity } from '../../../../src/sfu/audio/speech-activity.ts';

const SPEECH = 100;
const ROOM = 50;

/** A quiet second, then `lengthMs` of speech in packets of `packetMs`; scored at its end. */
function speak(packetMs: number, lengthMs: number): SpeechActivity {
  const activity = new SpeechActivity(0);
  for (let ms = 0; ms < 1000 + lengthMs; ms += packetMs)
    activity.receive(ms < 1000 ? ROOM : SPEECH, ms * 1000);
  activity.score((1000 + lengthMs) * 1000);
  return activity;
}

t.test('a second of speech scores the same in packets of 20, 40 and 60 ms', async (t) => {
  const usual = speak(20, 1200);
  for (const packetMs of [40, 60]) {
    const activity = speak(packetMs, 1200);
    t.equal(activity.longScore, usual.longScore, `${packetMs} ms`);
    t.equal(activity.immediateScore, usual.immediateScore, `${packetMs} ms`);
  }
});

t.test('the longer the speech the higher the long score, up to a second', async (t) => {
  const scores = [0, 200, 400, 600, 800, 1000].map((lengthMs) => speak(20, lengthMs).longScore);
  t.ok(
    scores.every((score, index) => index === 0 || score > scores[index - 1]!),
    `${scores}`,
  );
  t.equal(speak(20, 2000).longScore, speak(20, 3000).longScore);
});

t.test('100 ms is nobody speaking, 300 ms is', async (t) => {
  t.equal(speak(20, 100).isSpeaking, false);
  t.equal(speak(20, 300).isSpeaking, true);
});

t.test('scores fade to those of silence within a second and a bit without packets', async (t) => {
  const activity = speak(20, 2000);
  activity.score(4_200_000);
  t.equal(activity.isSpeaking, false);
  t.equal(activity.longScore, speak(20, 0).longScore);
  t.equal(activity.lastSpeechUs, 3_000_000);
});

t.test('a steady hum is noise after a while, and speech above it still is speech', async (t) => {
  const activity = new SpeechActivity(0);
  let ms = 0;
  for (; ms < 20_000; ms += 20) activity.receive(70, ms * 1000);
  activity.score(ms * 1000);
  t.equal(activity.isSpeaking, false);
  for (; ms < 20_500; ms += 20) activity.receive(105, ms * 1000);
  activity.score(ms * 1000);
  t.equal(activity.isSpeaking, true);
});
