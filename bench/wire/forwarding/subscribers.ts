/** The subscribers of a forwarding load: they count, and send transport-wide feedback and receiver reports. */
import { randomBytes } from 'node:crypto';
import { writeReceiverReport } from '../../../src/rtp/rtcp/receiver-report.ts';
import { writeTransportCc } from '../../../src/rtp/rtcp/transport-cc.ts';
import { TransportFeedbackGenerator } from '../../../src/sfu/congestion/transport-feedback-generator.ts';
import { SyntheticPeer } from '../../../test/helpers/synthetic-peer.ts';
import { serve } from '../../child.ts';
import { transportSequenceNumberOf } from '../../vp8-stream.ts';
import type { SubscribersCalls } from './calls.ts';

const FEEDBACK_INTERVAL_MS = 100;
const REPORT_INTERVAL_MS = 1000;
const UNPROTECT_EACH = 64;
const DOZE_MS = 2;

class Subscriber {
  readonly peer: SyntheticPeer;
  packets = 0;
  notAuthentic = 0;
  #ssrc = 0;
  #highest = 0;
  #reportedMs = 0;
  readonly #feedback = new TransportFeedbackGenerator({ intervalUs: 0 });
  readonly #buffer = Buffer.alloc(1500);

  constructor(peer: SyntheticPeer) {
    this.peer = peer;
    peer.onProtectedRtp = (datagram) => this.#receive(datagram);
  }

  sendFeedback(): void {
    if (this.packets === 0) return;
    const nowMs = performance.now();
    for (;;) {
      const feedback = this.#feedback.build(nowMs * 1000);
      if (feedback === undefined) break;
      this.#send(writeTransportCc(this.#buffer, 0, 1, this.#ssrc, feedback));
    }
    if (nowMs - this.#reportedMs < REPORT_INTERVAL_MS) return;
    this.#reportedMs = nowMs;
    const block = {
      ssrc: this.#ssrc,
      fractionLost: 0,
      cumulativeLost: 0,
      extendedHighestSequence: this.#highest,
      jitter: 0,
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    };
    this.#send(writeReceiverReport(this.#buffer, 0, { ssrc: 1, reports: [block] }));
  }

  #send(length: number): void {
    this.peer.sendRtcp(this.#buffer.subarray(0, length));
  }

  #receive(datagram: Buffer): void {
    this.packets += 1;
    this.#ssrc = datagram.readUInt32BE(8);
    this.#highest = datagram.readUInt16BE(2);
    this.#feedback.record(transportSequenceNumberOf(datagram), performance.now() * 1000);
    if (this.packets % UNPROTECT_EACH === 1 && this.peer.unprotectRtp(datagram) === undefined)
      this.notAuthentic += 1;
  }
}

const subscribers: Subscriber[] = [];
const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Sleeps outside the event loop and looks at the sockets between two sleeps. On loopback whoever sends pays for waking
 * the process that waits for the packet, some 10 to 40 µs each time in a virtual machine; people's browsers are woken
 * by their own network cards.
 */
function doze(): void {
  Atomics.wait(never, 0, 0, DOZE_MS);
  setImmediate(doze);
}

setInterval(() => {
  for (const subscriber of subscribers) subscriber.sendFeedback();
}, FEEDBACK_INTERVAL_MS);

serve({
  open: async (count) => {
    for (let index = 0; index < count; index += 1) {
      const ice = {
        usernameFragment: randomBytes(4).toString('hex'),
        password: randomBytes(12).toString('hex'),
      };
      subscribers.push(new Subscriber(await SyntheticPeer.create(ice)));
    }
    return subscribers.map(({ peer: { ice, fingerprint } }) => ({ ice, fingerprint }));
  },
  connect: async (remotes) => {
    const profiles: string[] = [];
    for (const [index, { peer }] of subscribers.entries()) {
      await peer.connect(remotes[index]!);
      profiles.push(peer.profile!);
    }
    doze();
    return profiles;
  },
  received: () => ({
    packets: subscribers.reduce((sum, { packets }) => sum + packets, 0),
    notAuthentic: subscribers.reduce((sum, { notAuthentic }) => sum + notAuthentic, 0),
  }),
} satisfies SubscribersCalls);
