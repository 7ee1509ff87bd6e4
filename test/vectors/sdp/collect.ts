/** Stores the offers that the installed Chromium makes: `node test/vectors/sdp/collect.ts`. Run by hand, not by tests. */
import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { chromiumOffers } from '../../helpers/chromium-offers.ts';
import type { WebRtcPage } from '../../helpers/page-webrtc.ts';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
for (const [name, { prepare }] of Object.entries(chromiumOffers)) {
  const page = await browser.newPage();
  await page.evaluate(() => {
    const webRtc = globalThis as unknown as WebRtcPage;
    webRtc.pc = new webRtc.RTCPeerConnection();
  });
  await page.evaluate(prepare);
  const sdp = await page.evaluate(async () => {
    const { pc } = globalThis as unknown as WebRtcPage;
    await pc.setLocalDescription();
    return pc.localDescription!.sdp;
  });
  // Candidates name this machine's interfaces and are not what the vectors are about.
  writeFileSync(
    new URL(`chromium-${name}.sdp`, import.meta.url),
    sdp.replace(/^a=(?:candidate|end-of-candidates).*\r\n/gm, ''),
  );
  await page.close();
}
console.log(`Chromium ${browser.version()}: ${Object.keys(chromiumOffers).length} offers stored`);
await browser.close();
