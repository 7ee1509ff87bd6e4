/** What the HTTP side of WHIP and WHEP needs of the rooms. */
import type { MediaKind } from '../../sfu/commands.ts';
import type { IceParameters } from '../../transport/media-messages.ts';

/** `whip` publishes (RFC 9725), `whep` plays (draft-ietf-wish-whep, experimental). */
export type WhipKind = 'whip' | 'whep';

export interface WhipOpenRequest {
  readonly kind: WhipKind;
  /** The bearer token as it came, not yet verified. */
  readonly token: string;
  /** Opaque; kept with the session and shown again by `find`, so that only the same token gets at it. */
  readonly owner: string;
  /** The offer. */
  readonly sdp: string;
  /** Its lines to publish (whip) or to play on (whep): at most one of audio and one of video, at least one of both. */
  readonly lines: readonly { readonly mid: string; readonly kind: MediaKind }[];
}

export interface WhipSession {
  readonly kind: WhipKind;
  readonly owner: string;
  /** Both sides' credentials as of now (`PeerNegotiation.ice`). */
  readonly ice: { readonly local: IceParameters; readonly remote: IceParameters };
}

/**
 * The room side, implemented where rooms are: `open` verifies the token, lets a device participant into the token's
 * room, and negotiates with a `PeerNegotiation` of its own. On the lines it publishes microphone and, of instrument,
 * camera and screen, the first source that the token grants; or it subscribes what the room has of each kind. The
 * session ends when it is closed, when its transport failed or did not connect in time, when the participant is
 * removed, and with the room; then `find` no longer knows it. Nothing here is called after that.
 */
export interface WhipBackend {
  /**
   * Throws VisavisError: `token_*`, `publish_denied`, `subscribe_denied`, `room_*`, `server_draining`, the errors of
   * `PeerNegotiation.negotiate`, and `nothing_published` if there is nothing to play. What was begun is then undone.
   */
  open(request: WhipOpenRequest): Promise<{
    /** Url-safe, at least 128 random bits: whoever knows it may guess no further. */
    readonly sessionId: string;
    readonly answer: string;
  }>;
  find(sessionId: string): WhipSession | undefined;
  /** ICE restart (`PeerNegotiation.restartIce`): passes its messages on and returns its fragment. */
  restart(sessionId: string, remote: IceParameters): string;
  /** Ends the session at once. */
  close(sessionId: string): void;
}
