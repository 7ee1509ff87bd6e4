import type { FrameInfo } from '../../rtp/codec/frame-info.ts';
import type { LayerFilter } from './layer-filter.ts';
import { isCapped, type LayerPoint, layerPoint, spatialOf, temporalOf } from './layer-point.ts';

/** Pictures in a row without their top layer until it counts as not sent any more; one may just have been lost. */
const ABSENT_PICTURES = 5;

/**
 * Spatial and temporal layers of VP9 SVC, full (each layer on top of the one below in every picture) and K-SVC (only in
 * key pictures).
 *
 * - Temporal: down at any picture; up after a frame with U of a layer that passes (RFC 9628 §4.2).
 * - Spatial: up where the next layer's frame does not depend on earlier pictures: in key pictures, and where the
 *   sender has just added the layer. Down at any picture, if all of the lower layer was forwarded.
 * - Frames below the current layer that no upper layer uses (K-SVC's delta frames, Z) do not pass. Their layer is then
 *   broken for this subscriber, and going back to it needs a key picture.
 */
export class Vp9Filter implements LayerFilter {
  point: LayerPoint = 0;
  #targetSpatial = 7;
  #targetTemporal = 7;
  #spatial = 0;
  #temporal = 0;
  /** Bit s: all frames of spatial layer s were forwarded since one that depends on no earlier picture. */
  #intact = 0;
  /** The highest layer being sent. */
  #top = 0;
  /** The layer above goes by and depends on pictures without it: it cannot be entered before a key picture. */
  #refused = false;
  #lastSpatial = 0;
  #pictureTop = 0;
  #absent = 0;

  setTarget(spatialLayer: number, temporalLayer: number): void {
    this.#targetSpatial = spatialLayer;
    this.#targetTemporal = temporalLayer;
  }

  begin(info: FrameInfo): void {
    this.#top = 0;
    this.#intact = 0;
    this.update(info);
  }

  update(info: FrameInfo): void {
    const layer = info.spatialLayer;
    if (info.keyFrame) {
      this.#beginKeyPicture(info.spatialLayerCount);
    } else {
      const beginsPicture = layer <= this.#lastSpatial;
      if (beginsPicture) this.#beginPicture(info.spatialLayerCount);
      // Above the cut the picture has already ended for the subscriber, whatever is wanted since.
      const isOver = !beginsPicture && isCapped(this.point) && layer > spatialOf(this.point);
      if (!isOver) this.#takeFrame(info);
      else if (layer === this.#spatial + 1) this.#refused = true;
    }
    this.#lastSpatial = layer;
    if (layer > this.#pictureTop) this.#pictureTop = layer;
    if (layer > this.#top) this.#top = layer;
    // Higher layers that are wanted and may yet begin in this picture are not cut off.
    const unwanted = this.#spatial >= this.#targetSpatial || this.#refused;
    this.point = layerPoint(this.#spatial, this.#temporal, unwanted && this.#top > this.#spatial);
    if (
      info.interPicturePredicted &&
      info.temporalLayer <= this.#temporal &&
      !this.admits(this.point, info)
    ) {
      this.#intact &= ~(1 << layer);
    }
  }

  admits(point: LayerPoint, info: FrameInfo): boolean {
    const spatial = spatialOf(point);
    if (info.spatialLayer > spatial || info.temporalLayer > temporalOf(point)) return false;
    return info.spatialLayer === spatial || !info.notUsedForUpper || !info.interPicturePredicted;
  }

  forwarded(_info: FrameInfo): void {}

  needsKeyFrame(): boolean {
    const highest = Math.min(this.#targetSpatial, this.#top);
    if (this.#spatial > highest) return !this.#isIntact(highest);
    return this.#refused && this.#spatial < highest;
  }

  /** Everything may change here. Without a told number of layers, those seen so far are expected. */
  #beginKeyPicture(layerCount: number): void {
    if (layerCount > 0) this.#top = layerCount - 1;
    this.#spatial = Math.min(this.#targetSpatial, this.#top);
    this.#temporal = this.#targetTemporal;
    this.#intact = (1 << (this.#spatial + 1)) - 1;
    this.#pictureTop = 0;
    this.#absent = 0;
    this.#refused = false;
  }

  #beginPicture(layerCount: number): void {
    // Chromium adds layers in delta pictures too, telling the new count in the picture's first packet.
    if (layerCount - 1 > this.#top) this.#top = layerCount - 1;
    // The told count holds until the next one, even when the sender has stopped a layer without a word.
    this.#absent = this.#pictureTop < this.#top ? this.#absent + 1 : 0;
    if (this.#absent >= ABSENT_PICTURES) {
      this.#top = this.#pictureTop;
      if (this.#top <= this.#spatial) this.#refused = false;
    }
    this.#pictureTop = 0;
    if (this.#temporal > this.#targetTemporal) this.#temporal = this.#targetTemporal;
    const highest = Math.min(this.#targetSpatial, this.#top);
    for (let layer = highest; layer >= 0 && this.#spatial > highest; layer -= 1) {
      if (this.#isIntact(layer)) {
        this.#spatial = layer;
        this.#refused = layer < this.#top;
      }
    }
  }

  #takeFrame(info: FrameInfo): void {
    const layer = info.spatialLayer;
    if (layer === this.#spatial + 1) this.#refused = info.interPicturePredicted;
    if (!info.interPicturePredicted && layer <= this.#targetSpatial) {
      if (layer === this.#spatial + 1) this.#spatial = layer;
      if (layer <= this.#spatial) this.#intact |= 1 << layer;
    }
    // From the next picture of a higher temporal layer on; this one passes as it is.
    if (layer === this.#spatial && info.switchingUpPoint && info.temporalLayer <= this.#temporal) {
      this.#temporal = this.#targetTemporal;
    }
  }

  #isIntact(layer: number): boolean {
    return (this.#intact & (1 << layer)) !== 0;
  }
}
