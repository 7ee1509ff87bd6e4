import { wantedHeight } from './wanted-height.ts';

/**
 * Watches how large a video element is shown, so that the server forwards the layer that fits and no more. Calls `tell`
 * with the wanted height now and whenever it changes, until the returned function is called.
 */
export function watchShownSize(
  element: HTMLElement,
  fit: 'cover' | 'contain',
  tell: (height: number) => void,
): () => void {
  let last = -1;
  const measure = () => {
    const height = wantedHeight(
      { width: element.clientWidth, height: element.clientHeight },
      window.devicePixelRatio,
      fit,
    );
    if (height === last) return;
    last = height;
    tell(height);
  };
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  measure();
  return () => observer.disconnect();
}
