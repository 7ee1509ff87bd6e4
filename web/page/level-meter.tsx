import { useEffect, useRef } from 'react';
import { useWords } from './words/language.tsx';

/** Full scale of the bar: normal speech close to a microphone reaches about this, dB over full scale. */
const LOUDEST_DB = -14;
const QUIETEST_DB = -56;

/** How loud a microphone is, as a bar that follows it directly (no render per frame). */
export function LevelMeter({ track }: { readonly track: MediaStreamTrack | undefined }) {
  const words = useWords();
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (track === undefined) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    const source = context.createMediaStreamSource(new MediaStream([track]));
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let level = 0;
    let frame = 0;
    const draw = () => {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const db = 10 * Math.log10(sum / samples.length + 1e-9);
      const now = Math.min(1, Math.max(0, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
      // Up at once, down slowly: that is how loudness is seen.
      level = Math.max(now, level * 0.92);
      bar.current?.style.setProperty('--level', level.toFixed(3));
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    // Browsers start it silent until the person touched the page.
    const wake = () => void context.resume();
    window.addEventListener('pointerdown', wake);
    wake();
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('pointerdown', wake);
      source.disconnect();
      void context.close();
    };
  }, [track]);
  return (
    <div className="meter" role="img" aria-label={words.check.levelLabel}>
      <div className="meter-bar" ref={bar} />
    </div>
  );
}
