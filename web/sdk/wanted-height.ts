/** Sizes are told in steps, so that a window being dragged does not ask for a new layer at every pixel. */
const STEP = 60;

/**
 * @param box CSS pixels of the element.
 * @param devicePixelRatio pixels of the device per CSS pixel.
 * @param fit `cover` fills the element and crops what does not fit: then the width may decide.
 * @returns the height in device pixels a 16:9 picture needs, rounded up to a step; 0 when it is not shown.
 */
export function wantedHeight(
  box: { readonly width: number; readonly height: number },
  devicePixelRatio: number,
  fit: 'cover' | 'contain',
): number {
  if (box.width <= 0 || box.height <= 0) return 0;
  const byWidth = (box.width * 9) / 16;
  const height = fit === 'cover' ? Math.max(box.height, byWidth) : Math.min(box.height, byWidth);
  return Math.ceil((height * devicePixelRatio) / STEP) * STEP;
}
