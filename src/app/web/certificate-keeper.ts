import type { DataDirectory } from '../../store/data-directory.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import { type TlsMaterial, tlsMaterial } from './tls-material.ts';

/** Addresses come and go, and certificates end: looked at this often. */
const checkMs = 3_600_000;

export interface CertificateKeeperOptions {
  readonly config: Config;
  readonly directory: DataDirectory;
  readonly log: Logger;
  wallMs(): number;
}

/** Holds the certificate in use, and renews it while the server runs. */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #timer: NodeJS.Timeout;
  #material: TlsMaterial;
  #onRenewed: ((material: TlsMaterial) => void) | undefined;

  /** Throws OperatorError when there is no usable certificate. */
  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#material = tlsMaterial(options.config, options.directory, options.wallMs());
    this.#timer = setInterval(() => this.check(), checkMs).unref();
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Called whenever a new certificate takes the place of the one before. */
  onRenewed(listener: (material: TlsMaterial) => void): void {
    this.#onRenewed = listener;
  }

  /** Renews if that is due. A failure is logged and tried again later: the certificate in use still serves. */
  check(): void {
    const { config, directory, log, wallMs } = this.#options;
    try {
      const material = tlsMaterial(config, directory, wallMs());
      if (!material.renewed) return;
      this.#material = material;
      this.#onRenewed?.(material);
      log.info(
        { expiresAt: new Date(material.expiresAtMs).toISOString() },
        'the server certificate was renewed',
      );
    } catch (err) {
      log.error({ err }, 'the server certificate could not be renewed');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
