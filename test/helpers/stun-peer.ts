/** The client side of STUN for tests, by werift: an implementation other than ours. */
import { classes, Message, methods, parseMessage } from 'werift';
import type { IcePath, PathHolder } from '../../src/transport/ice/ice-path.ts';
import {
  FINGERPRINT_LENGTH,
  INTEGRITY_LENGTH,
  StunKey,
  writeFingerprint,
} from '../../src/transport/ice/stun-integrity.ts';
import type { IceParameters } from '../../src/transport/media-messages.ts';

export interface CheckOptions {
  readonly nominate?: boolean;
  readonly controlled?: boolean;
  /** Instead of the local side's. */
  readonly password?: string;
  readonly username?: string;
  readonly unknownAttribute?: number;
  readonly withoutFingerprint?: boolean;
  readonly withoutIntegrity?: boolean;
}

/** A connectivity check of `remote` to `local`. */
export function check(local: IceParameters, remote: IceParameters, options: CheckOptions = {}): Buffer {
  const request = new Message(methods.BINDING, classes.REQUEST);
  request
    .setAttribute('USERNAME', options.username ?? `${local.usernameFragment}:${remote.usernameFragment}`)
    .setAttribute('PRIORITY', 0x7e7f_1eff)
    .setAttribute(options.controlled ? 'ICE-CONTROLLED' : 'ICE-CONTROLLING', 0x1234_5678n);
  if (options.nominate) request.setAttribute('USE-CANDIDATE', null);
  if (options.unknownAttribute !== undefined) {
    // werift writes attributes it does not know behind the fingerprint, so these are signed by ours.
    request.appendRawAttribute(options.unknownAttribute, Buffer.from([1, 2, 3, 4]));
    return signed(request.bytes, options.password ?? local.password);
  }
  if (!options.withoutIntegrity) request.addMessageIntegrity(Buffer.from(options.password ?? local.password));
  if (!options.withoutFingerprint) request.addFingerprint();
  return request.bytes;
}

/** An unsigned message with integrity and fingerprint. */
export function signed(message: Buffer, password: string): Buffer {
  const whole = Buffer.concat([message, Buffer.alloc(INTEGRITY_LENGTH + FINGERPRINT_LENGTH)]);
  whole.writeUInt16BE(whole.length - 20, 2);
  new StunKey(password).sign(whole, message.length);
  writeFingerprint(whole, message.length + INTEGRITY_LENGTH);
  return whole;
}

/** A response of ours, its integrity checked with the local side's password; undefined when it does not verify. */
export function readResponse(response: Buffer, local: IceParameters): Message | undefined {
  return parseMessage(response, Buffer.from(local.password));
}

/** The status of a response: 'success', or the error's code. */
export function statusOf(response: Buffer | undefined, local: IceParameters): 'success' | number | 'none' {
  if (response === undefined) return 'none';
  const message = readResponse(response, local);
  if (message === undefined) throw new Error('the response is not authentic');
  if (message.messageClass === classes.RESPONSE) return 'success';
  return message.getAttributeValue('ERROR-CODE')[0];
}

/** A way to a peer without a socket: notes what is done with it. */
export class FakePath implements IcePath {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  session: PathHolder | undefined = undefined;
  adopted = 0;
  released = 0;
  readonly sent: Buffer[] = [];

  constructor(address: string, port = 50_000, protocol: 'udp' | 'tcp' = 'udp') {
    this.address = address;
    this.port = port;
    this.protocol = protocol;
  }

  adopt(): void {
    this.adopted += 1;
  }

  release(): void {
    this.released += 1;
  }

  sendBuffer(): Buffer {
    return Buffer.alloc(2048);
  }

  send(buffer: Buffer, length: number): void {
    this.sent.push(Buffer.from(buffer.subarray(0, length)));
  }
}
