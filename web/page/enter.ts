import { openCamera, openMicrophone } from '../sdk/capture.ts';
import { Consultation } from '../sdk/consultation.ts';
import type { CheckedDevices } from './device-check.tsx';
import { forgetToken, recall, remember } from './tab-memory.ts';
import { openers } from './use-call-actions.ts';

/**
 * Joins with a token and publishes what was checked.
 *
 * @throws ConsultationError
 */
export async function enter(token: string, devices: CheckedDevices): Promise<Consultation> {
  const { displayName, camera, microphone } = devices;
  const url = new URL('/api/v1/ws', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const consultation = new Consultation({
    url: url.href,
    credentials: { token },
    ...(displayName ? { displayName } : {}),
  });
  consultation.on('rejoinToken', (rejoinToken) => remember({ token: rejoinToken }));
  consultation.on('ended', ({ reason }) => {
    // What may be tried again keeps its token.
    if (reason !== 'unreachable' && reason !== 'takenOver') forgetToken();
  });
  await consultation.connect();
  const memory = recall();
  const may = new Set(consultation.state.self?.grants.publish);
  if (microphone !== undefined && may.has('microphone')) {
    const muted = memory.microphoneMuted === true;
    microphone.enabled = !muted;
    consultation.publish('microphone', { track: microphone, open: openers.microphone, muted });
  }
  if (camera !== undefined && may.has('camera')) {
    const publication = consultation.publish('camera', { track: camera, open: openers.camera });
    if (memory.cameraMuted === true) await publication.mute();
  }
  return consultation;
}

/** Opens the devices of before the page was loaded again; what cannot be opened is left out. */
export async function devicesOfBefore(): Promise<CheckedDevices> {
  const { displayName = '', cameraId, microphoneId } = recall();
  const camera = await openCamera({ deviceId: cameraId }).catch(() => undefined);
  const microphone = await openMicrophone({ deviceId: microphoneId }).catch(() => undefined);
  return { displayName, camera: camera?.track, microphone };
}
