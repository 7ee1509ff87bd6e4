import type { WantedLayers } from '../commands.ts';
import type { LayerReason } from '../events.ts';
import {
  type AvailableLayer,
  costOf,
  goalLayer,
  type LayerPoint,
  ladder,
  topTemporalLayer,
} from './layer-ladder.ts';

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
  /** Who is spoken to now, before who is only looked at. Default false. */
  readonly speaking?: boolean;
  /** It does not rise to what costs this, bit/s, or more: for a while after it had to be lowered. Default: no bound. */
  readonly ceiling?: number;
}

/** What there is to deal out. */
export interface LayerBudget {
  /** What the subscriber's downlink carries, less audio, bit/s. */
  readonly bitsPerSecond: number;
  /** Redundancy to each bit of media that loss calls for: `redundancyFor`. */
  readonly redundancy: number;
}

/** More is only given when so much more than it costs is there, so that it need not be taken back at once. */
const RAISE_MARGIN = 1.15;

interface Share {
  readonly demand: LayerDemand;
  /** From the smallest that arrives to what fills the wish; empty: nothing arrives. */
  readonly rungs: readonly LayerPoint[];
  /** Rung of the last answer, -1: none of these. */
  readonly before: number;
  /** The rung it may not pass now. */
  readonly limit: number;
  rung: number;
}

/**
 * Chooses the layers of every subscription on one transport. Without a budget (nobody estimates) each gets what fills
 * its wish. With one each keeps its smallest layer, whatever that costs: a bad picture is better than none. The rest is
 * dealt out: first everybody's smallest layer at its full frame rate, then the speaking face up to the size it is shown
 * at, then the others step by step, what is shown larger first (a shared screen is). Pure; never throws; layers must be
 * ordered by `spatialLayer`. Answers in the order of the demands.
 */
export function allocateLayers(
  demands: readonly LayerDemand[],
  budget: LayerBudget | undefined,
): LayerTarget[] {
  const shares = deal(demands, budget, budget?.redundancy ?? 0);
  const withoutLoss =
    budget !== undefined && budget.redundancy > 0.02 && shares.some(isHeld)
      ? deal(demands, budget, 0)
      : undefined;
  return shares.map((share, index) => {
    const point = share.rungs[share.rung];
    if (point === undefined) return { spatialLayer: -1, temporalLayer: -1, reason: 'publisher' };
    let reason: LayerReason = 'bandwidth';
    if (!isHeld(share)) reason = reasonOf(share.demand, point);
    else if (share.limit < share.rungs.length - 1 && share.rung === share.before) {
      reason = share.demand.previous!.target.reason;
    } else if ((withoutLoss?.[index]?.rung ?? 0) > share.rung) reason = 'loss';
    return { spatialLayer: point.layer.spatialLayer, temporalLayer: point.temporalLayer, reason };
  });
}

/** Bit/s that it would take to fill the wish. */
export function costOfWish({ layers, wanted }: LayerDemand): number {
  const goal = goalLayer(layers, wanted);
  return goal === undefined ? 0 : costOf(goal, topTemporalLayer(goal, wanted));
}

/** Bit/s that `target` takes; 0: none of it arrives. */
export function costOfTarget({ layers }: LayerDemand, target: LayerTarget): number {
  const layer = layers.find(({ spatialLayer }) => spatialLayer === target.spatialLayer);
  return layer === undefined ? 0 : costOf(layer, target.temporalLayer);
}

function isHeld({ rung, rungs }: Share): boolean {
  return rung < rungs.length - 1;
}

function deal(demands: readonly LayerDemand[], budget: LayerBudget | undefined, redundancy: number): Share[] {
  const shares = demands.map(makeShare);
  if (budget === undefined) {
    for (const share of shares) share.rung = share.rungs.length - 1;
    return shares;
  }
  let left = budget.bitsPerSecond / (1 + redundancy);
  for (const { rungs } of shares) left -= rungs[0]?.bitsPerSecond ?? 0;
  const raise = (share: Share): boolean => {
    const next = nextRung(share);
    if (next > share.limit) return false;
    const cost = share.rungs[next]!.bitsPerSecond - share.rungs[share.rung]!.bitsPerSecond;
    if (next > share.before && share.before >= 0 ? cost * RAISE_MARGIN > left : cost > left) return false;
    left -= cost;
    share.rung = next;
    return true;
  };
  const bySize = [...shares].sort((a, b) => shownHeight(b) - shownHeight(a));
  const inOrder = [...bySize.filter(isSpeaking), ...bySize.filter((share) => !isSpeaking(share))];
  for (const share of inOrder) while (isSmallest(share, share.rung + 1) && raise(share));
  for (const share of inOrder) while (isSpeaking(share) && raise(share));
  for (let raised = true; raised; ) {
    raised = false;
    for (const share of inOrder) if (raise(share)) raised = true;
  }
  return shares;
}

/** A larger picture than before is only begun at its full frame rate; on the way down it may have to do with less. */
function nextRung({ rungs, rung, before }: Share): number {
  const next = rung + 1;
  const layer = rungs[next]?.layer;
  if (layer === undefined || next <= before || layer === rungs[rung]?.layer) return next;
  return rungs.findLastIndex((point) => point.layer === layer);
}

function makeShare(demand: LayerDemand): Share {
  const rungs = ladder(demand.layers, demand.wanted);
  const target = demand.previous?.target;
  // With layers gone the answer before may lie between two rungs: what is not above it counts as had.
  const before =
    target === undefined || target.spatialLayer < 0
      ? -1
      : rungs.findLastIndex(
          ({ layer, temporalLayer }) =>
            layer.spatialLayer < target.spatialLayer ||
            (layer.spatialLayer === target.spatialLayer && temporalLayer <= target.temporalLayer),
        );
  const top = rungs.length - 1;
  const { ceiling = Number.POSITIVE_INFINITY } = demand;
  const below = rungs.findLastIndex(({ bitsPerSecond }) => bitsPerSecond < ceiling);
  const limit = before >= 0 && below < top ? Math.max(0, before, below) : top;
  return { demand, rungs, before, limit, rung: rungs.length === 0 ? -1 : 0 };
}

function isSmallest(share: Share, rung: number): boolean {
  return share.rungs[rung]?.layer === share.rungs[0]?.layer;
}

function isSpeaking({ demand }: Share): boolean {
  return demand.speaking === true;
}

function shownHeight({ demand }: Share): number {
  return demand.wanted.maxHeight ?? Number.MAX_SAFE_INTEGER;
}

/** Why the wish is filled by what it is. */
function reasonOf({ previous, layers }: LayerDemand, chosen: LayerPoint): LayerReason {
  if (previous === undefined || previous.target.spatialLayer < 0) return 'start';
  const { spatialLayer, temporalLayer, reason } = previous.target;
  if (spatialLayer === chosen.layer.spatialLayer && temporalLayer === chosen.temporalLayer) return reason;
  const underOldWish = goalLayer(layers, previous.wanted);
  const wishDecided =
    underOldWish?.spatialLayer !== chosen.layer.spatialLayer ||
    topTemporalLayer(underOldWish, previous.wanted) !== chosen.temporalLayer;
  if (wishDecided) return 'wanted';
  // What was held back before may come now, for the same cause.
  return reason === 'bandwidth' || reason === 'loss' ? reason : 'publisher';
}
