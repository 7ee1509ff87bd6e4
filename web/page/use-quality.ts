import { useEffect, useState } from 'react';
import type { Consultation } from '../sdk/consultation.ts';
import { type Quality, quality } from '../sdk/quality.ts';
import type { StatsSample } from '../sdk/stats-sample.ts';

const INTERVAL_MS = 2000;

/** The quality of the last two seconds; undefined until there is something to measure. */
export function useQuality(consultation: Consultation): Quality | undefined {
  const [current, setCurrent] = useState<Quality>();
  useEffect(() => {
    let before: StatsSample | undefined;
    const timer = setInterval(async () => {
      const after = await consultation.stats();
      const measured = before !== undefined && after !== undefined ? quality(before, after) : undefined;
      setCurrent(measured !== undefined && measured.streams.size > 0 ? measured : undefined);
      before = after;
    }, INTERVAL_MS);
    return () => clearInterval(timer);
  }, [consultation]);
  return current;
}
