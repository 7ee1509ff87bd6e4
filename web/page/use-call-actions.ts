import { useCallback, useEffect, useMemo, useState } from 'react';
import { CaptureError, type CaptureProblem, openCamera, openMicrophone, openScreen } from '../sdk/capture.ts';
import { ConsultationError } from '../sdk/client-error.ts';
import type { Consultation } from '../sdk/consultation.ts';
import { remember } from './tab-memory.ts';

export type Trouble =
  | { readonly kind: 'error'; readonly error: ConsultationError }
  | {
      readonly kind: 'capture';
      readonly problem: CaptureProblem;
      readonly device: 'camera' | 'microphone' | 'screen';
    };

type Device = 'camera' | 'microphone' | 'screen';

/** How the devices are opened again by the SDK, with the person's choice. */
export const openers = {
  camera: async (choice: { deviceId?: string | undefined }) => (await openCamera(choice)).track,
  microphone: openMicrophone,
};

/** What the buttons and keys of a call do, and what went wrong with it last. */
export function useCallActions(consultation: Consultation) {
  const [trouble, setTrouble] = useState<Trouble>();

  const attempt = useCallback(async (device: Device, task: () => Promise<unknown>) => {
    try {
      setTrouble(undefined);
      await task();
    } catch (error) {
      if (error instanceof ConsultationError) setTrouble({ kind: 'error', error });
      else if (error instanceof CaptureError) setTrouble({ kind: 'capture', problem: error.problem, device });
      else throw error;
    }
  }, []);

  const toggle = useCallback(
    (device: 'camera' | 'microphone') =>
      attempt(device, async () => {
        const publication = consultation.publication(device);
        if (publication === undefined) {
          const track = await openers[device]({});
          consultation.publish(device, { track, open: openers[device] });
        } else if (publication.muted) {
          await publication.unmute();
        } else {
          await publication.mute();
        }
        const muted = consultation.publication(device)?.muted ?? true;
        remember(device === 'camera' ? { cameraMuted: muted } : { microphoneMuted: muted });
      }),
    [attempt, consultation],
  );

  const toggleScreen = useCallback(
    () =>
      attempt('screen', async () => {
        if (consultation.publication('screen') !== undefined) {
          consultation.unpublish('screen');
          return;
        }
        let track: MediaStreamTrack;
        try {
          track = await openScreen();
        } catch (error) {
          // The person closed the chooser: that is no trouble.
          if (error instanceof CaptureError && error.problem === 'permission_denied') return;
          throw error;
        }
        track.addEventListener('ended', () => consultation.unpublish('screen'));
        consultation.publish('screen', { track });
      }),
    [attempt, consultation],
  );

  const switchDevice = useCallback(
    (device: 'camera' | 'microphone', deviceId: string) =>
      attempt(device, async () => {
        await consultation.publication(device)?.switchDevice(deviceId);
        remember(device === 'camera' ? { cameraId: deviceId } : { microphoneId: deviceId });
      }),
    [attempt, consultation],
  );

  useEffect(
    () => consultation.on('refused', (error) => setTrouble({ kind: 'error', error })),
    [consultation],
  );

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { target } = event;
      const typing =
        target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.key.toLowerCase() === 'm') void toggle('microphone');
      else if (event.key.toLowerCase() === 'v') void toggle('camera');
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [toggle]);

  return useMemo(
    () => ({
      trouble,
      dismiss: () => setTrouble(undefined),
      toggleMicrophone: () => void toggle('microphone'),
      toggleCamera: () => void toggle('camera'),
      toggleScreen: () => void toggleScreen(),
      switchDevice: (device: 'camera' | 'microphone', deviceId: string) =>
        void switchDevice(device, deviceId),
      resume: () => void attempt('camera', () => consultation.resumeCapture()),
      report: (failed: Promise<unknown>) => void attempt('camera', () => failed),
    }),
    [trouble, toggle, toggleScreen, switchDevice, attempt, consultation],
  );
}
