import type { IceParameters } from '../media-messages.ts';
import type { MediaWorkerCounters } from '../media-worker-counters.ts';
import { AddressLimiter, type AddressLimiterOptions } from './address-limiter.ts';
import type { IcePath } from './ice-path.ts';
import { type IceCredentials, IceSession, type IceSessionOptions, type IceUser } from './ice-session.ts';
import { hasFingerprint, StunKey } from './stun-integrity.ts';
import { parseStunMessage, STUN_TYPE } from './stun-message.ts';
import { writeErrorResponse, writeSuccessResponse } from './stun-response.ts';

export interface IceLiteOptions extends IceSessionOptions {
  /** Checks from addresses that belong to no session yet. */
  readonly stunPerAddress: AddressLimiterOptions;
}

/**
 * The lite side of ICE for all peers of a worker (RFC 8445 §2.5 and appendix A): it answers connectivity checks,
 * never sends any, is always controlled, and takes the peer's authenticated checks as consent (RFC 7675). It is told
 * datagrams and time, and answers by bytes and by calling the sessions' users.
 */
export class IceLite {
  readonly #options: IceLiteOptions;
  readonly #counters: MediaWorkerCounters;
  readonly #limiter: AddressLimiter;
  readonly #byFragment = new Map<string, IceCredentials>();
  readonly #sessions = new Set<IceSession>();
  /** How often silence and consent are judged: a twentieth of the shortest time that counts. */
  readonly #periodUs: number;
  #sweepUs = Number.POSITIVE_INFINITY;

  constructor(options: IceLiteOptions, counters: MediaWorkerCounters) {
    this.#options = options;
    this.#counters = counters;
    this.#periodUs = options.disconnectedAfterUs / 20;
    this.#limiter = new AddressLimiter(options.stunPerAddress);
  }

  /** A session without credentials: nothing is answered for it yet. */
  open(user: IceUser): IceSession {
    const session = new IceSession(user, this.#options);
    this.#sessions.add(session);
    return session;
  }

  /**
   * Sets both sides' credentials, or replaces them (ICE restart, RFC 8445 §9): the old ones are answered until the
   * first check with the new. The same credentials again change nothing. False: the local ufrag is taken.
   */
  setParameters(session: IceSession, local: IceParameters, remote: IceParameters, nowUs: number): boolean {
    const username = `${local.usernameFragment}:${remote.usernameFragment}`;
    const { current } = session;
    if (current?.username === username && current.localPassword === local.password) return true;
    if (this.#byFragment.has(local.usernameFragment)) return false;
    const credentials: IceCredentials = {
      session,
      localFragment: local.usernameFragment,
      localPassword: local.password,
      username,
      key: new StunKey(local.password),
    };
    // Only one generation back is answered.
    this.#forgetCredentials(session.previous);
    session.restart(credentials, nowUs);
    this.#byFragment.set(local.usernameFragment, credentials);
    this.#sweepUs = Math.min(this.#sweepUs, nowUs + this.#periodUs);
    return true;
  }

  /** Ends a session and releases its paths. Idempotent. */
  close(session: IceSession, nowUs: number): void {
    if (!this.#sessions.delete(session)) return;
    this.#forgetCredentials(session.current);
    this.#forgetCredentials(session.previous);
    session.close(nowUs);
    if (this.#sessions.size === 0) this.#sweepUs = Number.POSITIVE_INFINITY;
  }

  /**
   * A datagram that begins like STUN came on `path`. The answer, owned by the caller, is to be sent back on the same
   * path; undefined: dropped and counted. The order of the tests is by their cost, so that a stranger without a
   * valid ufrag costs a parse, a CRC and one look-up, and no one learns whether a ufrag exists.
   */
  handleStun(datagram: Buffer, path: IcePath, nowUs: number): Buffer | undefined {
    const counters = this.#counters;
    if (path.session === undefined && !this.#limiter.take(path.address, nowUs)) {
      counters.stunRateLimited += 1;
      return undefined;
    }
    const message = parseStunMessage(datagram);
    if (message === undefined) {
      counters.stunMalformed += 1;
      return undefined;
    }
    if (message.type !== STUN_TYPE.bindingRequest) {
      counters.stunNotRequest += 1;
      return undefined;
    }
    const credentials = this.#credentialsFor(message.username);
    if (credentials === undefined) {
      counters.stunUfragUnknown += 1;
      return undefined;
    }
    if (!hasFingerprint(message)) {
      counters.stunFingerprintWrong += 1;
      return undefined;
    }
    if (!credentials.key.verify(message)) {
      counters.stunIntegrityWrong += 1;
      return undefined;
    }
    if (message.unknownRequired.length > 0) {
      counters.stunAttributeUnknown += 1;
      return writeErrorResponse(message, 420, credentials.key);
    }
    if (message.iceControlled) {
      // RFC 8445 §7.3.1.1: a lite agent stays controlled, so the other side must switch.
      counters.stunRoleConflict += 1;
      return writeErrorResponse(message, 487, credentials.key);
    }
    const { session } = credentials;
    if (path.session !== undefined && path.session !== session) {
      // A source address is easily forged: nobody with valid credentials of his own takes a path that is in use.
      if (path.session.isUsing(path, nowUs)) {
        counters.stunAddressInUse += 1;
        return undefined;
      }
      path.session.forget(path);
    }
    if (credentials === session.current) {
      this.#forgetCredentials(session.previous);
      session.previous = undefined;
    }
    if (session.handleCheck(path, credentials, message.useCandidate, nowUs)) counters.pathsSelected += 1;
    return writeSuccessResponse(message, path.address, path.port, credentials.key);
  }

  /** Judges every session's silence and consent when its time has come. */
  handleTimeout(nowUs: number): void {
    if (nowUs < this.#sweepUs) return;
    this.#sweepUs = Number.POSITIVE_INFINITY;
    for (const session of this.#sessions) {
      const { current, previous } = session;
      if (session.handleTimeout(nowUs)) {
        this.#forgetCredentials(current);
        this.#forgetCredentials(previous);
      }
      if (session.current !== undefined) this.#sweepUs = nowUs + this.#periodUs;
    }
  }

  /** When `handleTimeout` wants to be called, µs; Infinity: not at all. */
  nextTimeout(): number {
    return this.#sweepUs;
  }

  #credentialsFor(username: string | undefined): IceCredentials | undefined {
    if (username === undefined) return undefined;
    const colon = username.indexOf(':');
    if (colon === -1) return undefined;
    const credentials = this.#byFragment.get(username.slice(0, colon));
    return credentials?.username === username ? credentials : undefined;
  }

  #forgetCredentials(credentials: IceCredentials | undefined): void {
    if (credentials !== undefined) this.#byFragment.delete(credentials.localFragment);
  }
}
