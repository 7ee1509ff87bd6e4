/** Bytes; a longer RTP or RTCP packet than any path carries, which would not fit the send buffers with our header. */
export const MAX_RTP_LENGTH = 1700;
