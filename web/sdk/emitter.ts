/**
 * A typed event emitter of the size this client needs. A listener that throws does not keep the others from
 * hearing the event; its error is reported to the page as an uncaught one.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  /** Calls `listener` on every `type` event until the returned function is called. */
  on<T extends keyof Events>(type: T, listener: (event: Events[T]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  emit<T extends keyof Events>(type: T, event: Events[T]): void {
    // A copy: listeners may come and go while they are told.
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        (listener as (event: Events[T]) => void)(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
