import t from 'tap';
import {
  AudioLevel,
  audioLevelOf,
  SILENCE_LEVEL,
  voiceActivityOf,
} from '../../../../src/sfu/audio/audio-level.ts';

t.test('the byte holds the level and the voice bit', async (t) => {
  for (const [byte, level, voice] of [
    [0x00, 0, false],
    [0x7f, 127, false],
    [0x80, 0, true],
    [0xff, 127, true],
    [0x9e, 30, true],
  ] as const) {
    t.equal(audioLevelOf(byte), level);
    t.equal(voiceActivityOf(byte), voice);
  }
});

t.test('without packets it is silence', async (t) => {
  const level = new AudioLevel();
  t.equal(level.at(0), SILENCE_LEVEL);
  level.receive(20, 0);
  t.equal(level.at(499_999), 20);
  t.equal(level.at(500_000), SILENCE_LEVEL);
});

t.test('it rises faster than it falls, and reaches what is steady', async (t) => {
  const rising = new AudioLevel();
  const falling = new AudioLevel();
  rising.receive(100, 0);
  falling.receive(20, 0);
  rising.receive(20, 40_000);
  falling.receive(100, 40_000);
  t.ok(rising.at(40_000) < 50);
  t.ok(falling.at(40_000) < 40);
  for (let nowUs = 60_000; nowUs < 3_000_000; nowUs += 20_000) {
    rising.receive(20, nowUs);
    falling.receive(100, nowUs);
  }
  t.ok(Math.abs(rising.at(3_000_000) - 20) < 0.1);
  t.ok(Math.abs(falling.at(3_000_000) - 100) < 0.1);
});

t.test('a time that goes back changes nothing but the time', async (t) => {
  const level = new AudioLevel();
  level.receive(50, 1_000_000);
  level.receive(90, 900_000);
  t.equal(level.at(1_000_000), 50);
});
