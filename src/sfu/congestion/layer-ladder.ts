/** The layers one producer can be had in, as steps from the cheapest to the best. */
import type { WantedLayers } from '../commands.ts';

/** One picture layer a producer can be had in, smallest first in its list. */
export interface AvailableLayer {
  /** Index among the producer's encodings, or the SVC spatial layer. */
  readonly spatialLayer: number;
  /** At least 1. */
  readonly temporalLayers: number;
  /** Pixels; 0 while unknown. */
  readonly height: number;
  /** What it costs to send up to each temporal layer, bit/s, lower SVC layers it depends on included; 0 while unknown. */
  readonly rates: readonly number[];
  /** Whether it arrives at present. */
  readonly active: boolean;
}

/** One step. */
export interface LayerPoint {
  readonly layer: AvailableLayer;
  readonly temporalLayer: number;
  readonly bitsPerSecond: number;
}

/** What a layer is taken to cost before it was measured, by its place: as Chrome sends 180p, 360p, 720p, 1080p. */
const ASSUMED_BITS_PER_SECOND = [150_000, 500_000, 1_700_000, 4_000_000] as const;

/** Bit/s of `layer` up to `temporalLayer`; an assumption while it is not known. */
export function costOf({ rates, spatialLayer }: AvailableLayer, temporalLayer: number): number {
  const known = rates[Math.min(temporalLayer, rates.length - 1)] ?? 0;
  if (known > 0) return known;
  return ASSUMED_BITS_PER_SECOND[Math.min(Math.max(0, spatialLayer), 3)]!;
}

/** The highest temporal layer of `layer` that is wanted. */
export function topTemporalLayer(layer: AvailableLayer, wanted: WantedLayers): number {
  return Math.min(layer.temporalLayers - 1, wanted.temporalLayer ?? layer.temporalLayers - 1);
}

/**
 * The layer that fills what is wanted: the smallest active one at least `maxHeight` high, else the largest active one;
 * never above `spatialLayer`, unless only larger ones arrive (a too large picture is better than none). While no height
 * is known, `maxHeight` cannot choose, and the largest is taken. Undefined: none is active.
 */
export function goalLayer(
  layers: readonly AvailableLayer[],
  wanted: WantedLayers,
): AvailableLayer | undefined {
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

/**
 * The steps from the smallest active layer, at its lowest frame rate, to what fills the wish. Of the larger layers only
 * the two highest frame rates: a small fluid face is better than a large one in jerks. Costs never fall from step to
 * step. Empty: no layer is active.
 */
export function ladder(layers: readonly AvailableLayer[], wanted: WantedLayers): LayerPoint[] {
  const goal = goalLayer(layers, wanted);
  const points: LayerPoint[] = [];
  if (goal === undefined) return points;
  let bitsPerSecond = 0;
  for (const layer of layers) {
    if (!layer.active || layer.spatialLayer > goal.spatialLayer) continue;
    const top = topTemporalLayer(layer, wanted);
    const first = points.length === 0 ? 0 : Math.max(0, top - 1);
    for (let temporalLayer = first; temporalLayer <= top; temporalLayer += 1) {
      bitsPerSecond = Math.max(bitsPerSecond, costOf(layer, temporalLayer));
      points.push({ layer, temporalLayer, bitsPerSecond });
    }
  }
  return points;
}
