import type { ConsultationState } from '../sdk/consultation-state.ts';
import { DeviceSelect } from './device-select.tsx';
import { Drawer } from './drawer.tsx';
import { LevelMeter } from './level-meter.tsx';
import { useDeviceList } from './use-devices.ts';
import { useWords } from './words/language.tsx';

/** Another camera, microphone or speaker in the middle of a consultation. */
export function DevicesDrawer(props: {
  readonly state: ConsultationState;
  readonly speakerId: string | undefined;
  readonly onDevice: (device: 'camera' | 'microphone', deviceId: string) => void;
  readonly onSpeaker: (deviceId: string) => void;
  readonly onClose: () => void;
}) {
  const words = useWords();
  const camera = props.state.local.find((one) => one.source === 'camera');
  const microphone = props.state.local.find((one) => one.source === 'microphone');
  const list = useDeviceList(`${camera?.track?.id} ${microphone?.track?.id}`);
  return (
    <Drawer title={words.call.settings} onClose={props.onClose}>
      <div className="drawer-body">
        {camera !== undefined && (
          <DeviceSelect
            label={words.check.camera}
            devices={list.cameras}
            chosen={camera.deviceId}
            onChoose={(deviceId) => props.onDevice('camera', deviceId)}
          />
        )}
        {microphone !== undefined && (
          <>
            <DeviceSelect
              label={words.check.microphone}
              devices={list.microphones}
              chosen={microphone.deviceId}
              onChoose={(deviceId) => props.onDevice('microphone', deviceId)}
            />
            <LevelMeter track={microphone.track ?? undefined} />
          </>
        )}
        {'setSinkId' in HTMLMediaElement.prototype && (
          <DeviceSelect
            label={words.check.speaker}
            devices={list.speakers}
            chosen={props.speakerId}
            onChoose={props.onSpeaker}
          />
        )}
        <p className="small">{words.call.shortcuts}</p>
      </div>
    </Drawer>
  );
}
