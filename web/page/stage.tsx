import type { ReactNode } from 'react';
import type { Consultation } from '../sdk/consultation.ts';
import type { ConsultationState, RemoteParticipant, RemoteSource } from '../sdk/consultation-state.ts';
import { RemoteTile } from './remote-tile.tsx';
import { SelfTile } from './self-tile.tsx';
import { useNarrow } from './use-narrow.ts';
import { useWords } from './words/language.tsx';

interface View {
  readonly key: string;
  readonly participant: RemoteParticipant;
  readonly source: RemoteSource | undefined;
}

/**
 * The pictures. A shared screen or an instrument takes the middle and people move to the side; else the others share
 * the middle, and one's own picture is a card in the corner, or beside them.
 */
export function Stage(props: {
  readonly consultation: Consultation;
  readonly state: ConsultationState;
  readonly sideBySide: boolean;
  readonly waiting: ReactNode;
}) {
  const words = useWords();
  const narrow = useNarrow();
  const { consultation, state } = props;
  const interrupted = state.connection === 'reconnecting' || state.media === 'reconnecting';
  // Who spoke last is not who speaks while nothing arrives.
  const speaker = interrupted ? undefined : (state.activeSpeaker ?? undefined);
  const faces = state.participants.map((participant): View => {
    const source = participant.sources.find((one) => one.source === 'camera');
    return { key: participant.participantId, participant, source };
  });
  const shown = state.participants.flatMap((participant) =>
    participant.sources
      .filter((one) => one.source === 'screen' || one.source === 'instrument')
      .map((source): View => ({ key: source.producerId, participant, source })),
  );
  const main = shown.length > 0 ? shown : faces;
  const side = shown.length > 0 ? faces : [];
  const tile = (view: View, defaultFit: 'cover' | 'contain') => (
    <RemoteTile
      key={view.key}
      consultation={consultation}
      participant={view.participant}
      source={view.source}
      speaking={speaker === view.participant.participantId && view.source?.source !== 'screen'}
      interrupted={interrupted}
      defaultFit={defaultFit}
    />
  );
  const camera = state.local.find((one) => one.source === 'camera');
  const microphone = state.local.find((one) => one.source === 'microphone');
  const self = (
    <SelfTile
      self={state.self}
      camera={camera}
      microphoneMuted={microphone?.muted ?? true}
      speaking={speaker !== undefined && speaker === state.self?.participantId}
    />
  );
  const beside = props.sideBySide && shown.length === 0 && faces.length > 0;
  const count = main.length + (beside ? 1 : 0);
  return (
    <main
      className={`stage${shown.length > 0 ? ' presenting' : ''}${beside ? ' beside' : ''}`}
      aria-label={words.call.stage}
    >
      <div className={`main-views count-${Math.min(4, count)}`}>
        {main.length === 0
          ? props.waiting
          : main.map((view) => tile(view, narrow && shown.length === 0 ? 'cover' : 'contain'))}
        {beside && self}
      </div>
      {side.length > 0 && <div className="side-views">{side.map((view) => tile(view, 'cover'))}</div>}
      {!beside && <div className="self-card">{self}</div>}
    </main>
  );
}
