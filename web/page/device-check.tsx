import { type FormEvent, useEffect, useId, useState } from 'react';
import { DeviceSelect } from './device-select.tsx';
import { CameraIcon } from './icons.tsx';
import { LevelMeter } from './level-meter.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { recall, remember } from './tab-memory.ts';
import { mayOpenSilently, useDevices } from './use-devices.ts';
import { VideoSurface } from './video-surface.tsx';
import { useWords } from './words/language.tsx';

export interface CheckedDevices {
  readonly displayName: string;
  readonly camera: MediaStreamTrack | undefined;
  readonly microphone: MediaStreamTrack | undefined;
}

/** Camera, microphone and name before anybody sees or hears anything. Only its button uses up the invitation. */
export function DeviceCheck(props: {
  /** Gives what to do once the devices are handed over; rejects when it failed, and they stay here. */
  readonly onJoin: (checked: CheckedDevices) => Promise<() => void>;
  /** What to tell the person about the last attempt. */
  readonly error: string | undefined;
}) {
  const words = useWords();
  const devices = useDevices();
  const [displayName, setDisplayName] = useState(recall().displayName ?? '');
  /** Undefined until the browser has said whether it would have to ask. */
  const [asked, setAsked] = useState<boolean>();
  const [joining, setJoining] = useState(false);
  const nameId = useId();
  const { camera, microphone, cameraProblem, microphoneProblem, open } = devices;

  const ask = () => {
    setAsked(true);
    void open();
  };
  useEffect(() => {
    void mayOpenSilently().then((silently) => {
      setAsked(silently);
      if (silently) void open();
    });
  }, [open]);

  const join = async (event: FormEvent) => {
    event.preventDefault();
    setJoining(true);
    remember({ displayName: displayName.trim() });
    try {
      const enter = await props.onJoin({
        displayName: displayName.trim(),
        camera: camera?.track,
        microphone,
      });
      devices.handOver();
      enter();
    } catch {
      setJoining(false);
    }
  };

  return (
    <main className="entry check">
      <section className="preview" aria-label={words.check.camera}>
        {camera !== undefined ? (
          <VideoSurface track={camera.track} fit="cover" mirrored label={words.call.you} />
        ) : (
          <div className="preview-empty">
            <CameraIcon off={asked === true && !devices.opening} />
            {asked === undefined ? null : !asked ? (
              <>
                <button type="button" className="primary" onClick={ask}>
                  {words.check.allow}
                </button>
                <p className="small">{words.check.allowHint}</p>
              </>
            ) : (
              <p>{devices.opening ? words.check.opening : words.check.cameraOff}</p>
            )}
          </div>
        )}
        {camera !== undefined && (
          <span className={camera.belowFloor ? 'badge warn' : 'badge'}>
            {words.check.sharp(camera.width, camera.height)}
          </span>
        )}
      </section>

      <form className="card" onSubmit={join}>
        <h1>{words.check.title}</h1>
        <p className="lead">{words.check.text}</p>
        {camera?.belowFloor && (
          <p className="notice warn" role="status">
            {words.check.belowFloor(camera.width, camera.height)}
          </p>
        )}
        {cameraProblem !== undefined && (
          <ProblemNotice problem={cameraProblem} device="camera" onRetry={ask} />
        )}
        {microphoneProblem !== undefined && microphoneProblem !== cameraProblem && (
          <ProblemNotice problem={microphoneProblem} device="microphone" onRetry={ask} />
        )}
        <div className="field">
          <label htmlFor={nameId}>{words.check.nameLabel}</label>
          <input
            id={nameId}
            type="text"
            maxLength={64}
            autoComplete="name"
            placeholder={words.check.namePlaceholder}
            value={displayName}
            onChange={(event) => setDisplayName(event.target.value)}
          />
        </div>
        <DeviceSelect
          label={words.check.camera}
          devices={devices.list.cameras}
          chosen={camera?.track.getSettings().deviceId}
          onChoose={(deviceId) => void devices.chooseCamera(deviceId)}
        />
        <DeviceSelect
          label={words.check.microphone}
          devices={devices.list.microphones}
          chosen={microphone?.getSettings().deviceId}
          onChoose={(deviceId) => void devices.chooseMicrophone(deviceId)}
        />
        {microphone !== undefined && (
          <>
            <LevelMeter track={microphone} />
            <p className="small">{words.check.speakNow}</p>
          </>
        )}
        {props.error !== undefined && (
          <p className="notice bad" role="alert">
            {props.error}
          </p>
        )}
        <button
          type="submit"
          className={asked === false ? 'wide' : 'primary wide'}
          disabled={joining || devices.opening}
        >
          {joining
            ? words.check.joining
            : asked !== undefined && camera === undefined && !devices.opening
              ? words.check.joinWithout
              : words.check.join}
        </button>
      </form>
    </main>
  );
}
