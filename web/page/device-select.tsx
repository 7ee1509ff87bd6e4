import { useId } from 'react';
import { useWords } from './words/language.tsx';

/** A chooser of one kind of device; nothing when there is nothing to choose from. */
export function DeviceSelect(props: {
  readonly label: string;
  readonly devices: readonly MediaDeviceInfo[];
  readonly chosen: string | undefined;
  readonly onChoose: (deviceId: string) => void;
}) {
  const words = useWords();
  const id = useId();
  const { label, devices, chosen, onChoose } = props;
  if (devices.length === 0) return null;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={chosen ?? ''} onChange={(event) => onChoose(event.target.value)}>
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || words.check.defaultDevice(label, index + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}
