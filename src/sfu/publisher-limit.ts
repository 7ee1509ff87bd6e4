/** How much a publisher need send at the most, by what its subscribers can take. */
import type { Consumer } from './consumer.ts';
import type { LayerAllocation } from './layer-allocation.ts';
import type { Producer } from './producer.ts';
import type { TransportState } from './transport-state.ts';

/** What sound may take, bit/s, where a publisher's video is bounded. */
const AUDIO_ALLOWANCE = 100_000;

/** The parts of a room that the limit hangs on. */
export interface PublisherLimitRoom {
  readonly producers: ReadonlyMap<string, Producer>;
  readonly consumers: ReadonlyMap<string, Consumer>;
  readonly allocations: ReadonlyMap<TransportState, LayerAllocation>;
}

/**
 * Bit/s of all that `publisher` sends; undefined: no bound. Of each video the subscriber counts that can take most: a bad
 * one takes nothing from the others.
 */
export function publisherLimit(
  publisher: TransportState,
  { producers, consumers, allocations }: PublisherLimitRoom,
): number | undefined {
  let limit = 0;
  for (const producer of producers.values()) {
    if (producer.transport !== publisher || producer.kind !== 'video' || producer.paused) continue;
    let most = -1;
    for (const consumer of consumers.values()) {
      if (consumer.producer !== producer || consumer.paused) continue;
      most = Math.max(most, allocations.get(consumer.transport)!.allowanceOf(consumer));
    }
    limit += most < 0 ? Number.POSITIVE_INFINITY : most;
  }
  return Number.isFinite(limit) && limit > 0 ? limit + AUDIO_ALLOWANCE : undefined;
}
