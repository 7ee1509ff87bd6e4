import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import t from 'tap';
import { completeGrants } from '../../../../src/signaling/tokens/token-claims.ts';
import { TokenService } from '../../../../src/signaling/tokens/token-service.ts';

const nowMs = Date.UTC(2026, 2, 2, 9);
const makeKey = (keyId: string) => ({ ...generateKeyPairSync('ed25519'), keyId });
const revoked = new Set<string>();
const revocations = {
  revoke: (id: string) => void revoked.add(id),
  isRevoked: (id: string) => revoked.has(id),
};
const request = { room: 'room', role: 'client', expiresInSeconds: 600 } as const;

function service(options: Partial<ConstructorParameters<typeof TokenService>[0]> = {}) {
  const signingKey = makeKey('k1');
  return {
    signingKey,
    tokens: new TokenService({ signingKey, revocations, wallMs: () => nowMs, ...options }),
  };
}

const codeOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  );

t.test('a token says what was asked, and what was not granted is denied', async (t) => {
  const { tokens } = service();
  const { token, expiresAtMs } = await tokens.issue({
    ...request,
    grants: { publish: ['camera'], data: true },
  });
  t.equal(expiresAtMs, nowMs + 600_000);
  const claims = await tokens.verify(token);
  t.match(claims, { room: 'room', role: 'client' });
  t.strictSame(completeGrants(claims.grants), {
    publish: ['camera'],
    subscribe: false,
    data: true,
    moderate: false,
    record: false,
  });
  t.strictSame(completeGrants(undefined).publish, []);
});

t.test('a token is good until its time, and a little beyond for slow clocks', async (t) => {
  let wallMs = nowMs;
  const { tokens } = service({ wallMs: () => wallMs });
  const { token } = await tokens.issue({ ...request, expiresInSeconds: 60 });
  wallMs = nowMs + 64_000;
  t.equal(await codeOf(tokens.verify(token)), 'ok');
  wallMs = nowMs + 66_000;
  t.equal(await codeOf(tokens.verify(token)), 'token_expired');
});

t.test('whatever is not exactly ours is refused', async (t) => {
  const { tokens, signingKey } = service();
  const claims = { room: 'room', role: 'client' };
  const base = (header: JWTHeaderParameters = { alg: 'EdDSA', kid: 'k1' }, payload: JWTPayload = claims) =>
    new SignJWT(payload)
      .setProtectedHeader(header)
      .setIssuer('visavis')
      .setAudience('visavis')
      .setSubject('s')
      .setJti('j')
      .setIssuedAt(nowMs / 1000)
      .setExpirationTime(nowMs / 1000 + 60);
  t.equal(await codeOf(tokens.verify(await base().sign(signingKey.privateKey))), 'ok', 'the model is good');
  const secret = createSecretKey(signingKey.publicKey.export({ type: 'spki', format: 'der' }));
  const bad: Record<string, string> = {
    empty: '',
    nonsense: 'a.b.c',
    'another audience': await base().setAudience('other').sign(signingKey.privateKey),
    'another issuer': await base().setIssuer('other').sign(signingKey.privateKey),
    'another key': await base().sign(makeKey('k1').privateKey),
    'an unknown kid': await base({ alg: 'EdDSA', kid: 'k2' }).sign(signingKey.privateKey),
    'no kid': await base({ alg: 'EdDSA' }).sign(signingKey.privateKey),
    'the public key as a secret': await base({ alg: 'HS256', kid: 'k1' }).sign(secret),
    'alg none': new UnsecuredJWT(claims).setIssuer('visavis').setAudience('visavis').encode(),
    'a role that is none': await base(undefined, { ...claims, role: 'admin' }).sign(signingKey.privateKey),
    'no room': await base(undefined, { role: 'client' }).sign(signingKey.privateKey),
  };
  for (const [what, token] of Object.entries(bad))
    t.equal(await codeOf(tokens.verify(token)), 'token_invalid', what);
});

t.test('a revoked token and one of a retired key are refused; one of an older key is not', async (t) => {
  const older = makeKey('k0');
  const old = new TokenService({ signingKey: older, revocations, wallMs: () => nowMs });
  const { tokens } = service({ olderKeys: [older] });
  const { token } = await old.issue({ ...request, tokenId: 'gone' });
  t.equal(await codeOf(tokens.verify(token)), 'ok');
  t.equal(await codeOf(service().tokens.verify(token)), 'token_invalid');
  revocations.revoke('gone');
  t.equal(await codeOf(tokens.verify(token)), 'token_invalid');
});

t.test('nobody gets a token for longer than a day', async (t) => {
  const { tokens } = service();
  for (const expiresInSeconds of [0, -1, 86_401, Number.NaN]) {
    await t.rejects(tokens.issue({ ...request, expiresInSeconds }), TypeError);
  }
});
