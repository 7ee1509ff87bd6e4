/**
 * What of an encoding is let through, packed into one number so that it can be kept per packet range:
 *
 *    | decode target (5) | capped (1) | spatial (3) | temporal (3) |
 *
 * Capped: layers above `spatial` exist and are cut off, so the picture ends before the sender's marker bit.
 */
export type LayerPoint = number;

export function layerPoint(spatial: number, temporal: number, capped: boolean, target = 0): LayerPoint {
  return (target << 7) | (capped ? 0x40 : 0) | (spatial << 3) | temporal;
}

export function temporalOf(point: LayerPoint): number {
  return point & 0x07;
}

export function spatialOf(point: LayerPoint): number {
  return (point >> 3) & 0x07;
}

export function isCapped(point: LayerPoint): boolean {
  return (point & 0x40) !== 0;
}

export function decodeTargetOf(point: LayerPoint): number {
  return point >> 7;
}
