/** Cameras, microphones and screens, asked for the way a consultation needs them. */

export type CaptureProblem =
  | 'permission_denied'
  | 'device_missing'
  | 'device_busy'
  | 'insecure_page'
  | 'unsupported'
  | 'capture_failed';

/** A device that could not be opened, by a cause that a page can explain. */
export class CaptureError extends Error {
  readonly problem: CaptureProblem;

  constructor(problem: CaptureProblem, cause: unknown) {
    super(problem, { cause });
    this.name = 'CaptureError';
    this.problem = problem;
  }
}

export interface CameraCapture {
  readonly track: MediaStreamTrack;
  readonly width: number;
  readonly height: number;
  /** The camera gives less than 720 lines: skin cannot be judged by it. */
  readonly belowFloor: boolean;
}

export interface DeviceChoice {
  readonly deviceId?: string | undefined;
}

/** Detail counts: 1080 lines wanted, 720 at least. */
const FLOOR = { long: 1280, short: 720 };

/**
 * Opens a camera with 1920x1080, at least 1280x720; a camera that cannot is opened all the same and says so.
 *
 * @throws CaptureError
 */
export async function openCamera(choice: DeviceChoice = {}): Promise<CameraCapture> {
  const which = choice.deviceId ? { deviceId: { exact: choice.deviceId } } : { facingMode: 'user' };
  const wish = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30 } };
  const floor = {
    width: { ...wish.width, min: FLOOR.long },
    height: { ...wish.height, min: FLOOR.short },
    frameRate: wish.frameRate,
  };
  const track = await openFirst([
    { video: { ...which, ...floor } },
    { video: { ...which, ...wish } },
    // A device that was unplugged since it was chosen, or one that knows no constraints.
    { video: wish },
    { video: true },
  ]);
  // No contentHint: 'detail' has Chromium treat a camera as a screen, which keeps its size at any rate and drops frames
  // instead. By itself it gives up size last: a picture that fits the line stays at what the camera gives.
  const { width = 0, height = 0 } = track.getSettings();
  // A phone held upright turns the picture.
  const belowFloor = Math.max(width, height) < FLOOR.long || Math.min(width, height) < FLOOR.short;
  return { track, width, height, belowFloor };
}

/** @throws CaptureError */
export function openMicrophone(choice: DeviceChoice = {}): Promise<MediaStreamTrack> {
  const sound = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  return openFirst([
    { audio: { ...sound, ...(choice.deviceId ? { deviceId: { exact: choice.deviceId } } : {}) } },
    { audio: sound },
    { audio: true },
  ]);
}

/** @throws CaptureError; `permission_denied` also when the person chose nothing. */
export async function openScreen(): Promise<MediaStreamTrack> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 15 } },
      audio: false,
    });
    const [track] = stream.getVideoTracks();
    if (track === undefined) throw new CaptureError('capture_failed', undefined);
    track.contentHint = 'detail';
    return track;
  } catch (error) {
    throw explained(error);
  }
}

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** Tries the constraints one after the other, as long as constraints are what is wrong. */
async function openFirst(attempts: readonly MediaStreamConstraints[]): Promise<MediaStreamTrack> {
  if (!window.isSecureContext) throw new CaptureError('insecure_page', undefined);
  if (navigator.mediaDevices?.getUserMedia === undefined) throw new CaptureError('unsupported', undefined);
  let last: unknown;
  for (const constraints of attempts) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      const [track] = stream.getTracks();
      if (track !== undefined) return track;
    } catch (error) {
      last = error;
      const name = error instanceof DOMException ? error.name : '';
      if (name !== 'OverconstrainedError' && name !== 'NotFoundError') break;
    }
  }
  throw explained(last);
}

function explained(error: unknown): CaptureError {
  if (error instanceof CaptureError) return error;
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return new CaptureError('permission_denied', error);
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new CaptureError('device_missing', error);
    case 'NotReadableError':
    case 'AbortError':
      return new CaptureError('device_busy', error);
    default:
      return new CaptureError('capture_failed', error);
  }
}
