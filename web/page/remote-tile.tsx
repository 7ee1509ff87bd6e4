import { useEffect, useRef, useState } from 'react';
import type { Consultation } from '../sdk/consultation.ts';
import type { RemoteParticipant, RemoteSource } from '../sdk/consultation-state.ts';
import { watchShownSize } from '../sdk/shown-size.ts';
import { FitIcon, MicrophoneIcon } from './icons.tsx';
import { Initials } from './initials.tsx';
import { shownName } from './shown-name.ts';
import { VideoSurface } from './video-surface.tsx';
import { useWords } from './words/language.tsx';

/** One picture of another participant, or what stands for it while there is none. */
export function RemoteTile(props: {
  readonly consultation: Consultation;
  readonly participant: RemoteParticipant;
  readonly source: RemoteSource | undefined;
  readonly speaking: boolean;
  /** This side is reconnecting: keep the last picture. */
  readonly interrupted: boolean;
  readonly defaultFit: 'cover' | 'contain';
}) {
  const words = useWords();
  const { consultation, participant, source, speaking } = props;
  const tile = useRef<HTMLElement>(null);
  const [chosenFit, setChosenFit] = useState<'cover' | 'contain'>();
  const fit = chosenFit ?? props.defaultFit;
  const name = shownName(participant.displayName, words);
  const producerId = source?.producerId;

  useEffect(() => {
    const element = tile.current;
    if (element === null || producerId === undefined) return;
    return watchShownSize(element, fit, (height) => {
      consultation.setWanted(
        producerId,
        height === 0 ? { paused: true } : { paused: false, wanted: { maxHeight: height } },
      );
    });
  }, [consultation, producerId, fit]);

  const microphone = participant.sources.find((one) => one.source === 'microphone');
  const away = !participant.connected;
  const stopped = source !== undefined && !source.muted && !source.flowing;
  const hasPicture = source?.track !== undefined && !source.muted;
  const held = hasPicture && (props.interrupted || away || stopped);
  const caption =
    source?.source === 'screen'
      ? words.call.screenOf(name)
      : source?.source === 'instrument'
        ? words.call.instrumentOf(name)
        : name;
  const message = away ? words.call.away(name) : stopped ? words.call.noPicture(name) : undefined;

  return (
    <figure className={`tile${speaking ? ' speaking' : ''}${held ? ' held' : ''}`} ref={tile}>
      {hasPicture ? (
        <VideoSurface track={source.track} fit={fit} held={held} label={caption} />
      ) : (
        <div className="tile-empty">
          <Initials name={name} />
          {source?.muted && <p>{words.call.cameraMuted(name)}</p>}
        </div>
      )}
      {message !== undefined && (
        <p className="tile-message" role="status">
          {message}
        </p>
      )}
      <figcaption>
        {microphone?.muted && (
          <span className="caption-icon" role="img" aria-label={words.call.micMuted}>
            <MicrophoneIcon off />
          </span>
        )}
        <span>{caption}</span>
        {speaking && <span className="visually-hidden">{words.call.speaking}</span>}
      </figcaption>
      {hasPicture && (
        <button
          type="button"
          className="fit-button icon-button"
          aria-label={fit === 'cover' ? words.call.fit : words.call.fill}
          title={fit === 'cover' ? words.call.fit : words.call.fill}
          onClick={() => setChosenFit(fit === 'cover' ? 'contain' : 'cover')}
        >
          <FitIcon />
        </button>
      )}
    </figure>
  );
}
