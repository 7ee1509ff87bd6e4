import { useCallback, useEffect, useRef, useState } from 'react';
import {
  type CameraCapture,
  CaptureError,
  type CaptureProblem,
  openCamera,
  openMicrophone,
} from '../sdk/capture.ts';
import { recall, remember } from './tab-memory.ts';

export interface DeviceList {
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
}

export interface Devices {
  readonly list: DeviceList;
  readonly camera: CameraCapture | undefined;
  readonly microphone: MediaStreamTrack | undefined;
  readonly cameraProblem: CaptureProblem | undefined;
  readonly microphoneProblem: CaptureProblem | undefined;
  readonly opening: boolean;
  /** Opens both; a device that cannot be opened does not keep the other from being. */
  open(): Promise<void>;
  chooseCamera(deviceId: string): Promise<void>;
  chooseMicrophone(deviceId: string): Promise<void>;
  /** Lets go of the tracks without stopping them: somebody else has them now. */
  handOver(): void;
}

const problemOf = (error: unknown): CaptureProblem =>
  error instanceof CaptureError ? error.problem : 'capture_failed';

/** The devices there are; labels appear once permission was given. */
export function useDeviceList(refreshKey: unknown): DeviceList {
  const [list, setList] = useState<DeviceList>({ cameras: [], microphones: [], speakers: [] });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key means that labels may be known now.
  useEffect(() => {
    const { mediaDevices } = navigator;
    if (mediaDevices === undefined) return;
    const stop = new AbortController();
    const read = async () => {
      const all = await mediaDevices.enumerateDevices();
      if (stop.signal.aborted) return;
      const of = (kind: MediaDeviceKind) => all.filter((one) => one.kind === kind && one.deviceId !== '');
      setList({ cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') });
    };
    void read();
    mediaDevices.addEventListener('devicechange', () => void read(), { signal: stop.signal });
    return () => stop.abort();
  }, [refreshKey]);
  return list;
}

/** Camera and microphone before the consultation; they are stopped when the page goes on without them. */
export function useDevices(): Devices {
  const [camera, setCamera] = useState<CameraCapture>();
  const [microphone, setMicrophone] = useState<MediaStreamTrack>();
  const [cameraProblem, setCameraProblem] = useState<CaptureProblem>();
  const [microphoneProblem, setMicrophoneProblem] = useState<CaptureProblem>();
  const [opening, setOpening] = useState(false);
  const held = useRef<{ camera?: MediaStreamTrack; microphone?: MediaStreamTrack }>({});
  const gone = useRef(false);

  const takeCamera = useCallback(async (deviceId: string | undefined) => {
    held.current.camera?.stop();
    try {
      const capture = await openCamera({ deviceId });
      if (gone.current) return capture.track.stop();
      held.current.camera = capture.track;
      setCamera(capture);
      setCameraProblem(undefined);
      remember({ cameraId: capture.track.getSettings().deviceId });
    } catch (error) {
      setCamera(undefined);
      setCameraProblem(problemOf(error));
    }
  }, []);

  const takeMicrophone = useCallback(async (deviceId: string | undefined) => {
    held.current.microphone?.stop();
    try {
      const track = await openMicrophone({ deviceId });
      if (gone.current) return track.stop();
      held.current.microphone = track;
      setMicrophone(track);
      setMicrophoneProblem(undefined);
      remember({ microphoneId: track.getSettings().deviceId });
    } catch (error) {
      setMicrophone(undefined);
      setMicrophoneProblem(problemOf(error));
    }
  }, []);

  const open = useCallback(async () => {
    setOpening(true);
    // One after the other: two permission prompts at once confuse browsers and people.
    await takeCamera(recall().cameraId);
    await takeMicrophone(recall().microphoneId);
    if (!gone.current) setOpening(false);
  }, [takeCamera, takeMicrophone]);

  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
      held.current.camera?.stop();
      held.current.microphone?.stop();
      held.current = {};
    };
  }, []);

  return {
    list: useDeviceList(`${camera?.track.id} ${microphone?.id}`),
    camera,
    microphone,
    cameraProblem,
    microphoneProblem,
    opening,
    open,
    chooseCamera: takeCamera,
    chooseMicrophone: takeMicrophone,
    handOver: () => {
      held.current = {};
    },
  };
}

/** Whether both may be opened without asking; unknown counts as no. */
export async function mayOpenSilently(): Promise<boolean> {
  try {
    const states = await Promise.all(
      (['camera', 'microphone'] as const).map((name) => navigator.permissions.query({ name })),
    );
    return states.every((status) => status.state === 'granted');
  } catch {
    return false;
  }
}
