/** Signaling whose rooms people join and leave over WebSocket, with Routers and negotiations behind it. */
import { grantsOfRole } from '../../../src/signaling/room/role-grants.ts';
import { defaultLimits } from '../../../src/signaling/signaling-options.ts';
import { startServer } from '../../../test/helpers/signaling-server.ts';
import { serve } from '../../child.ts';
import { readBooks } from './books.ts';
import type { SignalingChurnCalls } from './calls.ts';

const unlimited = { perSecond: 100_000, burst: 100_000 };
const server = await startServer({ limits: { ...defaultLimits, joins: unlimited, messages: unlimited } });

serve({
  httpUrl: () => `http://127.0.0.1:${server.port}`,
  token: async () => {
    const role = 'consultant';
    const grants = grantsOfRole(role);
    const request = { room: 'room', role, grants, expiresInSeconds: 600 } as const;
    return (await server.signaling.tokens.issue(request)).token;
  },
  books: async () => {
    // What is said to the log is the helper's, not the server's.
    server.logLines.length = 0;
    const connections = await new Promise<number>((resolve, reject) =>
      server.app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    );
    return readBooks({ connections, routers: server.media.routers.size });
  },
} satisfies SignalingChurnCalls);
