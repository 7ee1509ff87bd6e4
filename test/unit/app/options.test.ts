import t from 'tap';
import { loadConfig } from '../../../src/app/config/load-config.ts';
import { announcedAddresses, mediaPoolOptions } from '../../../src/app/media-options.ts';
import { signalingOptions } from '../../../src/app/signaling-options.ts';
import { defaultCodecs, defaultLimits, defaultSettings } from '../../../src/signaling/signaling-options.ts';
import { mediaWorkerDefaults } from '../../../src/transport/media-worker-options.ts';

const load = (environment: Record<string, string> = {}) => loadConfig({ environment }).config;

t.test('the defaults of the configuration are those of signaling and of the media workers', async (t) => {
  const { limits, settings, codecs, allowedOrigins } = signalingOptions(load());
  t.same({ ...defaultLimits, ...limits }, defaultLimits);
  t.same({ ...defaultSettings, ...settings }, defaultSettings);
  t.same(codecs, defaultCodecs);
  t.same(allowedOrigins, []);
  t.same(mediaPoolOptions(load()).limits, mediaWorkerDefaults);
});

t.test('what one peer may use is configured, and reaches signaling and the media workers', async (t) => {
  const config = load({
    VISAVIS__ROOMS__MAX_PRODUCERS: '3',
    VISAVIS__ROOMS__MAX_CONSUMERS: '4',
    VISAVIS__MEDIA__MAX_SSRCS_PER_PEER: '100',
    VISAVIS__MEDIA__MAX_EXTENSIONS_PER_LINE: '30',
  });
  t.match(signalingOptions(config).limits, { maxProducers: 3, maxConsumers: 4, maxExtensionsPerLine: 30 });
  t.match(mediaPoolOptions(config).limits, { maxSsrcsPerTransport: 100 });
});

t.test(
  'a public address is announced instead of those of the machine, and its page may connect',
  async (t) => {
    const config = load({
      VISAVIS__MEDIA__ANNOUNCED: '203.0.113.5',
      VISAVIS__SERVER__PUBLIC_URL: 'https://clinic.example',
      VISAVIS__SERVER__ALLOWED_ORIGINS: 'https://crm.example',
    });
    t.same(mediaPoolOptions(config).announced, ['203.0.113.5']);
    t.same(signalingOptions(config).allowedOrigins, ['https://clinic.example', 'https://crm.example']);
  },
);

t.test('of the own addresses those are announced that media listens on, as they are now', async (t) => {
  const lan = ['192.168.1.5', '10.0.0.5', 'fd00::5'];
  const rows: readonly [string, readonly string[], readonly string[]][] = [
    ['0.0.0.0', lan, ['192.168.1.5', '10.0.0.5']],
    ['::', lan, ['fd00::5']],
    ['0.0.0.0,::', lan, lan],
    ['0.0.0.0,::', ['10.9.9.9'], ['10.9.9.9']],
    ['10.0.0.5', lan, ['10.0.0.5']],
    ['127.0.0.1', lan, ['127.0.0.1']],
    ['0.0.0.0', [], ['127.0.0.1']],
    ['::', [], ['::1']],
  ];
  for (const [listen, own, announced] of rows) {
    const { media } = load({ VISAVIS__MEDIA__LISTEN: listen });
    t.same(announcedAddresses(media, own), announced, `${listen} of ${own}`);
  }
  const { media } = load({ VISAVIS__MEDIA__ANNOUNCED: '203.0.113.5' });
  t.same(announcedAddresses(media, lan), ['203.0.113.5'], 'what is configured stays');
});

t.test(
  'listening addresses carry their ports, and the rate for strangers keeps its burst in proportion',
  async (t) => {
    const options = mediaPoolOptions(
      load({
        VISAVIS__MEDIA__WORKERS: '3',
        VISAVIS__MEDIA__LISTEN: '127.0.0.1',
        VISAVIS__MEDIA__UDP_PORT: '5000',
        VISAVIS__MEDIA__TCP_PORT: '6000',
        VISAVIS__MEDIA__UNAUTHENTICATED_PER_SECOND: '100',
      }),
    );
    t.equal(options.workers, 3);
    t.same(options.listen, [{ address: '127.0.0.1', udpPort: 5000, tcpPort: 6000 }]);
    t.match(options.limits.stunPerAddress, { perSecond: 100, burst: 500 });
  },
);
