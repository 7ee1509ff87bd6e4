import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { createSignaling, type Signaling } from '../signaling/signaling.ts';
import { ApiKeyStore } from '../store/api-key-store.ts';
import { openDataDirectory } from '../store/data-directory.ts';
import { Database } from '../store/database.ts';
import { InviteStore } from '../store/invite-store.ts';
import { OperatorError } from '../store/operator-error.ts';
import { QualityStore } from '../store/quality-store.ts';
import { RevocationStore } from '../store/revocation-store.ts';
import { RoomClosingStore } from '../store/room-closing-store.ts';
import { loadSigningKey } from '../store/signing-key.ts';
import { MediaPool } from '../transport/media-pool.ts';
import { addressMatcher } from './address-range.ts';
import { AddressWatch } from './address-watch.ts';
import type { Config } from './config/schema.ts';
import { inInstallation, version } from './installation.ts';
import type { Logger } from './log.ts';
import { announcedAddresses, mediaPoolOptions } from './media-options.ts';
import { networkUrls } from './network-urls.ts';
import { readinessChecks } from './readiness.ts';
import type { Stoppable } from './shutdown.ts';
import { qualityRetention, signalingOptions } from './signaling-options.ts';
import { CertificateKeeper } from './web/certificate-keeper.ts';
import { FailuresOnly } from './web/http-log.ts';
import { Listeners, makeHttpServer } from './web/listeners.ts';
import { serveAuthority, servePage } from './web/page.ts';
import { addSecurityHeaders } from './web/security-headers.ts';
import type { TlsMaterial } from './web/tls-material.ts';

interface Parts {
  readonly config: Config;
  readonly invites: InviteStore;
  readonly signaling: Signaling;
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

  /** Lets nobody in, tells the people, and waits until the last has left or the configured time is over. */
  drain(): Promise<void> {
    const { config, signaling } = this.#parts;
    return signaling.drain(config.server.drainSeconds);
  }

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

  let listeners: Listeners | undefined;
  const invites = new InviteStore(database);
  const signaling = createSignaling({
    media,
    tokens: { signingKey: loadSigningKey(directory) },
    stores: {
      invites,
      apiKeys: new ApiKeyStore(database),
      revocations: new RevocationStore(database),
      closings: new RoomClosingStore(database),
      quality: new QualityStore(database, qualityRetention(config)),
    },
    logger: log,
    ...signalingOptions(config),
    checks: readinessChecks({
      database,
      directory,
      media,
      minFreeMegabytes: config.data.minFreeMegabytes,
      certificateExpiresAtMs: () => certificates.material.expiresAtMs,
      wallMs: Date.now,
    }),
    version,
    refusedSockets: () => listeners?.refusedSockets ?? 0,
    pageUrl: () => listeners && networkUrls(config.server.publicUrl, listeners.httpsPort)[0],
    nowUs: () => performance.now() * 1000,
    wallMs: Date.now,
  });
  media.setListener(signaling.mediaListener);

  const isProxy = addressMatcher(config.server.trustedProxies);
  const app: FastifyInstance = Fastify({
    trustProxy: isProxy,
    serverFactory: (handler) => makeHttpServer(handler),
    loggerInstance: log as FastifyBaseLogger,
    logController: new FailuresOnly(),
  });
  closers.push(() => app.close());
  addSecurityHeaders(app);
  await app.register(signaling.plugin);
  await servePage(app, inInstallation('web/dist'));
  const { authority } = certificates.material;
  if (authority !== undefined)
    serveAuthority(app, () => certificates.material.authority?.pem ?? authority.pem);
  await app.ready();

  const opened = await Listeners.open({
    main: app.server,
    httpPort: config.server.httpPort,
    httpsPort: config.server.httpsPort,
    httpsAddresses: config.server.listen,
    secureContext: certificates.material.secureContext,
    log,
    isProxy,
  });
  listeners = opened;
  closers.push(() => opened.close());
  closers.push(() => signaling.close());
  closers.push(() => opened.stopAccepting());
  certificates.onRenewed(({ secureContext }) => opened.setSecureContext(secureContext));
  const watch = new AddressWatch({
    log,
    onChange: (addresses) => {
      certificates.check();
      media.setAnnounced(announcedAddresses(config.media, addresses));
    },
  });
  closers.push(() => watch.close());
  return { config, invites, signaling, certificates, listeners: opened };
}

async function startMedia(config: Config): Promise<MediaPool> {
  try {
    return await MediaPool.start(mediaPoolOptions(config));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new OperatorError(
      `the media ports cannot be opened: ${(error as Error).message}`,
      'stop what uses them (another Visavis?), or set media.udpPort, media.tcpPort or media.listen',
    );
  }
}

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.reverse()) await close();
}
