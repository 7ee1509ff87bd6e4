/**
 * What browsers do not offer but do when the answer says so. Only the copies that go to and come from the server are
 * changed, never a description on its way into `setLocalDescription`: Chromium (seen in 156) refuses some of those.
 * Browsers that know nothing of it pass over it.
 */

/**
 * Where the estimate of the own uplink begins, kbit/s. By itself Chromium begins at 300 and finds out by probes, of
 * which 80 % must arrive (libwebrtc probe_bitrate_estimator.cc): at 30 % of loss none succeeds, and the picture stays
 * small for half a minute. 800 kbit/s of media want 1.3 Mbit/s at 30 % of loss, with what is sent again; a line that
 * carries less shows it by its growing delay within a second. What is sent is bound by `maxBitrate` all the same.
 */
const START_KBITS = 1_500;

/** The offer as the server gets it: lost Opus packets may be asked for again (RFC 4585 §4.2). */
export function askForRepair(offer: string): string {
  return offer.replace(/^a=rtpmap:(\d+) opus\/48000\/2\r\n/gim, '$&a=rtcp-fb:$1 nack\r\n');
}

/** The answer as the browser gets it: sent video begins at a rate that leaves room for repair. */
export function startHigh(answer: string): string {
  return answer
    .split(/^(?=m=)/m)
    .map((section) =>
      section.startsWith('m=video') && /^a=recvonly\r$/m.test(section) ? startingHigh(section) : section,
    )
    .join('');
}

function startingHigh(section: string): string {
  const [, payloadType = ''] = /^m=video \d+ \S+ (\d+)/.exec(section) ?? [];
  const parameter = `x-google-start-bitrate=${START_KBITS}`;
  const format = new RegExp(`^a=fmtp:${payloadType} .*(?=\\r)`, 'm');
  return format.test(section)
    ? section.replace(format, `$&;${parameter}`)
    : section.replace(
        new RegExp(`^a=rtpmap:${payloadType} .*\\r\\n`, 'm'),
        `$&a=fmtp:${payloadType} ${parameter}\r\n`,
      );
}
