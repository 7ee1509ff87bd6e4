import { useEffect, useRef, useState } from 'react';
import type { RemoteParticipant } from '../sdk/consultation-state.ts';
import { SoundIcon } from './icons.tsx';
import { useWords } from './words/language.tsx';

/** Plays what the others say. A browser that wants a tap before it plays sound gets one. */
export function Sounds(props: {
  readonly participants: readonly RemoteParticipant[];
  readonly speakerId: string | undefined;
}) {
  const words = useWords();
  const [refused, setRefused] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const playAll = async () => {
    const elements = [...(box.current?.querySelectorAll('audio') ?? [])];
    const results = await Promise.allSettled(elements.map((element) => element.play()));
    setRefused(results.some((result) => result.status === 'rejected'));
  };
  const tracks = props.participants.flatMap((participant) =>
    participant.sources.flatMap((source) =>
      source.kind === 'audio' && source.track !== undefined ? [source.track] : [],
    ),
  );
  return (
    <>
      <div ref={box} hidden>
        {tracks.map((track) => (
          <Sound
            key={track.id}
            track={track}
            speakerId={props.speakerId}
            onRefused={() => setRefused(true)}
          />
        ))}
      </div>
      {refused && tracks.length > 0 && (
        <button type="button" className="tap primary" onClick={() => void playAll()}>
          <SoundIcon />
          {words.call.tapForSound}
        </button>
      )}
    </>
  );
}

function Sound(props: {
  readonly track: MediaStreamTrack;
  readonly speakerId: string | undefined;
  readonly onRefused: () => void;
}) {
  const { track, speakerId } = props;
  const audio = useRef<HTMLAudioElement>(null);
  const onRefused = useRef(props.onRefused);
  onRefused.current = props.onRefused;
  useEffect(() => {
    const element = audio.current;
    if (element === null) return;
    element.srcObject = new MediaStream([track]);
    element.play().catch((error: unknown) => {
      // An AbortError only says that the element was given something else to play.
      if (error instanceof DOMException && error.name === 'NotAllowedError') onRefused.current();
    });
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  useEffect(() => {
    const element = audio.current;
    if (element === null || speakerId === undefined || !('setSinkId' in element)) return;
    // A speaker that is gone: the browser's own choice stays.
    element.setSinkId(speakerId).catch(() => undefined);
  }, [speakerId]);
  // biome-ignore lint/a11y/useMediaCaption: live speech has no captions.
  return <audio ref={audio} autoPlay />;
}
