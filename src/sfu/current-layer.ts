import type { Encoding } from './encoding.ts';
import type { CurrentLayer } from './events.ts';
import type { Forwarder } from './forward/forwarder.ts';

/** Nothing is forwarded. */
export const NO_LAYER: CurrentLayer = { spatialLayer: -1, temporalLayer: -1, width: 0, height: 0 };

/** What `video` forwards of the producer's `encodings` now. */
export function currentLayer(video: Forwarder, encodings: readonly Encoding[]): CurrentLayer {
  const spatialLayer = video.currentSpatialLayer;
  const encoding = encodings[video.currentEncoding];
  const svcLayer = encodings.length > 1 ? (encoding?.spatialLayers ?? 1) - 1 : spatialLayer;
  return {
    spatialLayer,
    temporalLayer: Math.min(video.currentTemporalLayer, (encoding?.temporalLayers ?? 1) - 1),
    width: encoding?.widthOf(svcLayer) ?? 0,
    height: encoding?.heightOf(svcLayer) ?? 0,
  };
}

export function isSameLayer(a: CurrentLayer, b: CurrentLayer): boolean {
  return (
    a.spatialLayer === b.spatialLayer &&
    a.temporalLayer === b.temporalLayer &&
    a.width === b.width &&
    a.height === b.height
  );
}
