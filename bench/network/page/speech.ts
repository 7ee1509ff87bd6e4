/** Sound that a speech codec treats as speech: a voiced source through formants, in syllables and pauses. */

const SAMPLE_RATE = 48_000;
/** Loops; long enough not to be periodic for a codec. */
const SECONDS = 24;
/** First formants of a, e, i, o, u in Hz (Peterson & Barney 1952, men). */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
] as const;
const SYLLABLE_SECONDS = 0.22;
/** After this many syllables comes a pause of two. */
const SYLLABLES_PER_PHRASE = 11;

export function speechTrack(): MediaStreamTrack {
  const context = new AudioContext({ sampleRate: SAMPLE_RATE });
  void context.resume();
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  void renderSpeech().then((buffer) => {
    const source = new AudioBufferSourceNode(context, { buffer, loop: true });
    source.connect(destination);
    source.start();
  });
  return destination.stream.getAudioTracks()[0]!;
}

async function renderSpeech(): Promise<AudioBuffer> {
  const context = new OfflineAudioContext(1, SECONDS * SAMPLE_RATE, SAMPLE_RATE);
  const voice = new OscillatorNode(context, { type: 'sawtooth', frequency: 115 });
  const loudness = new GainNode(context, { gain: 0 });
  const formants = [0, 1, 2].map(() => new BiquadFilterNode(context, { type: 'bandpass', Q: 9 }));
  for (const [index, formant] of formants.entries()) {
    voice
      .connect(formant)
      .connect(new GainNode(context, { gain: 1 / (1 + index) }))
      .connect(loudness);
  }
  loudness.connect(context.destination);
  for (let syllable = 0; syllable * SYLLABLE_SECONDS < SECONDS; syllable += 1) {
    const at = syllable * SYLLABLE_SECONDS;
    const vowel = VOWELS[(syllable * 7) % VOWELS.length]!;
    for (const [index, formant] of formants.entries()) formant.frequency.setValueAtTime(vowel[index]!, at);
    voice.frequency.setValueAtTime(100 + 8 * ((syllable * 5) % 7), at);
    const isPause = syllable % (SYLLABLES_PER_PHRASE + 2) >= SYLLABLES_PER_PHRASE;
    loudness.gain.setTargetAtTime(isPause ? 0 : 0.9, at, 0.02);
    if (!isPause) loudness.gain.setTargetAtTime(0.25, at + SYLLABLE_SECONDS * 0.7, 0.03);
  }
  voice.start();
  return context.startRendering();
}
