import Fastify, { type InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { VisavisError } from '../../../../src/base/errors.ts';
import { registerWhip, type WhipOptions } from '../../../../src/signaling/whip/whip-routes.ts';
import { MemoryWhipBackend } from '../../../helpers/memory-whip-backend.ts';
import { editOffer, plainOffer, vector } from '../../../helpers/sdp-vectors.ts';

const authorization = 'Bearer good-token';
const sdp = { authorization, 'content-type': 'application/sdp' };
const fragmentType = { authorization, 'content-type': 'application/trickle-ice-sdpfrag' };
const newIce = 'a=ice-ufrag:NewUfrag\r\na=ice-pwd:NewPasswordNewPassword00\r\n';
const candidate =
  'm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n';

/** The credentials that `plainOffer` was made with. */
const sameIce = plainOffer
  .match(/^a=ice-(?:ufrag|pwd):.*\r\n/gm)!
  .slice(0, 2)
  .join('');

async function serve(test: Test, options: Partial<WhipOptions> = {}) {
  const backend = new MemoryWhipBackend(['good-token', 'other-token']);
  const fastify = Fastify();
  test.teardown(() => fastify.close());
  await registerWhip(fastify, { backend, ...options });
  return { backend, inject: (request: InjectOptions) => fastify.inject(request) };
}

type Served = Awaited<ReturnType<typeof serve>>;

async function publish({ inject }: Served, payload = plainOffer) {
  const answer = await inject({ method: 'POST', url: '/whip', headers: sdp, payload });
  return { answer, url: String(answer.headers.location), etag: String(answer.headers.etag) };
}

t.test('POST of an offer answers it and makes a session', async (test) => {
  const served = await serve(test);
  const { answer, url, etag } = await publish(served);
  test.equal(answer.statusCode, 201);
  test.equal(answer.headers['content-type'], 'application/sdp');
  test.match(url, /^\/whip\/[\w-]{22,}$/);
  test.equal(answer.headers.link, undefined, 'an ice-lite server names no ICE servers');
  test.equal(answer.headers['cache-control'], 'no-store');
  test.match(answer.body, /^v=0\r\n.*m=audio 9 .*a=recvonly.*m=video 9 .*a=recvonly/s);
  test.match(answer.body, `a=ice-ufrag:${etag.slice(1, -1)}\r\n`, 'the tag names the ICE session');
  test.same(served.backend.published, ['microphone', 'instrument']);
});

t.test('devices are taken in their dialects', async (test) => {
  for (const name of [
    'device-obs',
    'device-gstreamer',
    'device-ffmpeg',
    'safari-h264',
    'firefox-simulcast',
  ]) {
    const { answer } = await publish(await serve(test), vector(name));
    test.equal(answer.statusCode, 201, name);
  }
});

t.test('an offer is refused whole, with a code', async (test) => {
  const rows: readonly [string, number, string, InjectOptions][] = [
    ['no token', 401, 'token_invalid', { headers: { 'content-type': 'application/sdp' } }],
    ['another scheme', 401, 'token_invalid', { headers: { ...sdp, authorization: 'Basic Z29vZA==' } }],
    ['a token nobody issued', 401, 'token_invalid', { headers: { ...sdp, authorization: 'Bearer bad' } }],
    ['JSON', 415, 'content_type_unsupported', { headers: { authorization }, payload: { sdp: '' } }],
    ['a fragment', 415, 'content_type_unsupported', { headers: fragmentType }],
    ['no content type', 415, 'content_type_unsupported', { headers: { authorization } }],
    ['an empty body', 400, 'sdp_invalid', { payload: '' }],
    ['a broken offer', 400, 'sdp_invalid', { payload: editOffer(/^a=mid:1$/m, 'a=mid:0') }],
    ['a body too large', 413, 'body_too_large', { payload: `v=0\r\n${'a=x\r\n'.repeat(60_000)}` }],
    ['nothing sent', 406, 'offer_unacceptable', { payload: vector('chromium-receive-only') }],
    [
      'two videos',
      406,
      'offer_unacceptable',
      { payload: editOffer(/^m=audio/m, 'm=video').replace('opus/48000/2', 'VP8/90000') },
    ],
    [
      'a line outside the BUNDLE',
      406,
      'offer_unacceptable',
      { payload: editOffer(/BUNDLE 0 1/, 'BUNDLE 0') },
    ],
    [
      'no codec of ours',
      406,
      'codec_unsupported',
      { payload: plainOffer.replaceAll('opus/48000', 'speex/48000') },
    ],
  ];
  for (const [name, status, code, request] of rows) {
    const served = await serve(test);
    const answer = await served.inject({
      method: 'POST',
      url: '/whip',
      headers: sdp,
      payload: plainOffer,
      ...request,
    });
    test.equal(answer.statusCode, status, name);
    test.match(answer.json(), { code, status, detail: String, tell: { en: String, zh: String } }, name);
    test.match(answer.headers['content-type'], /^application\/problem\+json/, name);
    test.equal(answer.headers['www-authenticate'] !== undefined, status === 401, name);
    test.equal(served.backend.size, 0, `${name}: nothing is left`);
  }
});

t.test('candidates are taken and need the tag of the ICE session', async (test) => {
  const served = await serve(test);
  const { url, etag } = await publish(served);
  const patch = (payload: string, headers: Record<string, string>) =>
    served.inject({ method: 'PATCH', url, headers: { ...fragmentType, ...headers }, payload });
  for (const [name, payload] of [
    ['candidates with credentials', `${sameIce}${candidate}`],
    ['candidates alone', candidate],
    ['the end of them', 'a=end-of-candidates\r\n'],
  ] as const) {
    const answer = await patch(payload, { 'if-match': etag });
    test.equal(answer.statusCode, 204, name);
    test.equal(answer.body, '');
    test.equal(answer.headers.etag, undefined, 'the ICE session is the same');
  }
  test.equal((await patch(candidate, { 'if-match': '*' })).statusCode, 204);
  test.match((await patch(candidate, {})).json(), { status: 428, code: 'precondition_required' });
  test.match((await patch(candidate, { 'if-match': '"old"' })).json(), {
    status: 412,
    code: 'precondition_failed',
  });
  test.match((await patch('nonsense', { 'if-match': etag })).json(), { status: 400, code: 'sdp_invalid' });
  test.match((await patch('', { 'if-match': etag })).json(), { status: 400 });
  test.equal((await patch(candidate.repeat(200), { 'if-match': etag })).statusCode, 413);
  test.match((await patch(candidate, { 'if-match': etag, 'content-type': 'application/sdp' })).json(), {
    status: 415,
  });
  test.match((await patch(candidate, { 'if-match': etag, 'content-type': 'application/json' })).json(), {
    status: 415,
  });
});

t.test('new credentials restart ICE, change the tag and outdate the old one', async (test) => {
  const served = await serve(test);
  const { url, etag } = await publish(served);
  const patch = (payload: string, ifMatch: string) =>
    served.inject({ method: 'PATCH', url, headers: { ...fragmentType, 'if-match': ifMatch }, payload });
  const restarted = await patch(newIce, '*');
  test.equal(restarted.statusCode, 200);
  test.equal(restarted.headers['content-type'], 'application/trickle-ice-sdpfrag');
  const newTag = String(restarted.headers.etag);
  test.not(newTag, etag);
  test.match(restarted.body, `a=ice-ufrag:${newTag.slice(1, -1)}\r\n`);
  test.match(restarted.body, /^a=ice-lite\r\n.*m=audio 9 .*a=candidate:.*a=end-of-candidates\r\n$/s);
  test.match((await patch(candidate, etag)).json(), { status: 412 });
  test.equal((await patch(`${newIce}${candidate}`, newTag)).statusCode, 204);
  const again = await patch(newIce.replace('NewUfrag', 'Newer'), newTag);
  test.equal(again.statusCode, 200, 'the right tag will do for a restart too');
  test.match(
    (await patch(newIce, newTag)).json(),
    { status: 412 },
    'a restart that was overtaken is refused',
  );
  test.equal(served.backend.restarts, 2);
});

t.test('DELETE ends the session, whatever tag comes with it', async (test) => {
  const served = await serve(test);
  const { url } = await publish(served);
  const ended = await served.inject({
    method: 'DELETE',
    url,
    headers: { authorization, 'if-match': '"old"' },
  });
  test.equal(ended.statusCode, 200);
  test.equal(served.backend.size, 0);
  for (const method of ['DELETE', 'GET', 'PATCH'] as const) {
    const gone = await served.inject({ method, url, headers: fragmentType, payload: candidate });
    test.match(gone.json(), { status: 404, code: 'session_gone' }, method);
  }
});

t.test('a session that ended by itself is gone', async (test) => {
  const served = await serve(test);
  const { url, etag } = await publish(served);
  served.backend.failIce();
  const headers = { ...fragmentType, 'if-match': etag };
  test.match((await served.inject({ method: 'PATCH', url, headers, payload: candidate })).json(), {
    status: 404,
  });
});

t.test('a session obeys only the token that opened it', async (test) => {
  const served = await serve(test);
  const { url } = await publish(served);
  for (const method of ['DELETE', 'GET', 'PATCH'] as const) {
    const headers = { ...fragmentType, authorization: 'Bearer other-token' };
    const answer = await served.inject({ method, url, headers, payload: candidate });
    test.match(answer.json(), { status: 404, code: 'session_gone' }, method);
    const nobody = await served.inject({
      method,
      url,
      headers: { 'content-type': 'x/y' },
      payload: candidate,
    });
    test.match(nobody.json(), { status: 401 }, method);
  }
  const asWhep = url.replace('/whip/', '/whep/');
  test.equal(
    (await served.inject({ method: 'DELETE', url: asWhep, headers: { authorization } })).statusCode,
    404,
  );
  test.equal(served.backend.size, 1);
  served.backend.expireTokens();
  test.equal((await served.inject({ method: 'DELETE', url, headers: { authorization } })).statusCode, 200);
});

t.test('other methods are refused, naming those there are', async (test) => {
  const served = await serve(test);
  const { url } = await publish(served);
  for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
    const answer = await served.inject({
      method,
      url: '/whip',
      headers: { 'content-type': 'a/b' },
      payload: 'x',
    });
    test.match(answer.json(), { status: 405, code: 'method_not_allowed' }, method);
    test.equal(answer.headers.allow, 'GET, HEAD, OPTIONS, POST');
  }
  for (const method of ['PUT', 'POST'] as const) {
    const answer = await served.inject({ method, url, headers: sdp, payload: plainOffer });
    test.match(answer.json(), { status: 405 }, method);
    test.equal(answer.headers.allow, 'DELETE, GET, HEAD, OPTIONS, PATCH');
  }
});

