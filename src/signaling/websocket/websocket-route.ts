import fastifyWebsocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { VisavisError } from '../../base/errors.ts';
import type { AddressLimits } from '../limits/address-limits.ts';
import { maxFrameBytes, subprotocol, webSocketPath } from '../protocol/envelope.ts';
import { sendProblem } from '../rest/problem.ts';
import { type ConnectionContext, WebSocketConnection } from './websocket-connection.ts';

export interface WebSocketRouteOptions extends Omit<ConnectionContext, 'mayTryToEnter'> {
  readonly addresses: AddressLimits;
  readonly maxTotalConnections: number;
  /** Besides the server's own origin; `*`: any. */
  readonly allowedOrigins: readonly string[];
  makeId(): string;
}

/** Serves `visavis.v1`. Who may not connect is refused before the upgrade, as problem details. */
export async function registerWebSocket(
  fastify: FastifyInstance,
  options: WebSocketRouteOptions,
): Promise<void> {
  const { engine, addresses, maxTotalConnections, allowedOrigins, makeId } = options;
  await fastify.register(fastifyWebsocket, {
    options: {
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    },
  });
  let connections = 0;

  const checkUpgrade = (request: FastifyRequest): void => {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!request.ws || !offered.includes(subprotocol)) {
      throw new VisavisError(
        'subprotocol_unsupported',
        `open a WebSocket with the subprotocol ${subprotocol}`,
      );
    }
    if (!isOriginAllowed(request, allowedOrigins)) {
      throw new VisavisError('origin_denied', 'pages of this origin may not connect');
    }
    const mayConnect = engine.run((nowUs) => addresses.mayConnect(request.ip, nowUs));
    if (connections >= maxTotalConnections || !mayConnect) {
      throw new VisavisError('too_many_connections', 'too many connections, from this address or at all');
    }
  };

  fastify.route({
    method: 'GET',
    url: webSocketPath,
    preValidation: async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        checkUpgrade(request);
      } catch (error) {
        return sendProblem(reply, error);
      }
      return undefined;
    },
    handler: (_request, reply) =>
      sendProblem(reply, new VisavisError('subprotocol_unsupported', 'no upgrade')),
    wsHandler: (socket, request) => {
      const { ip } = request;
      engine.run((nowUs) => {
        addresses.connect(ip, nowUs);
        connections += 1;
        socket.once('close', () => {
          connections -= 1;
          engine.run((now) => addresses.disconnect(ip, now));
        });
        const mayTryToEnter = (now: number) => addresses.enter(ip, now);
        new WebSocketConnection(makeId(), socket, { ...options, mayTryToEnter }, nowUs);
      });
    },
  });
}

/** Browsers always say where a page is from; other software need not. The server's own pages are always welcome. */
function isOriginAllowed({ headers, host }: FastifyRequest, allowedOrigins: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined || allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
