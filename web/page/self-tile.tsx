import type { LocalSource, Self } from '../sdk/consultation-state.ts';
import { MicrophoneIcon } from './icons.tsx';
import { Initials } from './initials.tsx';
import { shownName } from './shown-name.ts';
import { VideoSurface } from './video-surface.tsx';
import { useWords } from './words/language.tsx';

/** One's own picture, mirrored as people know themselves. */
export function SelfTile(props: {
  readonly self: Self | undefined;
  readonly camera: LocalSource | undefined;
  readonly microphoneMuted: boolean;
  readonly speaking: boolean;
}) {
  const words = useWords();
  const { camera } = props;
  const facing = camera?.track?.getSettings().facingMode;
  return (
    <figure className={`tile self${props.speaking ? ' speaking' : ''}`}>
      {camera?.track && !camera.muted ? (
        <VideoSurface
          track={camera.track}
          fit="cover"
          mirrored={facing !== 'environment'}
          label={words.call.you}
        />
      ) : (
        <div className="tile-empty">
          <Initials name={shownName(props.self?.displayName ?? words.call.you, words)} />
        </div>
      )}
      <figcaption>
        {props.microphoneMuted && (
          <span className="caption-icon" role="img" aria-label={words.call.micMuted}>
            <MicrophoneIcon off />
          </span>
        )}
        <span>{words.call.you}</span>
      </figcaption>
    </figure>
  );
}
