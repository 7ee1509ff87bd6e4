import type { DependencyStructure } from '../../rtp/codec/dependency-structure.ts';
import type { FrameInfo } from '../../rtp/codec/frame-info.ts';
import type { LayerFilter } from './layer-filter.ts';
import { decodeTargetOf, isCapped, type LayerPoint, layerPoint, spatialOf } from './layer-point.ts';

/** Frame numbers back that a reference may go to be looked up; a power of two. */
const FRAMES = 256;
/** A point that lets nothing pass: there is no decode target to forward yet. */
const NOTHING = layerPoint(0, 0, false, 32);

/**
 * Layers of a stream with dependency descriptors, by decode target: a frame passes if it is present in the
 * target being forwarded, which leaves out what K-SVC does not need. Another target is taken at a frame with the switch
 * indication for it whose references were all forwarded (AV1 RTP specification §A.7): the best within the wished layers
 * that is being produced.
 *
 * active_decode_targets_bitmask goes out as the publisher wrote it. By §A.8.3 it says what is available for decoding, so
 * strictly it should be narrowed to the target forwarded: an endpoint that follows the chain of the highest active
 * target would take what is left out for lost. The target forwarded and all its references are whole, and endpoints
 * that decide by frame differences, as libwebrtc does, need no more.
 */
export class DecodeTargetFilter implements LayerFilter {
  point: LayerPoint = NOTHING;
  #targetSpatial = 7;
  #targetTemporal = 7;
  #structure: DependencyStructure | undefined;
  /** The decode target being forwarded, -1: none. */
  #current = -1;
  /** A frame at which the wanted target is entered has passed by undecodable, and will again. */
  #stuck = false;
  readonly #forwarded = new Int32Array(FRAMES).fill(-1);

  setTarget(spatialLayer: number, temporalLayer: number): void {
    if (spatialLayer !== this.#targetSpatial || temporalLayer !== this.#targetTemporal) this.#stuck = false;
    this.#targetSpatial = spatialLayer;
    this.#targetTemporal = temporalLayer;
  }

  begin(info: FrameInfo): void {
    this.#structure = undefined;
    this.update(info);
  }

  update(info: FrameInfo): void {
    const structure = info.structure;
    if (structure === undefined) return;
    if (structure !== this.#structure) {
      this.#structure = structure;
      this.#current = -1;
      this.#stuck = false;
      this.point = NOTHING;
      this.#forwarded.fill(-1);
    }
    // Above the cut the picture has already ended for the subscriber, whatever is wanted since.
    if (isCapped(this.point) && info.spatialLayer > spatialOf(this.point)) {
      const wanted = this.#wanted(structure, info.activeTargets);
      if (wanted !== this.#current && wanted >= 0 && has(info.switchTargets, wanted)) this.#stuck = true;
      return;
    }
    this.#choose(structure, info);
    if (this.#current < 0) {
      this.point = NOTHING;
      return;
    }
    const spatial = structure.targetSpatialLayers[this.#current]!;
    const temporal = structure.targetTemporalLayers[this.#current]!;
    // Higher layers that are wanted and may yet be entered in this picture are not cut off; those cut off before are.
    const cut = isCapped(this.point) && spatialOf(this.point) === spatial;
    const refused = cut || this.#stuck || spatial >= this.#targetSpatial;
    const capped = refused && spatial < highestSpatialLayer(structure, info.activeTargets);
    this.point = layerPoint(spatial, temporal, capped, this.#current);
  }

  admits(point: LayerPoint, info: FrameInfo): boolean {
    return has(info.presentTargets, decodeTargetOf(point));
  }

  forwarded(info: FrameInfo): void {
    if (info.structure !== undefined) this.#forwarded[info.pictureId & (FRAMES - 1)] = info.pictureId;
  }

  needsKeyFrame(): boolean {
    return this.#stuck;
  }

  /** Goes to the best decode target that can be entered with this frame and is better than the one there is. */
  #choose(structure: DependencyStructure, info: FrameInfo): void {
    const wanted = this.#wanted(structure, info.activeTargets);
    if (wanted === this.#current || wanted < 0) {
      this.#stuck = false;
      return;
    }
    const decodable = this.#isDecodable(info);
    if (has(info.switchTargets, wanted)) {
      this.#stuck = !decodable;
      if (decodable) this.#current = wanted;
      return;
    }
    const here = this.#current >= 0 && has(info.activeTargets, this.#current) ? this.#current : -1;
    // Going down waits for the wanted one: whatever is in between would only be passed through.
    if (!decodable || (here >= 0 && rank(structure, here) > rank(structure, wanted))) return;
    let best = here;
    for (let target = 0; target < structure.targetCount; target += 1) {
      if (!has(info.switchTargets, target) || !this.#isWished(structure, info.activeTargets, target))
        continue;
      if (best < 0 || rank(structure, target) > rank(structure, best)) best = target;
    }
    if (best >= 0) this.#current = best;
  }

  /** The best decode target within the wished layers; if none is being produced there, the lowest of all; or -1. */
  #wanted(structure: DependencyStructure, active: number): number {
    let best = -1;
    let lowest = -1;
    for (let target = 0; target < structure.targetCount; target += 1) {
      if (!has(active, target)) continue;
      if (lowest < 0 || rank(structure, target) < rank(structure, lowest)) lowest = target;
      if (!this.#isWished(structure, active, target)) continue;
      if (best < 0 || rank(structure, target) > rank(structure, best)) best = target;
    }
    return best < 0 ? lowest : best;
  }

  #isWished(structure: DependencyStructure, active: number, target: number): boolean {
    return (
      has(active, target) &&
      structure.targetSpatialLayers[target]! <= this.#targetSpatial &&
      structure.targetTemporalLayers[target]! <= this.#targetTemporal
    );
  }

  #isDecodable(info: FrameInfo): boolean {
    for (let index = 0; index < info.frameDiffCount; index += 1) {
      const number = (info.pictureId - info.frameDiffs[index]!) & 0xffff;
      if (this.#forwarded[number & (FRAMES - 1)] !== number) return false;
    }
    return true;
  }
}

function has(targets: number, target: number): boolean {
  return target < 32 && ((targets >>> target) & 1) === 1;
}

/** Spatial layers count more than temporal ones. */
function rank(structure: DependencyStructure, target: number): number {
  return structure.targetSpatialLayers[target]! * 8 + structure.targetTemporalLayers[target]!;
}

function highestSpatialLayer(structure: DependencyStructure, active: number): number {
  let highest = 0;
  for (let target = 0; target < structure.targetCount; target += 1) {
    if (has(active, target)) highest = Math.max(highest, structure.targetSpatialLayers[target]!);
  }
  return highest;
}