t.test('GET and HEAD find nothing to show', async (test) => {
  const served = await serve(test);
  const { url } = await publish(served);
  for (const method of ['GET', 'HEAD'] as const) {
    test.equal((await served.inject({ method, url: '/whip' })).statusCode, 204, method);
    test.equal((await served.inject({ method, url, headers: { authorization } })).statusCode, 204, method);
  }
});

t.test('OPTIONS answers preflights without a token', async (test) => {
  const served = await serve(test);
  const headers = { origin: 'https://cam.example', 'access-control-request-method': 'POST' };
  const endpoint = await served.inject({ method: 'OPTIONS', url: '/whip', headers });
  test.equal(endpoint.statusCode, 200);
  test.match(endpoint.headers, {
    'accept-post': 'application/sdp',
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
  });
  const session = await served.inject({ method: 'OPTIONS', url: '/whip/anything', headers });
  test.match(session.headers, {
    'accept-patch': 'application/trickle-ice-sdpfrag',
    'access-control-allow-methods': 'PATCH, DELETE',
  });
});

t.test('answers and errors can be read by pages of allowed origins', async (test) => {
  const open = await publish(await serve(test));
  test.match(open.answer.headers, {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'ETag, Link, Location, Retry-After',
  });
  const allowed = ['https://a.example'];
  const served = await serve(test, { allowedOrigins: allowed });
  for (const [origin, expected] of [
    ['https://a.example', 'https://a.example'],
    ['https://b.example', undefined],
  ] as const) {
    const answer = await served.inject({ method: 'POST', url: '/whip', headers: { origin } });
    test.equal(answer.statusCode, 401);
    test.equal(answer.headers['access-control-allow-origin'], expected);
    test.equal(answer.headers.vary, 'Origin');
  }
});

