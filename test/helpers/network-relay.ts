/**
 * The network between one browser and the server: HTTP, WebSocket and media go through it, and it can be cut, block
 * UDP, or change the address by which the server sees the browser, as phones do between Wi-Fi and the mobile network.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { UdpRelay } from './udp-relay.ts';

const HOST = '127.0.0.1';

export class NetworkRelay {
  readonly #tcpServers: Server[] = [];
  readonly #udpRelays = new Map<number, UdpRelay>();
  readonly #ports = new Map<string, Promise<number>>();
  readonly #sockets = new Set<Socket>();
  #httpUrl = '';
  #cut = false;
  #udpBlocked = false;

  /** Opens it in front of a server's HTTP port; ends with the test. */
  static async open(t: Test, server: { readonly httpUrl: string }): Promise<NetworkRelay> {
    const relay = new NetworkRelay();
    t.teardown(() => relay.close());
    const port = await relay.#relayTcp(Number(new URL(server.httpUrl).port));
    relay.#httpUrl = `http://localhost:${port}`;
    return relay;
  }

  /** Where the page is behind this network. */
  get httpUrl(): string {
    return this.#httpUrl;
  }

  /** Lets the page put this relay's ports in the place of the server's media ports (test/browser/stage.ts). */
  async attach(page: Page): Promise<void> {
    await page.exposeBinding('relayPort', (_source, protocol: string, port: number) =>
      this.#relayOf(protocol, port),
    );
  }

  /** Nothing passes any more. TCP waits, as it does when a cable is out; datagrams are lost. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  restore(): void {
    this.#cut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  blockUdp(): void {
    this.#udpBlocked = true;
  }

  /** From now on the server sees the datagrams come from other ports; what it sends to the old ones is lost. */
  rebindUdp(): void {
    for (const udp of this.#udpRelays.values()) udp.rebind();
  }

  /** The browser is on another network: other addresses, and every connection of the old one is gone. */
  changeNetwork(): void {
    this.rebindUdp();
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    for (const server of this.#tcpServers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const udp of this.#udpRelays.values()) udp.close();
  }

  #relayOf(protocol: string, port: number): Promise<number> {
    const key = `${protocol} ${port}`;
    const known = this.#ports.get(key);
    if (known !== undefined) return known;
    const made = protocol === 'tcp' ? this.#relayTcp(port) : this.#relayUdp(port);
    this.#ports.set(key, made);
    return made;
  }

  async #relayUdp(port: number): Promise<number> {
    const udp = new UdpRelay(port, (_toward, _datagram, deliver) => {
      if (!this.#cut && !this.#udpBlocked) deliver();
    });
    this.#udpRelays.set(port, udp);
    return udp.open();
  }

  async #relayTcp(port: number): Promise<number> {
    const server = createServer((near) => {
      const far = connect(port, HOST);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        if (this.#cut) from.pause();
        from.on('data', (bytes) => to.write(bytes));
        from.on('end', () => to.end());
        // A reset on one side is an end on the other.
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          if (!this.#cut) to.destroySoon();
        });
      }
    });
    this.#tcpServers.push(server);
    server.listen(0, HOST);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
}
