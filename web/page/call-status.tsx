import type { ConsultationState } from '../sdk/consultation-state.ts';
import type { Quality } from '../sdk/quality.ts';
import { reducedPicture } from './reduced-picture.ts';
import { useWords } from './words/language.tsx';

/** The state of the connection in one word, and the door to the numbers behind it. */
export function QualityChip(props: {
  readonly state: ConsultationState;
  readonly quality: Quality | undefined;
  readonly open: boolean;
  readonly onPress: () => void;
}) {
  const words = useWords();
  const { state, quality } = props;
  const interrupted = state.connection !== 'live' || state.media === 'reconnecting';
  const connecting = state.connection === 'connecting' || state.media === 'connecting';
  const look = interrupted ? 'poor' : (quality?.word ?? 'unknown');
  const text = connecting
    ? words.call.connecting
    : interrupted
      ? words.call.interrupted
      : words.details[quality?.word ?? 'unknown'];
  const reduced = interrupted ? undefined : reducedPicture(state.participants);
  const why = reduced === undefined ? '' : `. ${words.details.reduced[reduced]}`;
  if (state.media === 'idle' && !interrupted) return null;
  return (
    <button
      type="button"
      className={`chip ${look}`}
      aria-expanded={props.open}
      aria-label={`${words.details.title}: ${text}${why}`}
      title={reduced === undefined ? undefined : words.details.reduced[reduced]}
      onClick={props.onPress}
    >
      <span className="bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {text}
    </button>
  );
}

/** Says across the page that the connection is broken and being mended. */
export function Banner({
  state,
  onRetry,
}: {
  readonly state: ConsultationState;
  readonly onRetry: () => void;
}) {
  const words = useWords();
  const text =
    state.connection === 'reconnecting'
      ? words.call.reconnecting
      : state.media === 'reconnecting'
        ? words.call.mediaReconnecting
        : state.draining
          ? words.call.draining
          : undefined;
  return (
    <div className="banner-place" role="status">
      {text !== undefined && (
        <div className="banner">
          {!state.draining && <span className="spinner" aria-hidden="true" />}
          <span>{text}</span>
          {state.connection === 'reconnecting' && (
            <button type="button" onClick={onRetry}>
              {words.call.retryNow}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
