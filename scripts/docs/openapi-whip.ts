/** WHIP (RFC 9725) and WHEP in the OpenAPI document. `test/unit/signaling/whip/openapi.test.ts` holds it to the routes. */
import { type ErrorCode, errorCodes } from '../../src/base/error-codes.ts';
import { problemContentType } from '../../src/signaling/rest/problem.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const security = [{ token: [] }];

const header = (description: string) => ({ description, schema: { type: 'string' } });
const text = (type: string) => ({ [type]: { schema: { type: 'string' } } });
const body = (type: string) => ({ required: true, content: text(type) });

/** Their answers as problem details, by status. */
function problems(codes: readonly ErrorCode[]): object {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { httpStatus } = errorCodes[code];
    byStatus.set(httpStatus, [...(byStatus.get(httpStatus) ?? []), code]);
  }
  const content = { [problemContentType]: { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      { description: list.map((code) => `\`${code}\``).join(', '), content },
    ]),
  );
}

function protocolPaths(kind: 'whip' | 'whep', does: string): Record<string, object> {
  const name = kind === 'whip' ? 'Whip' : 'Whep';
  const ofSession = ['token_invalid', 'session_gone'] as const;
  return {
    [`/${kind}`]: {
      post: {
        operationId: `open${name}`,
        summary: `${does} with an SDP offer; answered by the SDP answer.`,
        security,
        requestBody: body(SDP),
        responses: {
          201: {
            description: 'The SDP answer.',
            headers: {
              location: header('The session.'),
              etag: header('Names the ICE session.'),
            },
            content: text(SDP),
          },
          ...problems([
            'token_invalid',
            'sdp_invalid',
            'codec_unsupported',
            'content_type_unsupported',
            'body_too_large',
            'limit_reached',
            'rate_limited',
            'media_unavailable',
          ]),
        },
      },
    },
    [`/${kind}/{sessionId}`]: {
      parameters: [{ name: 'sessionId', in: 'path', required: true, schema: { type: 'string' } }],
      patch: {
        operationId: `restart${name}Ice`,
        summary: 'Restarts ICE, or brings candidates, which the ice-lite server has no use for.',
        security,
        parameters: [
          {
            name: 'if-match',
            in: 'header',
            required: true,
            description: 'The last ETag for candidates, `*` for an ICE restart.',
            schema: { type: 'string' },
          },
        ],
        requestBody: body(FRAGMENT),
        responses: {
          200: {
            description: "ICE was restarted: the server's new credentials and candidates.",
            headers: { etag: header('Names the new ICE session.') },
            content: text(FRAGMENT),
          },
          204: { description: 'Candidates were taken note of.' },
          ...problems([
            ...ofSession,
            'sdp_invalid',
            'precondition_required',
            'precondition_failed',
            'content_type_unsupported',
            'body_too_large',
            'rate_limited',
          ]),
        },
      },
      delete: {
        operationId: `close${name}`,
        summary: 'Ends the session.',
        security,
        responses: { 200: { description: 'Done.' }, ...problems(ofSession) },
      },
    },
  };
}

export const whipPaths: Readonly<Record<string, object>> = {
  ...protocolPaths('whip', 'Publishes (WHIP, RFC 9725)'),
  ...protocolPaths('whep', 'Subscribes (WHEP, draft-ietf-wish-whep, experimental)'),
};
