/** How a video source is encoded: simulcast by rid (RFC 8853), or one scalable stream (webrtc-svc). */

export type VideoCodec = 'vp8' | 'vp9' | 'h264' | 'av1';

/** The fields of RTCRtpEncodingParameters that are used. */
export interface VideoEncoding {
  rid?: string;
  scaleResolutionDownBy?: number;
  maxBitrate: number;
  maxFramerate: number;
  scalabilityMode?: string;
}

/**
 * Bits per second for 1080p at 30 frames, enough to see pores in skin with VP8; smaller pictures need more bits per
 * pixel, so the rate falls with the power 0.75 of the pixels (Kush gauge, as most services fit it).
 */
const FULL_HD_BITRATE: Readonly<Record<VideoCodec, number>> = {
  vp8: 3_500_000,
  h264: 3_500_000,
  vp9: 2_800_000,
  av1: 2_400_000,
};
const FULL_HD_PIXELS = 1920 * 1080;
const MIN_BITRATE = 120_000;

/** Layers of simulcast, smallest first as browsers give bits to the first ones first. */
const SIMULCAST = [
  { rid: 'l', scale: 4, maxFramerate: 30 },
  { rid: 'm', scale: 2, maxFramerate: 30 },
  { rid: 'h', scale: 1, maxFramerate: 30 },
] as const;

/**
 * Chromium sends no more layers than fit the size of the source and leaves out the *largest* ones: three encodings of
 * a 640x480 camera would show it at 320x240 for ever. So no more are asked for than it sends.
 *
 * @see libwebrtc video/config/simulcast.cc, kSimulcastFormats
 */
const THREE_LAYERS_FROM_PIXELS = 960 * 540;
const TWO_LAYERS_FROM_PIXELS = 480 * 270;

/** A share of the screen is read, not watched: sharp at half the frames. */
const SCREEN = { maxBitrate: 2_500_000, maxFramerate: 15 };

/** @returns bits per second for a picture of this size at 30 frames per second. */
export function bitrateFor(codec: VideoCodec, width: number, height: number): number {
  const share = (width * height) / FULL_HD_PIXELS;
  return Math.max(MIN_BITRATE, Math.round((FULL_HD_BITRATE[codec] * share ** 0.75) / 10_000) * 10_000);
}

/**
 * @param size what the camera gives, pixels.
 * @returns VP8 and H264: three simulcast layers l, m, h at a quarter, half and full size, without l and then m for
 *   small sources; VP9 and AV1: one stream with
 *   three spatial and three temporal layers whose inter-layer prediction is at key frames only, so that the server
 *   can drop layers between them.
 */
export function cameraEncodings(codec: VideoCodec, size: { width: number; height: number }): VideoEncoding[] {
  if (codec === 'vp9' || codec === 'av1') {
    return [
      {
        scalabilityMode: 'L3T3_KEY',
        maxBitrate: bitrateFor(codec, size.width, size.height),
        maxFramerate: 30,
      },
    ];
  }
  const pixels = size.width * size.height;
  const layers = pixels >= THREE_LAYERS_FROM_PIXELS ? 3 : pixels >= TWO_LAYERS_FROM_PIXELS ? 2 : 1;
  return SIMULCAST.slice(-layers).map(({ rid, scale, maxFramerate }) => ({
    rid,
    scaleResolutionDownBy: scale,
    maxBitrate: bitrateFor(codec, size.width / scale, size.height / scale),
    maxFramerate,
  }));
}

export function screenEncodings(): VideoEncoding[] {
  return [{ ...SCREEN }];
}

/**
 * Orders the codecs of RTCRtpSender.getCapabilities: the wanted one first with every profile of it, the rest as it
 * was, repair formats (rtx, red, ulpfec) kept at the end where they belong to all.
 *
 * @param codecs each with a `mimeType` such as `video/VP8`.
 */
export function preferCodec<T extends { readonly mimeType: string }>(
  codecs: readonly T[],
  wanted: VideoCodec,
): T[] {
  const isWanted = (codec: T) => codec.mimeType.toLowerCase() === `video/${wanted}`;
  return [...codecs.filter(isWanted), ...codecs.filter((codec) => !isWanted(codec))];
}
