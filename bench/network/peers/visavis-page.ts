/** Visavis in a page: its own SDK, used as the product's page uses it. */
import { Consultation } from '../../../web/sdk/consultation.ts';
import { openBenchPage, type Sources } from '../page/bench-page.ts';
import type { MediaPlan } from '../page-calls.ts';

export interface VisavisArgs {
  readonly token: string;
}

async function enter(token: string): Promise<Consultation> {
  const url = new URL('/api/v1/ws', location.href);
  url.protocol = 'ws:';
  const consultation = new Consultation({ url: url.href, credentials: { token } });
  await consultation.connect();
  return consultation;
}

openBenchPage({
  async publish({ picture, sound }: Sources, media: MediaPlan, args: unknown) {
    const consultation = await enter((args as VisavisArgs).token);
    const { codec, simulcast, maxBitsPerSecond } = media;
    const encodings = simulcast ? {} : { encodings: [{ maxBitrate: maxBitsPerSecond, maxFramerate: 30 }] };
    consultation.publish('camera', { track: picture, codec, ...encodings });
    consultation.publish('microphone', { track: sound });
  },

  async receive(attend, _media, args) {
    const consultation = await enter((args as VisavisArgs).token);
    const look = () => {
      for (const { sources } of consultation.state.participants) {
        for (const { track } of sources) if (track !== undefined) attend(track);
      }
    };
    consultation.on('change', look);
    look();
  },
});
