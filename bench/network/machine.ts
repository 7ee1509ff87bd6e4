/** How busy the machine and one process are, from /proc. */
import { readFileSync } from 'node:fs';

/** Ticks of all cores so far; `stolen` is what the hypervisor gave to others. */
export interface MachineTicks {
  readonly all: number;
  readonly idle: number;
  readonly stolen: number;
}

/** @see proc_stat(5) */
export function readMachine(): MachineTicks {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!;
  // user nice system idle iowait irq softirq steal; guest time is in user already.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const [idle = 0, waiting = 0] = ticks.slice(3, 5);
  return { all: ticks.reduce((sum, one) => sum + one, 0), idle: idle + waiting, stolen: ticks[7] ?? 0 };
}

const TICKS_PER_SECOND = 100;

/** Seconds of CPU that a process took so far, user and system; 0 when it is gone. */
export function processCpuSeconds(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces; what follows it does not.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
