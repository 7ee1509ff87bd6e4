/**
 * Every row of the table that the call has to reach. Unless said otherwise: 25 ms one way a leg, both legs and both
 * directions alike, RTCP and DTLS included, VP8 640x360 at 24 frames per second and at most 800 kbit/s.
 */
import { bitrateFor } from '../../web/sdk/video-encodings.ts';
import { atLeast, atMost, callBounds, everywhere, type Scenario, scenario, VGA } from './scenario.ts';

const KBIT = 1000;
const MBIT = 1_000_000;
const ms = (milliseconds: number): number => milliseconds * 1000;

/** A bottleneck towards the subscriber and from the publisher, as an access line is. */
function lines(bitsPerSecond: number, loss: number): Scenario['legs'] {
  const bottleneck = { bitsPerSecond, queueUs: ms(300) };
  return everywhere({ loss, bottleneck });
}

/** What the SDK's layers for 640x360 may take together (web/sdk/video-encodings.ts). */
const SIMULCAST_BITS_PER_SECOND = bitrateFor('vp8', 640, 360) + bitrateFor('vp8', 320, 180);

const ANY_CODEC = callBounds({
  fps: 22,
  p95: 400,
  p99: 450,
  longestMs: 400,
  gapsOver400: 0,
  kept: 85,
  concealed: 1.5,
});

