import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';

/**
 * A video track on the page. While `held`, the last picture stays, whatever happens to the track underneath, until
 * pictures come again.
 */
export function VideoSurface(props: {
  readonly track: MediaStreamTrack | undefined | null;
  readonly fit: 'cover' | 'contain';
  readonly mirrored?: boolean;
  readonly held?: boolean;
  readonly label: string;
  readonly elementRef?: RefObject<HTMLVideoElement | null>;
}) {
  const { track, fit, mirrored = false, held = false, label } = props;
  const own = useRef<HTMLVideoElement>(null);
  const video = props.elementRef ?? own;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [showsLast, setShowsLast] = useState(false);

  useLayoutEffect(() => {
    const element = video.current;
    const still = canvas.current;
    if (!held || element === null || still === null || element.videoWidth === 0) return;
    still.width = element.videoWidth;
    still.height = element.videoHeight;
    still.getContext('2d')?.drawImage(element, 0, 0);
    setShowsLast(true);
  }, [held, video]);

  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.srcObject = track ? new MediaStream([track]) : null;
    // Muted video may always play; a refusal here only means that the element is going away.
    if (track) element.play().catch(() => undefined);
    return () => {
      element.srcObject = null;
    };
  }, [track, video]);

  useEffect(() => {
    const element = video.current;
    if (held || !showsLast || element === null) return;
    if (!('requestVideoFrameCallback' in element)) {
      setShowsLast(false);
      return;
    }
    const callback = element.requestVideoFrameCallback(() => setShowsLast(false));
    return () => element.cancelVideoFrameCallback(callback);
  }, [held, showsLast, video]);

  const className = `surface fit-${fit}${mirrored ? ' mirrored' : ''}`;
  return (
    <>
      <video ref={video} className={className} autoPlay playsInline muted aria-label={label} />
      <canvas ref={canvas} className={`${className} last-picture`} hidden={!showsLast} />
    </>
  );
}
