import type { ReactNode } from 'react';
import { canShareScreen } from '../sdk/capture.ts';
import type { ConsultationState } from '../sdk/consultation-state.ts';
import {
  CameraIcon,
  ChatIcon,
  HangUpIcon,
  MicrophoneIcon,
  PeopleIcon,
  ScreenIcon,
  SettingsIcon,
  SplitIcon,
} from './icons.tsx';
import { useWords } from './words/language.tsx';

export type Panel = 'chat' | 'people' | 'details' | 'devices';

export interface CallActions {
  toggleMicrophone(): void;
  toggleCamera(): void;
  toggleScreen(): void;
  toggleLayout(): void;
  togglePanel(panel: Panel): void;
  hangUp(): void;
}

/** The bar of round buttons. */
export function Controls(props: {
  readonly state: ConsultationState;
  readonly panel: Panel | undefined;
  readonly sideBySide: boolean;
  readonly unread: number;
  readonly actions: CallActions;
}) {
  const words = useWords();
  const { state, panel, actions } = props;
  const local = (source: 'camera' | 'microphone' | 'screen') =>
    state.local.find((one) => one.source === source);
  const grants = state.self?.grants;
  const may = (source: 'camera' | 'microphone' | 'screen') => grants?.publish.includes(source) ?? false;
  const microphoneOn = local('microphone')?.muted === false;
  const cameraOn = local('camera')?.muted === false;
  const sharing = local('screen') !== undefined;
  return (
    <nav className="controls" aria-label={words.call.controls}>
      {may('microphone') && (
        <Control
          label={microphoneOn ? words.call.mute : words.call.unmute}
          keys="M"
          off={!microphoneOn}
          onPress={actions.toggleMicrophone}
        >
          <MicrophoneIcon off={!microphoneOn} />
        </Control>
      )}
      {may('camera') && (
        <Control
          label={cameraOn ? words.call.cameraOff : words.call.cameraOn}
          keys="V"
          off={!cameraOn}
          onPress={actions.toggleCamera}
        >
          <CameraIcon off={!cameraOn} />
        </Control>
      )}
      {may('screen') && canShareScreen() && (
        <Control
          label={sharing ? words.call.stopShare : words.call.share}
          pressed={sharing}
          onPress={actions.toggleScreen}
        >
          <ScreenIcon />
        </Control>
      )}
      <Control
        label={words.call.layout}
        pressed={props.sideBySide}
        className="wide-only"
        onPress={actions.toggleLayout}
      >
        <SplitIcon />
      </Control>
      {grants?.data !== false && (
        <Control
          label={words.call.chat}
          pressed={panel === 'chat'}
          badge={props.unread > 0 ? words.chat.unread(props.unread) : undefined}
          badgeText={String(Math.min(99, props.unread))}
          onPress={() => actions.togglePanel('chat')}
        >
          <ChatIcon />
        </Control>
      )}
      <Control
        label={words.call.people}
        pressed={panel === 'people'}
        onPress={() => actions.togglePanel('people')}
      >
        <PeopleIcon />
      </Control>
      <Control
        label={words.call.settings}
        pressed={panel === 'devices'}
        onPress={() => actions.togglePanel('devices')}
      >
        <SettingsIcon />
      </Control>
      <Control label={words.call.hangUp} className="hang-up" onPress={actions.hangUp}>
        <HangUpIcon />
      </Control>
    </nav>
  );
}

function Control(props: {
  readonly label: string;
  readonly onPress: () => void;
  readonly children: ReactNode;
  readonly pressed?: boolean;
  readonly off?: boolean;
  readonly keys?: string;
  readonly className?: string;
  readonly badge?: string | undefined;
  readonly badgeText?: string;
}) {
  const { label, pressed, off = false, keys, badge } = props;
  return (
    <button
      type="button"
      className={`control ${props.className ?? ''}${off ? ' off' : ''}${pressed ? ' pressed' : ''}`}
      aria-label={badge === undefined ? label : `${label}, ${badge}`}
      aria-pressed={pressed}
      aria-keyshortcuts={keys}
      title={keys === undefined ? label : `${label} (${keys})`}
      onClick={props.onPress}
    >
      <span className="disc">
        {props.children}
        {badge !== undefined && <span className="count">{props.badgeText}</span>}
      </span>
      <span className="control-label" aria-hidden="true">
        {label}
      </span>
    </button>
  );
}
