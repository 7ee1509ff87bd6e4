import { useSyncExternalStore } from 'react';

const query = window.matchMedia('(max-width: 699px)');

function subscribe(onChange: () => void): () => void {
  query.addEventListener('change', onChange);
  return () => query.removeEventListener('change', onChange);
}

/** Whether this is a phone held upright, or a window as narrow. The style sheets use the same width. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
