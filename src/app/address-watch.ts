import { lanAddresses } from './local-addresses.ts';
import type { Logger } from './log.ts';

/** Reading them costs some 50 µs; people wait this long at most after the machine moved to another network. */
const CHECK_MS = 10_000;

export interface AddressWatchOptions {
  readonly log: Logger;
  /** This machine's addresses as they are now. */
  readonly addresses?: () => readonly string[];
  /** What must follow. What it throws is logged; it is not called again for the same change. */
  onChange(addresses: readonly string[]): void;
}

/** Notices when this machine's addresses change while the server runs: DHCP after the start, another Wi-Fi. */
export class AddressWatch {
  readonly #options: AddressWatchOptions;
  readonly #addresses: () => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #known: readonly string[];

  constructor(options: AddressWatchOptions) {
    this.#options = options;
    this.#addresses = options.addresses ?? lanAddresses;
    this.#known = this.#addresses();
    this.#timer = setInterval(() => this.check(), CHECK_MS).unref();
  }

  /** Compares with what was seen last; a change of order, which is one of preference, counts. */
  check(): void {
    const { log, onChange } = this.#options;
    const addresses = this.#addresses();
    if (addresses.join() === this.#known.join()) return;
    log.info({ addresses, before: this.#known }, 'the addresses of this machine have changed');
    this.#known = addresses;
    try {
      onChange(addresses);
    } catch (err) {
      log.error({ err }, 'the new addresses of this machine could not be taken over');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
