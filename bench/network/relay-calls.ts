/** What the rig asks of the relay's process. */
import type { Conditions } from '../../test/helpers/netem.ts';

/** Between one page and the server; up is towards the server. */
export interface LegPlan {
  readonly up: Conditions;
  readonly down: Conditions;
  readonly seed: number;
}

export interface LegChange {
  readonly up?: Partial<Conditions>;
  readonly down?: Partial<Conditions>;
}

/** Of one direction. Counters begin at 0 with the leg; `queueMs` and `lateMs` are the longest since the last count. */
export interface DirectionCount {
  /** Put on the way, those that got lost included; bytes are UDP payload. */
  readonly packets: number;
  readonly bytes: number;
  readonly delivered: number;
  readonly lost: number;
  readonly tailDropped: number;
  readonly policed: number;
  /** Wait in the bottleneck's line. */
  readonly queueMs: number;
  /** How much later than planned the relay itself handed packets on. */
  readonly lateMs: number;
}

export interface LegCount {
  readonly up: DirectionCount;
  readonly down: DirectionCount;
}

export interface RelayCalls {
  [name: string]: (...args: never[]) => unknown;
  addLeg(name: string, plan: LegPlan): void;
  /** The port on 127.0.0.1 that leads through this leg to a port of the server. */
  relayPort(leg: string, port: number, address: string): Promise<number>;
  changeIn(leg: string, milliseconds: number, to: LegChange): void;
  count(): Record<string, LegCount>;
}
