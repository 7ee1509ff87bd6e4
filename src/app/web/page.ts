import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { OperatorError } from '../../store/operator-error.ts';

/** Serves the built page from `directory` (web/dist). Names of assets hold their hash, so they never go stale. */
export async function servePage(app: FastifyInstance, directory: string): Promise<void> {
  if (!existsSync(join(directory, 'index.html'))) {
    throw new OperatorError(`the page is not built (${directory} has no index.html)`, 'npm run build');
  }
  await app.register(fastifyStatic, {
    root: directory,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders: (reply, path) => {
      const immutable = path.startsWith(join(directory, 'assets') + sep);
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

/** `GET /ca.crt`: the local authority's certificate, in the form phones and systems offer to install. */
export function serveAuthority(app: FastifyInstance, pem: () => string): void {
  app.get('/ca.crt', async (_request, reply) =>
    reply
      .type('application/x-x509-ca-cert')
      .header('content-disposition', 'attachment; filename="visavis-ca.crt"')
      .header('cache-control', 'no-store')
      .send(pem()),
  );
}