export const scenarios: readonly Scenario[] = [
  scenario({
    name: '0',
    title: '0 %',
    // Its latency is bound by that of Chrome to Chrome, measured beside it.
    bounds: callBounds({
      fps: 23.8,
      longestMs: 100,
      gapsOver400: 0,
      kept: 100,
      concealed: 0.1,
      wireUp: 1.1,
      wireDown: 1.1,
    }),
    beside: 'chrome-direct',
  }),
  scenario({
    name: '10',
    title: '10 % random',
    legs: everywhere({ loss: 0.1 }),
    bounds: callBounds({
      fps: 23.8,
      p95: 220,
      p99: 240,
      longestMs: 120,
      gapsOver400: 0,
      kept: 100,
      concealed: 0.5,
      wireUp: 1.5,
      wireDown: 1.8,
    }),
  }),
  scenario({
    name: '30',
    title: '30 % random',
    legs: everywhere({ loss: 0.3 }),
    bounds: callBounds({
      fps: 23,
      p95: 330,
      p99: 350,
      longestMs: 250,
      gapsOver400: 0,
      kept: 90,
      concealed: 0.7,
      wireUp: 2.2,
      wireDown: 3,
    }),
    beside: 'all',
  }),
  scenario({
    name: '30-burst',
    title: '30 % Gilbert-Elliott, mean burst 5',
    legs: everywhere({ loss: 0.3, burst: 5 }),
    bounds: callBounds({
      fps: 23,
      p95: 390,
      p99: 420,
      longestMs: 300,
      gapsOver400: 0,
      kept: 90,
      concealed: 1.5,
      wireUp: 2.5,
      wireDown: 3.9,
    }),
  }),
  scenario({
    name: '30-jitter',
    title: '30 % + 30 ms jitter with reordering',
    legs: everywhere({ loss: 0.3, jitterUs: ms(30), reorders: true }),
    bounds: callBounds({
      fps: 22,
      p95: 400,
      p99: 420,
      longestMs: 300,
      gapsOver400: 0,
      kept: 85,
      concealed: 1,
    }),
  }),
  scenario({
    name: '40',
    title: '40 % random',
    legs: everywhere({ loss: 0.4 }),
    bounds: callBounds({
      fps: 23,
      p95: 400,
      p99: 420,
      longestMs: 250,
      gapsOver400: 0,
      kept: 90,
      concealed: 1.5,
      wireUp: 3.1,
      wireDown: 4.3,
    }),
  }),
  scenario({
    name: '50',
    title: '50 % random',
    legs: everywhere({ loss: 0.5 }),
    bounds: callBounds({
      fps: 22,
      p95: 570,
      p99: 600,
      longestMs: 350,
      gapsOver400: 0,
      kept: 85,
      concealed: 2.2,
      wireUp: 3.6,
      wireDown: 6,
    }),
  }),
  scenario({
    name: '30-rtt150',
    title: '30 %, RTT 150 ms a leg',
    legs: everywhere({ loss: 0.3, delayUs: ms(75) }),
    bounds: callBounds({ fps: 21.5, p95: 600, p99: 700, longestMs: 500, kept: 85, concealed: 1 }),
  }),
  scenario({
    name: '30-720p',
    title: '30 %, 1280x720',
    media: { ...VGA, width: 1280, height: 720, framesPerSecond: 15, maxBitsPerSecond: 1_500 * KBIT },
    legs: everywhere({ loss: 0.3 }),
    bounds: {
      ...callBounds({
        fps: 0,
        p95: 400,
        p99: 430,
        longestMs: 250,
        gapsOver400: 0,
        kept: 90,
        concealed: 0.7,
      }),
      'frames shown %': atLeast(97),
    },
  }),
  scenario({
    name: 'line-700k',
    title: '700 kbit/s bottleneck + 10 % loss',
    legs: lines(700 * KBIT, 0.1),
    bounds: {
      ...callBounds({ fps: 22, p95: 400, p99: 550, longestMs: 300, concealed: 1 }),
      'line used %': atLeast(75),
      'delay growth ms': atMost(30),
    },
  }),
  scenario({
    name: 'line-1m',
    title: '1 Mbit/s bottleneck + 10 % loss',
    legs: lines(1 * MBIT, 0.1),
    bounds: {
      ...callBounds({ fps: 22, p95: 400, p99: 550, longestMs: 300, concealed: 1 }),
      'line used %': atLeast(75),
      'delay growth ms': atMost(30),
    },
  }),
  scenario({
    name: 'drop',
    title: '4 → 0.5 → 4 Mbit/s towards the subscriber, product simulcast',
    media: { ...VGA, simulcast: true, maxBitsPerSecond: SIMULCAST_BITS_PER_SECOND },
    legs: everywhere({ bottleneck: { bitsPerSecond: 4 * MBIT, queueUs: ms(300) } }),
    changes: [
      {
        atSeconds: 10,
        leg: 'subscriber',
        down: { bottleneck: { bitsPerSecond: 500 * KBIT, queueUs: ms(300) } },
      },
      {
        atSeconds: 30,
        leg: 'subscriber',
        down: { bottleneck: { bitsPerSecond: 4 * MBIT, queueUs: ms(300) } },
      },
    ],
    bounds: {
      'freezes > 500 ms, 2 s after the drop': atMost(0),
      'top layer back s': atMost(12),
    },
  }),
  scenario({
    name: 'policer',
    title: 'shallow-buffer policer at 800 kbit/s from the publisher',
    media: { ...VGA, maxBitsPerSecond: 1_500 * KBIT },
    legs: everywhere({}),
    changes: [
      { atSeconds: 0, leg: 'publisher', up: { policer: { bitsPerSecond: 800 * KBIT, burstBytes: 8000 } } },
    ],
    bounds: { 'sent up after 5 s kbit/s': atMost(800), 'lost up after 5 s %': atMost(5) },
  }),
  scenario({
    name: 'join-30',
    title: 'join under 30 % loss on everything',
    legs: everywhere({ loss: 0.3 }),
    joins: 50,
    seeds: 1,
    bounds: { 'joined %': atLeast(100), 'first frame p90 ms': atMost(3000) },
  }),
  ...(['h264', 'vp9', 'av1'] as const).map((codec) =>
    scenario({
      name: `30-${codec}`,
      title: `30 %, ${codec.toUpperCase()}`,
      media: { ...VGA, codec },
      legs: everywhere({ loss: 0.3 }),
      bounds: ANY_CODEC,
    }),
  ),
  scenario({
    name: '30-simulcast',
    title: '30 %, simulcast as the product sends it',
    media: { ...VGA, simulcast: true, maxBitsPerSecond: SIMULCAST_BITS_PER_SECOND },
    legs: everywhere({ loss: 0.3 }),
    bounds: ANY_CODEC,
  }),
  scenario({
    name: '30-three',
    title: '30 %, 3 participants, two of them watching',
    subscribers: 2,
    legs: everywhere({ loss: 0.3 }),
    bounds: ANY_CODEC,
  }),
  scenario({
    name: '30-long',
    title: '30 % random, ten minutes',
    legs: everywhere({ loss: 0.3 }),
    seconds: 600,
    seeds: 1,
    bounds: callBounds({
      fps: 23,
      p95: 330,
      p99: 350,
      longestMs: 250,
      gapsOver400: 0,
      kept: 90,
      concealed: 0.7,
      wireUp: 2.2,
      wireDown: 3,
    }),
  }),
];
