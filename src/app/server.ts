import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { openDataDirectory } from '../store/data-directory.ts';
import { Database } from '../store/database.ts';
import { InviteStore } from '../store/invite-store.ts';
import { OperatorError } from '../store/operator-error.ts';
import { MediaPool } from '../transport/media-pool.ts';
import type { Config } from './config/schema.ts';
import { inInstallation } from './installation.ts';
import type { Logger } from './log.ts';
import { mediaPoolOptions } from './media-options.ts';
import type { Stoppable } from './shutdown.ts';
import { CertificateKeeper } from './web/certificate-keeper.ts';
import { FailuresOnly } from './web/http-log.ts';
import { Listeners, makeHttpServer } from './web/listeners.ts';
import { serveAuthority, servePage } from './web/page.ts';
import { addSecurityHeaders } from './web/security-headers.ts';
import type { TlsMaterial } from './web/tls-material.ts';

interface Parts {
  readonly config: Config;
  readonly invites: InviteStore;
  readonly certificates: CertificateKeeper;
  readonly listeners: Listeners;
}

/** What ends a part; run in the reverse of the order in which the parts were made. */
type Closers = (() => void | Promise<void>)[];

/** The whole server: everything is made here, learns of each other here, and ends here. */
export class Server implements Stoppable {
  readonly #parts: Parts;
  readonly #closers: Closers;
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts, closers: Closers) {
    this.#parts = parts;
    this.#closers = closers;
  }

  /**
   * Resolves when everything listens. Throws OperatorError for what the operator must set right; nothing is left
   * running then.
   */
  static async start(config: Config, log: Logger): Promise<Server> {
    const closers: Closers = [];
    try {
      return new Server(await makeParts(config, log, closers), closers);
    } catch (error) {
      await closeAll(closers);
      throw error;
    }
  }

  get httpPort(): number {
    return this.#parts.listeners.httpPort;
  }

  get httpsPort(): number {
    return this.#parts.listeners.httpsPort;
  }

  /** The local certificate authority, unless the operator brought a certificate. */
  get authority(): TlsMaterial['authority'] {
    return this.#parts.certificates.material.authority;
  }

  /** A one-time code that lets a consultant into the first room. */
  inviteConsultant(): string {
    const { config, invites } = this.#parts;
    const lifeMs = config.signaling.inviteMinutes * 60_000;
    return invites.create({ room: config.rooms.first, role: 'consultant' }, lifeMs, Date.now()).code;
  }

  async drain(): Promise<void> {}

  /** Idempotent. */
  close(): Promise<void> {
    this.#closing ??= closeAll(this.#closers);
    return this.#closing;
  }
}

async function makeParts(config: Config, log: Logger, closers: Closers): Promise<Parts> {
  const directory = openDataDirectory(inInstallation(config.data.directory));
  const database = new Database(directory.databaseFile);
  closers.push(() => database.close());

  const certificates = new CertificateKeeper({ config, directory, log, wallMs: Date.now });
  closers.push(() => certificates.close());

  const media = await startMedia(config);
  closers.push(() => media.close());

  const app: FastifyInstance = Fastify({
    serverFactory: (handler) => makeHttpServer(handler),
    loggerInstance: log as FastifyBaseLogger,
    logController: new FailuresOnly(),
  });
  closers.push(() => app.close());
  addSecurityHeaders(app);
  await servePage(app, inInstallation('web/dist'));
  const { authority } = certificates.material;
  if (authority !== undefined)
    serveAuthority(app, () => certificates.material.authority?.pem ?? authority.pem);
  await app.ready();

  const listeners = await Listeners.open({
    main: app.server,
    httpPort: config.server.httpPort,
    httpsPort: config.server.httpsPort,
    httpsAddresses: config.server.listen,
    secureContext: certificates.material.secureContext,
    log,
  });
  // Before the app, which waits for the answers it owes.
  closers.push(() => listeners.close());
  certificates.onRenewed(({ secureContext }) => listeners.setSecureContext(secureContext));
  return { config, invites: new InviteStore(database), certificates, listeners };
}

async function startMedia(config: Config): Promise<MediaPool> {
  try {
    return await MediaPool.start(mediaPoolOptions(config));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new OperatorError(
      `the media ports cannot be opened: ${(error as Error).message}`,
      'stop what uses them, or set media.udpPort, media.tcpPort or media.listen',
    );
  }
}

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.reverse()) await close();
}
