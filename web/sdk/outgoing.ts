import type { Source } from '../../src/signaling/protocol/common.ts';
import type { PublishOptions } from './consultation-options.ts';
import type { Outgoing } from './media-lines.ts';
import { cameraEncodings, screenEncodings } from './video-encodings.ts';

/** Opus at a rate that carries speech and its redundancy (LBRR) in full band. */
const SPEECH_BITRATE = 48_000;

/** What is published, before it has a media line. */
export function makeOutgoing(source: Source, options: PublishOptions): Outgoing {
  const { track, codec = 'vp8', muted = false } = options;
  const common = { source, track, muted, redundancy: false, toldMuted: undefined } as const;
  const unknown = { line: undefined, producerId: undefined } as const;
  if (track.kind !== 'video') {
    return {
      ...common,
      kind: 'audio',
      codec: undefined,
      encodings: [{ maxBitrate: SPEECH_BITRATE }],
      ...unknown,
    };
  }
  const { width = 1280, height = 720 } = track.getSettings();
  const fitting = source === 'screen' ? screenEncodings() : cameraEncodings(codec, { width, height });
  return { ...common, kind: 'video', codec, encodings: options.encodings ?? fitting, ...unknown };
}
