/**
 * What a reload of the page must not lose, kept with the tab (sessionStorage) and forgotten when the person leaves:
 * the token to come back with, the name, and the chosen devices.
 */
export interface TabMemory {
  readonly token?: string;
  readonly displayName?: string;
  readonly cameraId?: string;
  readonly microphoneId?: string;
  readonly speakerId?: string;
  readonly cameraMuted?: boolean;
  readonly microphoneMuted?: boolean;
}

const KEY = 'visavis.tab';

export function recall(): TabMemory {
  try {
    const memory: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
    return typeof memory === 'object' && memory !== null ? memory : {};
  } catch {
    // Storage is forbidden, or somebody wrote into it: as if there were nothing.
    return {};
  }
}

export function remember(change: { [Key in keyof TabMemory]: TabMemory[Key] | undefined }): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...recall(), ...change }));
  } catch {
    // Without storage a reload needs a new link; everything else works.
  }
}

export function forgetToken(): void {
  remember({ token: undefined });
}
