/**
 * What it costs to keep the last 2,048 packets for retransmission: copied into the ring's slabs, or kept as the buffers
 * they came in. Each trial is a fresh process; the cost is that above making and dropping the same buffers.
 *
 *     node bench/micro/packet-ring.ts
 */
import { execFileSync } from 'node:child_process';
import { PacketRing } from '../../src/sfu/stream/packet-ring.ts';

const PACKETS = 1_000_000;
const TRIALS = 5;
const MODES = ['drop', 'copy', 'keep'] as const;

/** CPU µs per packet and resident MB of one way of keeping, in this process. */
function measure(mode: string): { cpuUs: number; residentMb: number } {
  const source = Buffer.alloc(1200, 7);
  const kept: Buffer[] = Array.from({ length: 2048 }, () => source);
  const ring = new PacketRing();
  const before = process.cpuUsage();
  for (let index = 0; index < PACKETS; index += 1) {
    const packet = Buffer.allocUnsafe(source.length);
    source.copy(packet);
    if (mode === 'copy') ring.store(0x1_0000 + index, packet, index * 1000);
    else if (mode === 'keep') kept[index & 2047] = packet;
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: (user + system) / PACKETS, residentMb: process.memoryUsage.rss() / 1e6 };
}

const mode = process.argv[2];
if (mode !== undefined) {
  console.log(JSON.stringify(measure(mode)));
} else {
  const results = new Map(MODES.map((each) => [each, [] as { cpuUs: number; residentMb: number }[]]));
  for (let trial = 0; trial < TRIALS; trial += 1) {
    for (const each of MODES) {
      const output = execFileSync(process.execPath, [import.meta.filename, each], { encoding: 'utf8' });
      results.get(each)!.push(JSON.parse(output) as { cpuUs: number; residentMb: number });
    }
  }
  for (const [each, trials] of results) {
    const cpu = trials.map((trial) => trial.cpuUs).toSorted((a, b) => a - b);
    const resident = trials.map((trial) => trial.residentMb).toSorted((a, b) => a - b);
    const middle = TRIALS >> 1;
    console.log(
      `${each}: ${cpu[middle]!.toFixed(3)} us/packet (${cpu[0]!.toFixed(3)} to ${cpu.at(-1)!.toFixed(3)}), ` +
        `${resident[middle]!.toFixed(0)} MB resident`,
    );
  }
}
