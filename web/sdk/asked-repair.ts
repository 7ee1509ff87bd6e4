/**
 * What browsers do not offer but do when the answer says so. Only the copies that go to and come from the server are
 * changed, never a description on its way into `setLocalDescription`: Chromium (seen in 156) refuses some of those.
 * Browsers that know nothing of it pass over it.
 */

/**
 * What the wire carries at half of all packets lost, in terms of the media: the estimate must leave room for it, or the
 * browser takes repair out of the picture (measured with Chromium 156 at 30 %: an estimate of 1.9 times the media keeps
 * three quarters of it).
 */
const ROOM_FOR_REPAIR = 3.5;
/** A line that carries less shows it by its growing delay within a second; it shall not be flooded until then. */
const MAX_START_KBITS = 3_000;
const MIN_START_KBITS = 300;

/**
 * Where the estimate of the own uplink begins, kbit/s. By itself Chromium begins at 300 and finds out by probes, of
 * which 80 % must arrive (libwebrtc probe_bitrate_estimator.cc): at 30 % of loss none succeeds. Nor does the estimate
 * grow by itself then, being bound to 1.5 times what arrives (aimd_rate_control.cc). What is sent is bound by
 * `maxBitrate` all the same.
 *
 * @param maxBitrates of all video encodings, bits per second.
 */
export function startKbits(maxBitrates: readonly number[]): number {
  const media = maxBitrates.reduce((sum, rate) => sum + rate, 0);
  return Math.min(MAX_START_KBITS, Math.max(MIN_START_KBITS, Math.round((ROOM_FOR_REPAIR * media) / 1000)));
}

/** The offer as the server gets it: lost Opus packets may be asked for again (RFC 4585 §4.2). */
export function askForRepair(offer: string): string {
  return offer.replace(/^a=rtpmap:(\d+) opus\/48000\/2\r\n/gim, '$&a=rtcp-fb:$1 nack\r\n');
}

/**
 * The answer as the browser gets it: the estimate begins at `kbits`. Every answer on one PeerConnection must say the
 * same, because another value starts the estimate anew.
 */
export function startHigh(answer: string, kbits: number): string {
  return answer
    .split(/^(?=m=)/m)
    .map((section) =>
      section.startsWith('m=video') && /^a=recvonly\r$/m.test(section)
        ? startingHigh(section, kbits)
        : section,
    )
    .join('');
}

function startingHigh(section: string, kbits: number): string {
  const [, payloadType = ''] = /^m=video \d+ \S+ (\d+)/.exec(section) ?? [];
  const parameter = `x-google-start-bitrate=${kbits}`;
  const format = new RegExp(`^a=fmtp:${payloadType} .*(?=\\r)`, 'm');
  return format.test(section)
    ? section.replace(format, `$&;${parameter}`)
    : section.replace(
        new RegExp(`^a=rtpmap:${payloadType} .*\\r\\n`, 'm'),
        `$&a=fmtp:${payloadType} ${parameter}\r\n`,
      );
}
