/** Seldom enough to cost nothing, often enough that nobody waits for it. */
const lookMs = 500;

/**
 * Calls `onOrphaned` once, when the process that started this one has gone. npm gives SIGTERM to the shell that runs a
 * script, and the shell dies of it without a word to the server: its going is the only sign.
 */
export function watchParent(onOrphaned: () => void, parentId: () => number = () => process.ppid): void {
  const parent = parentId();
  const timer = setInterval(() => {
    if (parentId() === parent) return;
    clearInterval(timer);
    onOrphaned();
  }, lookMs).unref();
}
