/** PeerConnections that can be looked into from outside of the SDK, and led through a relay. */

export type Row = Readonly<Record<string, unknown>>;

export const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Every PeerConnection the page made, so that the newest one's stats can be read without the SDK's help. */
export const peerConnections: RTCPeerConnection[] = [];

export class WatchedPeerConnection extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    peerConnections.push(this);
  }

  override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    const { type, sdp = '' } = description;
    await super.setRemoteDescription({ type, sdp: await behindRelay(sdp) });
  }

  override async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
    if (!candidate?.candidate) return super.addIceCandidate(candidate);
    const line = await behindRelay(`a=${candidate.candidate}`);
    if (line !== '') await super.addIceCandidate({ ...candidate, candidate: line.slice(2) });
  }
}

type RelayPort = (protocol: string, port: number, address: string) => Promise<number | undefined>;

/**
 * With a relay between page and server (test/helpers/network-relay.ts, bench/network/relay.ts), the candidates become
 * the relay's ports; those for which it has none are left out.
 */
async function behindRelay(sdp: string): Promise<string> {
  const { relayPort } = globalThis as { relayPort?: RelayPort };
  if (relayPort === undefined) return sdp;
  const lines = sdp.split('\r\n').map(async (line) => {
    const [, start, protocol = '', priority, address = '', port, end] =
      /^(a=candidate:\S+ 1 )(udp|tcp)( \d+ )(\S+) (\d+)( .*)$/i.exec(line) ?? [];
    if (start === undefined) return line;
    const relayed = await relayPort(protocol.toLowerCase(), Number(port), address);
    return relayed === undefined ? undefined : `${start}${protocol}${priority}127.0.0.1 ${relayed}${end}`;
  });
  return (await Promise.all(lines)).filter((line) => line !== undefined).join('\r\n');
}

export async function statsRows(): Promise<ReadonlyMap<string, Row>> {
  const report = await peerConnections.at(-1)?.getStats();
  return new Map(report === undefined ? [] : [...report.entries()]);
}

export function fragmentOf(pc: RTCPeerConnection | undefined): string {
  return /a=ice-ufrag:(\S+)/.exec(pc?.currentRemoteDescription?.sdp ?? '')?.[1] ?? '';
}

export function inbound(rows: ReadonlyMap<string, Row>, mid: string | undefined): Row | undefined {
  if (mid === undefined) return undefined;
  return [...rows.values()].find((row) => row.type === 'inbound-rtp' && row.mid === mid);
}

export function codecOf(row: Row | undefined, rows: ReadonlyMap<string, Row>): string {
  return textOf(rows.get(textOf(row?.codecId))?.mimeType)
    .replace(/^.*\//, '')
    .toLowerCase();
}
