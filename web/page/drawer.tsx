import { type ReactNode, useEffect, useId, useRef } from 'react';
import { CloseIcon } from './icons.tsx';
import { useWords } from './words/language.tsx';

/** A panel at the side, over everything on a phone. Escape closes it; the focus goes in and back out. */
export function Drawer(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const words = useWords();
  const title = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <aside
      className="drawer"
      aria-labelledby={title}
      ref={panel}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') props.onClose();
      }}
    >
      <header>
        <h2 id={title}>{props.title}</h2>
        <button type="button" className="icon-button" aria-label={words.call.close} onClick={props.onClose}>
          <CloseIcon />
        </button>
      </header>
      {props.children}
    </aside>
  );
}
