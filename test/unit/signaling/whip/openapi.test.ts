import Fastify from 'fastify';
import t from 'tap';
import { openApiDocument } from '../../../../scripts/docs/openapi.ts';
import { registerWhip } from '../../../../src/signaling/whip/whip-routes.ts';
import { MemoryWhipBackend } from '../../../helpers/memory-whip-backend.ts';

t.test('docs/openapi.yaml has WHIP and WHEP as they are served', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  await registerWhip(app, { backend: new MemoryWhipBackend([]) });
  const { paths } = openApiDocument('1') as { paths: Record<string, Record<string, object>> };
  for (const kind of ['whip', 'whep']) {
    t.same(Object.keys(paths[`/${kind}`]!), ['post']);
    for (const [path, operations] of Object.entries(paths)) {
      if (!path.startsWith(`/${kind}`)) continue;
      for (const method of Object.keys(operations).filter((name) => name !== 'parameters')) {
        const url = path.replace('{sessionId}', 'someone');
        const { statusCode } = await app.inject({ method: method.toUpperCase() as 'POST', url });
        t.equal(statusCode, 401, `${method} ${path} is there, and needs a token`);
        const { responses } = operations[method] as { responses: Record<string, object> };
        t.ok(Object.hasOwn(responses, '401'), `${method} ${path} says so`);
      }
    }
  }
});