t.test('configured ICE servers are named in Link', async (test) => {
  const links = [
    '<stun:stun.example>; rel="ice-server"',
    '<turn:turn.example>; rel="ice-server"; username="u"',
  ];
  const { answer } = await publish(await serve(test, { iceServerLinks: links }));
  test.same(answer.headers.link, links);
});

t.test('an address may be told to wait', async (test) => {
  const served = await serve(test, { admit: () => false });
  const { answer } = await publish(served);
  test.match(answer.json(), { status: 429, code: 'rate_limited' });
  test.match(answer.headers['retry-after'], /^\d+$/);
});

t.test('a fault of ours says nothing about itself', async (test) => {
  const served = await serve(test);
  served.backend.failWith = new TypeError('the secret inside');
  const { answer } = await publish(served);
  test.match(answer.json(), { status: 500, code: 'internal_error' });
  test.notMatch(answer.body, 'secret');
  served.backend.failWith = new VisavisError('publish_denied', 'not this source');
  test.match((await publish(served)).answer.json(), { status: 403, code: 'publish_denied' });
});

t.test('WHEP plays what is published, or says to come again', async (test) => {
  const served = await serve(test);
  const play = () =>
    served.inject({
      method: 'POST',
      url: '/whep',
      headers: sdp,
      payload: plainOffer.replaceAll('a=sendonly', 'a=recvonly'),
    });
  const early = await play();
  test.match(early.json(), { status: 409, code: 'nothing_published' });
  test.match(early.headers['retry-after'], /^\d+$/);
  await publish(served);
  const answer = await play();
  test.equal(answer.statusCode, 201);
  test.match(answer.headers.location, /^\/whep\//);
  test.match(answer.body, /m=audio 9 .*a=sendonly.*m=video 9 .*a=sendonly.*a=msid:device /s);
  const url = String(answer.headers.location);
  test.equal((await served.inject({ method: 'DELETE', url, headers: { authorization } })).statusCode, 200);
  const sending = await served.inject({ method: 'POST', url: '/whep', headers: sdp, payload: plainOffer });
  test.match(sending.json(), { status: 406, code: 'offer_unacceptable' });
});

t.test('a Location keeps the prefix the routes are under', async (test) => {
  const backend = new MemoryWhipBackend(['good-token']);
  const fastify = Fastify();
  test.teardown(() => fastify.close());
  await fastify.register((scope) => registerWhip(scope, { backend }), { prefix: '/media' });
  const request = { method: 'POST', url: '/media/whip?x=1', headers: sdp, payload: plainOffer } as const;
  const answer = await fastify.inject(request);
  test.match(answer.headers.location, /^\/media\/whip\/[\w-]+$/);
  const url = String(answer.headers.location);
  test.equal((await fastify.inject({ method: 'DELETE', url, headers: { authorization } })).statusCode, 200);
});
