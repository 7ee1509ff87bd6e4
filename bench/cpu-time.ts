/** CPU time (user and system) of this process per call, for what runs synchronously. */

/** Mean CPU µs per call of `call(index)` over `count` calls, after a tenth as many to warm up. */
export function cpuUsPerCall(count: number, call: (index: number) => void): number {
  const warmUp = Math.ceil(count / 10);
  for (let index = 0; index < warmUp; index += 1) call(index);
  const before = process.cpuUsage();
  for (let index = warmUp; index < warmUp + count; index += 1) call(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
