/**
 * What a packet to a subscriber is, in the order in which it goes when not all can go at once: 0 first. Forward error
 * correction goes with the video it protects, after it.
 */
export const PACKET_KIND = { audio: 0, retransmission: 1, video: 2, fec: 3, padding: 4 } as const;

export type PacketKind = (typeof PACKET_KIND)[keyof typeof PACKET_KIND];
