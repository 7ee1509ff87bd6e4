import { useState } from 'react';
import type { Consultation } from '../sdk/consultation.ts';
import { Banner, QualityChip } from './call-status.tsx';
import { ChatDrawer } from './chat-drawer.tsx';
import { Controls, type Panel } from './controls.tsx';
import { DetailsDrawer } from './details-drawer.tsx';
import { DevicesDrawer } from './devices-drawer.tsx';
import { Mark } from './icons.tsx';
import { InviteButton } from './invite-button.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import { PeopleDrawer } from './people-drawer.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { Sounds } from './sounds.tsx';
import { Stage } from './stage.tsx';
import { recall, remember } from './tab-memory.ts';
import { useCallActions } from './use-call-actions.ts';
import { useChat } from './use-chat.ts';
import { useConsultationState } from './use-consultation.ts';
import { useQuality } from './use-quality.ts';
import { useLanguage } from './words/language.tsx';

export function Call({ consultation }: { readonly consultation: Consultation }) {
  const { words, language } = useLanguage();
  const state = useConsultationState(consultation);
  const quality = useQuality(consultation);
  const [panel, setPanel] = useState<Panel>();
  const [sideBySide, setSideBySide] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [speakerId, setSpeakerId] = useState(recall().speakerId);
  const chat = useChat(consultation, panel === 'chat');
  const actions = useCallActions(consultation);
  const { trouble } = actions;
  const moderates = state.self?.grants.moderate === true;
  const close = () => setPanel(undefined);
  const togglePanel = (which: Panel) => setPanel((now) => (now === which ? undefined : which));

  const waiting = (
    <div className="waiting">
      <div className="facing" aria-hidden="true">
        <span />
        <span />
      </div>
      <h1>{words.call.waitingTitle}</h1>
      <p className="lead">{moderates ? words.call.waitingConsultant : words.call.waitingClient}</p>
      {moderates && (
        <InviteButton
          consultation={consultation}
          invitedAs="client"
          label={words.people.inviteClient}
          primary
        />
      )}
    </div>
  );

  return (
    <div className={panel === undefined ? 'call' : 'call with-drawer'}>
      <header className="call-bar">
        <span className="call-title">
          <Mark />
          <span className="room">{state.self?.room}</span>
        </span>
        <QualityChip
          state={state}
          quality={quality}
          open={panel === 'details'}
          onPress={() => togglePanel('details')}
        />
      </header>
      <Banner state={state} onRetry={() => consultation.retryNow()} />
      <Stage consultation={consultation} state={state} sideBySide={sideBySide} waiting={waiting} />
      <Sounds participants={state.participants} speakerId={speakerId} />
      {state.needsTap && (
        <button type="button" className="tap primary" onClick={actions.resume}>
          <span>
            <strong>{words.call.tapToResume}</strong>
            <span className="small">{words.call.tapToResumeText}</span>
          </span>
        </button>
      )}
      {trouble !== undefined && (
        <div className="toast">
          {trouble.kind === 'capture' ? (
            <ProblemNotice problem={trouble.problem} device={trouble.device} />
          ) : (
            <p className="notice bad" role="alert">
              {trouble.error.body.tell[language]}
            </p>
          )}
          <button type="button" onClick={actions.dismiss}>
            {words.call.close}
          </button>
        </div>
      )}
      <Controls
        state={state}
        panel={panel}
        sideBySide={sideBySide}
        unread={chat.unread}
        actions={{
          ...actions,
          togglePanel,
          toggleLayout: () => setSideBySide((now) => !now),
          hangUp: () => (moderates ? setLeaving(true) : consultation.leave()),
        }}
      />
      {panel === 'chat' && <ChatDrawer chat={chat} onClose={close} />}
      {panel === 'details' && <DetailsDrawer state={state} quality={quality} onClose={close} />}
      {panel === 'people' && (
        <PeopleDrawer consultation={consultation} state={state} report={actions.report} onClose={close} />
      )}
      {panel === 'devices' && (
        <DevicesDrawer
          state={state}
          speakerId={speakerId}
          onDevice={actions.switchDevice}
          onSpeaker={(deviceId) => {
            setSpeakerId(deviceId);
            remember({ speakerId: deviceId });
          }}
          onClose={close}
        />
      )}
      {leaving && (
        <LeaveDialog
          onLeave={() => consultation.leave()}
          onEndForAll={() => actions.report(consultation.closeRoom())}
          onCancel={() => setLeaving(false)}
        />
      )}
    </div>
  );
}
