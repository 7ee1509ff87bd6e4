/** How rooms and their sessions behave; one set for the whole server. */
export interface RoomSettings {
  /** Per room, where the room's policy says nothing. */
  readonly maxParticipants: number;
  readonly lostAfterSeconds: number;
  readonly resumeWindowSeconds: number;
  /** Events kept per session for replay; bytes of JSON. */
  readonly eventLog: { readonly maxEvents: number; readonly maxBytes: number };
}

export const defaultRoomSettings: RoomSettings = {
  maxParticipants: 12,
  lostAfterSeconds: 10,
  resumeWindowSeconds: 60,
  eventLog: { maxEvents: 1024, maxBytes: 512 * 1024 },
};
