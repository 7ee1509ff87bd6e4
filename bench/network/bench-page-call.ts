/** The page's `bench`, called from the rig. */
import type { Page } from 'playwright-core';
import type { BenchPage } from './page-calls.ts';

type Results = { [Name in keyof BenchPage]: Awaited<ReturnType<BenchPage[Name]>> };

export function callPage<Name extends keyof BenchPage>(
  page: Page,
  name: Name,
  ...args: Parameters<BenchPage[Name]>
): Promise<Results[Name]> {
  return page.evaluate(
    ([name, given]) => {
      const { bench } = globalThis as unknown as { bench: Record<string, (...a: unknown[]) => unknown> };
      return bench[name]?.(...given);
    },
    [name, args] as const,
  ) as Promise<Results[Name]>;
}
