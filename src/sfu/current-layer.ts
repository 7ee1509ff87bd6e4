import type { CurrentLayer } from './events.ts';

/** Nothing is forwarded. */
export const NO_LAYER: CurrentLayer = { spatialLayer: -1, temporalLayer: -1, width: 0, height: 0 };

export function isSameLayer(a: CurrentLayer, b: CurrentLayer): boolean {
  return (
    a.spatialLayer === b.spatialLayer &&
    a.temporalLayer === b.temporalLayer &&
    a.width === b.width &&
    a.height === b.height
  );
}
