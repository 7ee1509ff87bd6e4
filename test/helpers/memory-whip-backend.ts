import { VisavisError } from '../../src/base/errors.ts';
import type { WhipBackend, WhipOpenRequest, WhipSession } from '../../src/signaling/whip/whip-backend.ts';
import type { IceParameters } from '../../src/transport/media-messages.ts';
import type { ProducerDescription } from '../../src/transport/sdp/negotiation-types.ts';
import type { PeerNegotiation } from '../../src/transport/sdp/peer-negotiation.ts';
import { makeNegotiation } from './test-negotiation.ts';

/** One room without media: real offer/answer, and tokens that are words. */
export class MemoryWhipBackend implements WhipBackend {
  /** Thrown by the next openings. */
  failWith: Error | undefined;
  restarts = 0;
  /** Sources in the order they were published. */
  readonly published: string[] = [];
  readonly #tokens: Set<string>;
  readonly #producers = new Map<string, ProducerDescription>();
  readonly #sessions = new Map<
    string,
    Pick<WhipSession, 'kind' | 'owner'> & { negotiation: PeerNegotiation }
  >();
  #opened = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = new Set(tokens);
  }

  get size(): number {
    return this.#sessions.size;
  }

  async open({
    kind,
    token,
    owner,
    sdp,
    lines,
  }: WhipOpenRequest): Promise<{ sessionId: string; answer: string }> {
    if (!this.#tokens.has(token)) throw new VisavisError('token_invalid', 'no such token');
    if (this.failWith !== undefined) throw this.failWith;
    const negotiation = makeNegotiation();
    const producers = [...this.#producers.values()];
    const wanted = lines.map((line) => {
      const { mid } = line;
      if (kind === 'whip')
        return { mid, publish: { source: line.kind === 'audio' ? 'microphone' : 'instrument' } };
      const producer = producers.find((candidate) => candidate.kind === line.kind);
      if (producer === undefined) throw new VisavisError('nothing_published', 'nothing to play yet');
      return { mid, subscribe: { producerId: producer.producerId } };
    });
    const result = negotiation.negotiate({ sdp, lines: wanted }, (producerId) =>
      this.#producers.get(producerId),
    );
    for (const { producerId, source, kind: media, codecs } of result.published) {
      this.published.push(source);
      this.#producers.set(producerId, { producerId, kind: media, codecs, streamId: 'device' });
    }
    this.#opened += 1;
    const sessionId = `session-${this.#opened}-`.padEnd(24, '0');
    this.#sessions.set(sessionId, { kind, owner, negotiation });
    return { sessionId, answer: result.sdp };
  }

  find(sessionId: string): WhipSession | undefined {
    const session = this.#sessions.get(sessionId);
    return session && { kind: session.kind, owner: session.owner, ice: session.negotiation.ice! };
  }

  restart(sessionId: string, remote: IceParameters): string {
    this.restarts += 1;
    return this.#sessions.get(sessionId)!.negotiation.restartIce(remote).fragment;
  }

  close(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }

  /** As if every device had gone. */
  failIce(): void {
    this.#sessions.clear();
  }

  expireTokens(): void {
    this.#tokens.clear();
  }
}
