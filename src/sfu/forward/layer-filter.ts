import type { FrameInfo } from '../../rtp/codec/frame-info.ts';
import type { LayerPoint } from './layer-point.ts';

/**
 * Decides which layers of the encoding being forwarded pass. It moves only at first packets of frames that come in
 * order; `admits` is a pure function of the point, so that late packets can be judged by an earlier one.
 */
export interface LayerFilter {
  /** What passes now. */
  readonly point: LayerPoint;
  /** At most these layers, 0..7 each. */
  setTarget(spatialLayer: number, temporalLayer: number): void;
  /** Forwarding begins with this first packet of a key frame. */
  begin(info: FrameInfo): void;
  /** The first packet of a frame, newer than all before. */
  update(info: FrameInfo): void;
  admits(point: LayerPoint, info: FrameInfo): boolean;
  /** A packet of the frame was forwarded. */
  forwarded(info: FrameInfo): void;
  /** The target cannot be reached without a key frame, although its layers are there. */
  needsKeyFrame(): boolean;
}
