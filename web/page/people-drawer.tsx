import type { Role } from '../../src/signaling/protocol/common.ts';
import type { Consultation } from '../sdk/consultation.ts';
import type { ConsultationState, RemoteParticipant } from '../sdk/consultation-state.ts';
import { Drawer } from './drawer.tsx';
import { MicrophoneIcon, RemoveIcon } from './icons.tsx';
import { InviteButton } from './invite-button.tsx';
import { shownName } from './shown-name.ts';
import { useWords } from './words/language.tsx';

/** Who is here; with the grant to moderate also muting, removing and inviting. */
export function PeopleDrawer(props: {
  readonly consultation: Consultation;
  readonly state: ConsultationState;
  readonly report: (failed: Promise<unknown>) => void;
  readonly onClose: () => void;
}) {
  const words = useWords();
  const { consultation, state, report } = props;
  const moderates = state.self?.grants.moderate === true;
  const roles: Readonly<Record<Role, string>> = words.people;
  return (
    <Drawer title={words.people.title} onClose={props.onClose}>
      <ul className="people">
        {state.self !== undefined && (
          <li>
            <span className="person">
              <strong>{shownName(state.self.displayName ?? words.call.you, words)}</strong>
              <span className="small">
                {words.call.you} · {roles[state.self.role]}
              </span>
            </span>
          </li>
        )}
        {state.participants.map((participant) => (
          <li key={participant.participantId}>
            <span className="person">
              <strong>{shownName(participant.displayName, words)}</strong>
              <span className="small">{roles[participant.role]}</span>
            </span>
            {moderates && (
              <Moderation participant={participant} consultation={consultation} report={report} />
            )}
          </li>
        ))}
      </ul>
      {moderates && (
        <div className="invites">
          <InviteButton consultation={consultation} invitedAs="client" label={words.people.inviteClient} />
          <InviteButton
            consultation={consultation}
            invitedAs="consultant"
            label={words.people.inviteConsultant}
          />
        </div>
      )}
    </Drawer>
  );
}

function Moderation(props: {
  readonly participant: RemoteParticipant;
  readonly consultation: Consultation;
  readonly report: (failed: Promise<unknown>) => void;
}) {
  const words = useWords();
  const { participant, consultation, report } = props;
  const name = shownName(participant.displayName, words);
  const microphone = participant.sources.find((one) => one.source === 'microphone' && !one.muted);
  return (
    <>
      {microphone !== undefined && (
        <button
          type="button"
          className="icon-button"
          aria-label={words.people.muteOther(name)}
          title={words.people.muteOther(name)}
          onClick={() => report(consultation.muteOther(microphone.producerId))}
        >
          <MicrophoneIcon off={false} />
        </button>
      )}
      <button
        type="button"
        className="icon-button danger-text"
        aria-label={words.people.remove(name)}
        title={words.people.remove(name)}
        onClick={() => report(consultation.kick(participant.participantId))}
      >
        <RemoveIcon />
      </button>
    </>
  );
}
