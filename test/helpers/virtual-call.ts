import { type Call, CallPublisher, type PublisherOptions } from './call-publisher.ts';
import { CallSubscriber, type SubscriberOptions } from './call-subscriber.ts';
import { RouterFixture } from './router-fixture.ts';

const STEP_US = 1_000;
/** IP, UDP and SRTP around each packet. */
const AROUND = 38;

/**
 * People in one Router in virtual time, each over a `Netem` of their own in either direction. Everything moves in steps
 * of a millisecond.
 */
export class VirtualCall implements Call {
  readonly seed: number;
  readonly fixture: RouterFixture;
  readonly publishers: CallPublisher[] = [];
  readonly subscribers: CallSubscriber[] = [];
  /** Who is heard. */
  speaker: string | undefined;
  /** Called after each step. */
  onStep: ((nowUs: number) => void) | undefined;

  constructor(seed: number) {
    this.seed = seed;
    this.fixture = new RouterFixture(seed);
    this.fixture.onRtp = ({ transportId, packet }) => {
      this.fixture.rtp.length = 0;
      const to = this.subscribers.find(({ name }) => name === transportId);
      to?.down.send(packet, this.fixture.nowUs, packet.buffer.length + AROUND);
    };
    this.fixture.onRtcp = ({ transportId, packets }) => {
      this.fixture.rtcp.length = 0;
      this.publishers.find(({ name }) => name === transportId)?.hear(packets);
    };
  }

  publisher(name: string, options: PublisherOptions): CallPublisher {
    const publisher = new CallPublisher(this, name, this.publishers.length, options);
    this.publishers.push(publisher);
    return publisher;
  }

  subscriber(name: string, options: SubscriberOptions): CallSubscriber {
    const subscriber = new CallSubscriber(this, name, this.subscribers.length, options);
    this.subscribers.push(subscriber);
    return subscriber;
  }

  get nowUs(): number {
    return this.fixture.nowUs;
  }

  run(seconds: number): void {
    const untilUs = this.nowUs + seconds * 1e6;
    while (this.nowUs < untilUs) {
      for (const publisher of this.publishers) publisher.step(this.nowUs);
      for (const subscriber of this.subscribers) subscriber.step(this.nowUs);
      this.fixture.run(STEP_US);
      this.onStep?.(this.nowUs);
    }
  }
}
