import t from 'tap';
import { ActiveSpeaker } from '../../../../src/sfu/audio/active-speaker.ts';
import { seeded } from '../../../helpers/seeded.ts';

const FRAME_US = 20_000;
const NOISE = 70;

/** What each participant does from `fromMs` to `toMs`: speaks at a mean level; otherwise a quiet room. */
interface Talk {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** -dBov, default 25. */
  readonly level?: number;
}

interface Change {
  readonly ms: number;
  readonly dominant: string | null;
}

/** Plays a conversation and returns every change of the dominant speaker. */
function converse(ids: string[], talks: Talk[], lengthMs: number, noise = NOISE, lossy = 0): Change[] {
  const random = seeded(99);
  const speaker = new ActiveSpeaker();
  const changes: Change[] = [];
  for (let nowUs = 0; nowUs < lengthMs * 1000; nowUs += FRAME_US) {
    for (const id of ids) {
      const talk = talks.find(
        (each) => each.id === id && nowUs >= each.fromMs * 1000 && nowUs < each.toMs * 1000,
      );
      // Speech pauses for a syllable now and then.
      const level = talk === undefined || random() < 0.1 ? noise : (talk.level ?? 25);
      if (random() >= lossy) speaker.receive(id, Math.round(level + random() * 8 - 4), nowUs);
    }
    if (nowUs >= speaker.nextTimeoutUs && speaker.decide(nowUs)) {
      changes.push({ ms: nowUs / 1000, dominant: speaker.dominant });
    }
  }
  return changes;
}

const names = (changes: Change[]) => changes.map((change) => change.dominant);

t.test('in a quiet room nobody is the speaker', async (t) => {
  t.same(converse(['a', 'b', 'c'], [], 10_000), []);
});

t.test('who speaks is the speaker within 700 ms, and nobody after 3 s of silence', async (t) => {
  const changes = converse(['a', 'b'], [{ id: 'a', fromMs: 2000, toMs: 6000 }], 12_000);
  t.same(names(changes), ['a', null]);
  t.ok(changes[0]!.ms <= 2700, `after ${changes[0]!.ms - 2000} ms`);
  t.ok(changes[1]!.ms > 8500 && changes[1]!.ms < 10_500, `silent at ${changes[1]!.ms}`);
});

t.test('a conversation changes hands within 1.5 s of the turn', async (t) => {
  const talks = [
    { id: 'a', fromMs: 1000, toMs: 5000 },
    { id: 'b', fromMs: 5000, toMs: 9000 },
    { id: 'a', fromMs: 9000, toMs: 12_000 },
  ];
  const changes = converse(['a', 'b', 'c'], talks, 12_000);
  t.same(names(changes), ['a', 'b', 'a']);
  t.ok(changes[1]!.ms <= 6500, `b after ${changes[1]!.ms - 5000} ms`);
  t.ok(changes[2]!.ms <= 10_500, `a after ${changes[2]!.ms - 9000} ms`);
});

t.test('a cough, a click or an "mm" takes nothing over', async (t) => {
  const talks = [
    { id: 'a', fromMs: 1000, toMs: 20_000 },
    { id: 'b', fromMs: 4000, toMs: 4060, level: 5 },
    { id: 'b', fromMs: 8000, toMs: 8300, level: 15 },
    { id: 'b', fromMs: 12_000, toMs: 12_150, level: 2 },
  ];
  t.same(names(converse(['a', 'b'], talks, 20_000)), ['a']);
});

t.test('a click in a quiet room makes nobody the speaker', async (t) => {
  t.same(converse(['a', 'b'], [{ id: 'b', fromMs: 4000, toMs: 4100, level: 3 }], 10_000), []);
});

t.test('of two who speak at once the first stays the speaker', async (t) => {
  const talks = [
    { id: 'a', fromMs: 1000, toMs: 60_000 },
    { id: 'b', fromMs: 1500, toMs: 60_000 },
  ];
  t.same(names(converse(['a', 'b'], talks, 60_000)), ['a']);
});

t.test('an "mm" in the breath of the speaker takes nothing over', async (t) => {
  const talks = [
    { id: 'a', fromMs: 1000, toMs: 8000 },
    { id: 'b', fromMs: 8000, toMs: 8450 },
    { id: 'a', fromMs: 8450, toMs: 15_000 },
  ];
  t.same(names(converse(['a', 'b'], talks, 15_000)), ['a']);
});

t.test('a loud last syllable does not win over one who has begun to speak again', async (t) => {
  const speaker = new ActiveSpeaker();
  for (let ms = 0; ms <= 8700; ms += 20) {
    const aSpeaks = ms >= 1000 && ms < 8000;
    speaker.receive('a', aSpeaks ? 25 : ms >= 8600 ? 45 : NOISE, ms * 1000);
    speaker.receive('b', ms >= 8050 && ms < 8600 ? 25 : ms === 8660 ? 5 : NOISE, ms * 1000);
    speaker.decide(ms * 1000);
  }
  t.equal(speaker.dominant, 'a');
});

t.test('a noisy room is not taken for speech', async (t) => {
  t.same(converse(['a', 'b'], [], 10_000, 45), []);
  t.same(names(converse(['a', 'b'], [{ id: 'b', fromMs: 4000, toMs: 6000, level: 15 }], 6500, 45)), ['b']);
});

t.test('10 % packet loss changes nothing', async (t) => {
  const talks = [
    { id: 'a', fromMs: 1000, toMs: 5000 },
    { id: 'b', fromMs: 5000, toMs: 9000 },
  ];
  t.same(names(converse(['a', 'b'], talks, 9000, NOISE, 0.1)), ['a', 'b']);
});

t.test('who stops sending at all is silent, even in mid-word', async (t) => {
  const speaker = new ActiveSpeaker();
  for (let nowUs = 0; nowUs < 2_000_000; nowUs += FRAME_US) {
    speaker.receive('a', nowUs < 500_000 ? 90 : 20, nowUs);
    speaker.decide(nowUs);
  }
  t.equal(speaker.dominant, 'a');
  for (let nowUs = 2_000_000; nowUs < 8_000_000; nowUs += 300_000) speaker.decide(nowUs);
  t.equal(speaker.dominant, null);
});

t.test('packets of 60 ms and packets in bursts count as their time', async (t) => {
  for (const burst of [1, 5]) {
    const speaker = new ActiveSpeaker();
    for (let nowUs = 0; nowUs < 3_000_000; nowUs += 60_000) {
      for (let copy = 0; copy < (burst === 5 ? 3 : 1); copy += 1) {
        speaker.receive('a', nowUs < 600_000 ? 90 : 20, nowUs + copy * 100);
      }
      speaker.decide(nowUs);
    }
    t.equal(speaker.dominant, 'a');
  }
});

t.test('a speaker who is removed is no longer the speaker at the next decision', async (t) => {
  const speaker = new ActiveSpeaker();
  let nowUs = 0;
  for (; nowUs < 2_000_000; nowUs += FRAME_US) {
    speaker.receive('a', nowUs < 500_000 ? 90 : 20, nowUs);
    speaker.decide(nowUs);
  }
  speaker.remove('a');
  t.equal(speaker.decide(nowUs + 300_000), true);
  t.equal(speaker.dominant, null);
  t.equal(speaker.nextTimeoutUs, Number.POSITIVE_INFINITY);
});
