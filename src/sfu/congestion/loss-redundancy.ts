/**
 * How much redundancy a loss of 0..1 calls for, as a part of the media: twice what any code would need at the least,
 * p / (1 - p). It stands for two to three copies of what was lost, and the copies of these. 10 %: 0.22, 30 %: 0.86,
 * 50 %: 2. Loss under 1 % calls for none, beyond 60 % for no more: no budget would hold it.
 */
export function redundancyFor(lossFraction: number): number {
  if (!(lossFraction >= 0.01)) return 0;
  const loss = Math.min(lossFraction, 0.6);
  return (2 * loss) / (1 - loss);
}
