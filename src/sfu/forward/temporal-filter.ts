import type { FrameInfo } from '../../rtp/codec/frame-info.ts';
import type { LayerFilter } from './layer-filter.ts';
import { type LayerPoint, layerPoint, temporalOf } from './layer-point.ts';

/**
 * Temporal layers by VP8's rule: down at any frame, up one layer at a time with a frame of that layer which depends on
 * layer 0 only (Y, RFC 7741 §4.2). One at a time, because a frame of layer 2 may depend on layer 1 frames that were
 * left out. Serves H264 and AV1 without dependency descriptors too, whose frames are all of
 * layer 0.
 */
export class TemporalFilter implements LayerFilter {
  point: LayerPoint = 0;
  #target = 7;
  #temporal = 0;

  setTarget(_spatialLayer: number, temporalLayer: number): void {
    this.#target = temporalLayer;
  }

  begin(_info: FrameInfo): void {
    this.#move(this.#target);
  }

  update(info: FrameInfo): void {
    const layer = info.temporalLayer;
    if (info.keyFrame || this.#temporal > this.#target) {
      this.#move(this.#target);
    } else if (layer === this.#temporal + 1 && layer <= this.#target && info.switchingUpPoint) {
      this.#move(layer);
    }
  }

  admits(point: LayerPoint, info: FrameInfo): boolean {
    return info.temporalLayer <= temporalOf(point);
  }

  forwarded(_info: FrameInfo): void {}

  needsKeyFrame(): boolean {
    return false;
  }

  #move(temporal: number): void {
    this.#temporal = temporal;
    this.point = layerPoint(0, temporal, false);
  }
}
