/**
 * The network of a run, in a process of its own so that nothing else delays its packets: legs, each between one page
 * and the server, through which UDP goes by `Netem` both ways, from the first packet on.
 */
import { execFileSync } from 'node:child_process';
import { setPriority } from 'node:os';
import { Netem } from '../../test/helpers/netem.ts';
import { UdpRelay } from '../../test/helpers/udp-relay.ts';
import { serve } from '../child.ts';
import type { DirectionCount, LegChange, LegCount, LegPlan, RelayCalls } from './relay-calls.ts';

/** Of SCHED_RR, before everything that is not real-time. */
const REAL_TIME_PRIORITY = '10';
/** Niceness where the real-time class is not allowed. */
const HIGH_PRIORITY = -19;

const nowUs = (): number => Math.floor(performance.now() * 1000);

/** One direction of a leg: holds datagrams back until `Netem` lets them arrive. */
class Direction {
  readonly #netem: Netem<() => void>;
  #timer: NodeJS.Timeout | undefined;
  #timerUs = Number.POSITIVE_INFINITY;
  #deliveredPackets = 0;
  #latestMs = 0;
  #longestQueueMs = 0;

  constructor(netem: Netem<() => void>) {
    this.#netem = netem;
  }

  carry(bytes: number, deliver: () => void): void {
    const now = nowUs();
    this.#longestQueueMs = Math.max(this.#longestQueueMs, this.#netem.queueUs(now) / 1000);
    this.#netem.send(deliver, now, bytes);
    this.#arm();
  }

  changeIn(milliseconds: number, to: Parameters<Netem<never>['changeAt']>[1]): void {
    this.#netem.changeAt(nowUs() + milliseconds * 1000, to);
  }

  /** Counters so far; the longest wait and lateness since they were last read. */
  count(): DirectionCount {
    const { sent, sentBytes, lost, tailDropped, policed } = this.#netem;
    const count = {
      packets: sent,
      bytes: sentBytes,
      delivered: this.#deliveredPackets,
      lost,
      tailDropped,
      policed,
      queueMs: this.#longestQueueMs,
      lateMs: this.#latestMs,
    };
    this.#latestMs = 0;
    this.#longestQueueMs = 0;
    return count;
  }

  #arm(): void {
    const nextUs = this.#netem.nextTimeoutUs;
    if (nextUs >= this.#timerUs) return;
    clearTimeout(this.#timer);
    this.#timerUs = nextUs;
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, nextUs - nowUs()) / 1000);
  }

  #deliver(): void {
    this.#timerUs = Number.POSITIVE_INFINITY;
    const now = nowUs();
    for (let nextUs = this.#netem.nextTimeoutUs; nextUs <= now; nextUs = this.#netem.nextTimeoutUs) {
      const deliver = this.#netem.receive(nextUs);
      if (deliver === undefined) continue;
      this.#latestMs = Math.max(this.#latestMs, (now - nextUs) / 1000);
      this.#deliveredPackets += 1;
      deliver();
    }
    this.#arm();
  }
}

class Leg {
  readonly #up: Direction;
  readonly #down: Direction;
  readonly #ports = new Map<string, Promise<number>>();

  constructor(plan: LegPlan) {
    // Each direction draws for itself.
    this.#up = new Direction(new Netem({ ...plan.up, seed: plan.seed * 2 }));
    this.#down = new Direction(new Netem({ ...plan.down, seed: plan.seed * 2 + 1 }));
  }

  relayPort(port: number, address: string): Promise<number> {
    const key = `${address} ${port}`;
    const known = this.#ports.get(key);
    if (known !== undefined) return known;
    const carry = (toward: 'server' | 'browser', datagram: Buffer, deliver: () => void): void =>
      (toward === 'server' ? this.#up : this.#down).carry(datagram.length, deliver);
    const made = new UdpRelay(port, carry, address).open();
    this.#ports.set(key, made);
    return made;
  }

  changeIn(milliseconds: number, to: LegChange): void {
    if (to.up !== undefined) this.#up.changeIn(milliseconds, to.up);
    if (to.down !== undefined) this.#down.changeIn(milliseconds, to.down);
  }

  count(): LegCount {
    return { up: this.#up.count(), down: this.#down.count() };
  }
}

const legs = new Map<string, Leg>();

function legOf(name: string): Leg {
  const leg = legs.get(name);
  if (leg === undefined) throw new Error(`there is no leg ${name}`);
  return leg;
}

/** Before others on the machine as far as allowed; the counters of lateness tell what is left. */
function takePriority(): void {
  const steps = [
    () =>
      execFileSync('chrt', ['--rr', '--pid', REAL_TIME_PRIORITY, String(process.pid)], { stdio: 'ignore' }),
    () => setPriority(HIGH_PRIORITY),
  ];
  for (const step of steps) {
    try {
      step();
      return;
    } catch {
      // Not allowed, or there is no chrt.
    }
  }
}

takePriority();

serve({
  addLeg: (name, plan) => {
    legs.set(name, new Leg(plan));
  },
  relayPort: (name, port, address) => legOf(name).relayPort(port, address),
  changeIn: (name, milliseconds, to) => legOf(name).changeIn(milliseconds, to),
  count: () => Object.fromEntries([...legs].map(([name, leg]) => [name, leg.count()])),
} satisfies RelayCalls);
