import type { WantedLayers } from '../commands.ts';
import type { LayerReason } from '../events.ts';

/** One picture layer a producer can be had in, smallest first in its list. */
export interface AvailableLayer {
  /** Index among the producer's encodings, or the SVC spatial layer. */
  readonly spatialLayer: number;
  /** At least 1. */
  readonly temporalLayers: number;
  /** Pixels; 0 while unknown. */
  readonly height: number;
  /** What it costs to send, lower SVC layers it depends on included; 0 while unknown. */
  readonly bitsPerSecond: number;
  /** Whether it arrives at present. */
  readonly active: boolean;
}

/** What a subscription is to be sent; spatial -1: nothing, as nothing arrives. */
export interface LayerTarget {
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  readonly reason: LayerReason;
}

export interface LayerDemand {
  readonly layers: readonly AvailableLayer[];
  readonly wanted: WantedLayers;
  /** The last answer for this subscription and the wish it answered; absent: it is new. */
  readonly previous?: { readonly target: LayerTarget; readonly wanted: WantedLayers };
}

/**
 * The layer that fills what is wanted: the smallest active one at least `maxHeight` high, else the largest active one;
 * never above `spatialLayer`, unless only larger ones arrive (a too large picture is better than none). While no height
 * is known, `maxHeight` cannot choose, and the largest is taken.
 */
function fillingLayer(layers: readonly AvailableLayer[], wanted: WantedLayers): AvailableLayer | undefined {
  let smallest: AvailableLayer | undefined;
  let largest: AvailableLayer | undefined;
  for (const layer of layers) {
    if (!layer.active) continue;
    smallest ??= layer;
    if (wanted.spatialLayer !== undefined && layer.spatialLayer > wanted.spatialLayer) break;
    largest = layer;
    if (wanted.maxHeight !== undefined && layer.height > 0 && layer.height >= wanted.maxHeight) break;
  }
  return largest ?? smallest;
}

function topTemporalLayer(layer: AvailableLayer, wanted: WantedLayers): number {
  return Math.min(layer.temporalLayers - 1, wanted.temporalLayer ?? layer.temporalLayers - 1);
}

/** Indexes into `layers` that each subscription gets when `bitsPerSecond` is all there is: all small first, then up. */
function fitIntoBudget(
  demands: readonly LayerDemand[],
  filling: readonly (AvailableLayer | undefined)[],
  bitsPerSecond: number,
): (AvailableLayer | undefined)[] {
  const chosen = demands.map((demand) => demand.layers.find((layer) => layer.active));
  let left = bitsPerSecond;
  for (const layer of chosen) left -= layer?.bitsPerSecond ?? 0;
  for (let raised = true; raised; ) {
    raised = false;
    for (const [index, demand] of demands.entries()) {
      const current = chosen[index];
      const goal = filling[index];
      if (current === undefined || goal === undefined || current.spatialLayer >= goal.spatialLayer) continue;
      const next = demand.layers.find((layer) => layer.active && layer.spatialLayer > current.spatialLayer);
      if (next === undefined) continue;
      const cost = next.bitsPerSecond - current.bitsPerSecond;
      if (cost > left) continue;
      left -= cost;
      chosen[index] = next;
      raised = true;
    }
  }
  return chosen;
}

function reasonOf(demand: LayerDemand, chosen: AvailableLayer, held: boolean): LayerReason {
  const { previous, wanted, layers } = demand;
  if (held) return 'bandwidth';
  if (previous === undefined || previous.target.spatialLayer < 0) return 'start';
  const temporalLayer = topTemporalLayer(chosen, wanted);
  if (
    previous.target.spatialLayer === chosen.spatialLayer &&
    previous.target.temporalLayer === temporalLayer
  ) {
    return previous.target.reason;
  }
  if (previous.target.reason === 'bandwidth') return 'bandwidth';
  const underOldWish = fillingLayer(layers, previous.wanted);
  const wishDecided =
    underOldWish?.spatialLayer !== chosen.spatialLayer ||
    topTemporalLayer(underOldWish, previous.wanted) !== temporalLayer;
  return wishDecided ? 'wanted' : 'publisher';
}

/**
 * Chooses the layer of every subscription on one transport, in the order given. `bitsPerSecond` is what the subscriber's
 * downlink carries; undefined: unlimited, for as long as nobody estimates it. With a limit every subscription keeps its
 * smallest layer, whatever that costs (a bad picture is better than none), and the rest is dealt out step by step.
 * Pure; never throws; layers must be ordered by `spatialLayer`.
 */
export function allocateLayers(
  demands: readonly LayerDemand[],
  bitsPerSecond: number | undefined,
): LayerTarget[] {
  const filling = demands.map((demand) => fillingLayer(demand.layers, demand.wanted));
  const chosen = bitsPerSecond === undefined ? filling : fitIntoBudget(demands, filling, bitsPerSecond);
  return demands.map((demand, index) => {
    const layer = chosen[index];
    if (layer === undefined) return { spatialLayer: -1, temporalLayer: -1, reason: 'publisher' };
    return {
      spatialLayer: layer.spatialLayer,
      temporalLayer: topTemporalLayer(layer, demand.wanted),
      reason: reasonOf(demand, layer, layer !== filling[index]),
    };
  });
}
