import { busy, cannotConnect, newLink, notAllowed, outdated, tryAgain } from './error-texts.ts';

/**
 * The registry of every error a peer, client app or operator can be shown: one row per code. `docs/errors.md` is
 * generated from it and a test holds code, registry and page together. A retired code is never used again.
 */
export interface ErrorInfo {
  /** Status for REST, WHIP and WHEP answers. */
  readonly httpStatus: number;
  /** Whether the same request may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  /** The WebSocket is closed with this code (RFC 6455 §7.4.2, private range); absent: it stays open. */
  readonly closeCode?: number;
  /** What it means and how to cure it, for developers and operators. */
  readonly meaning: string;
  /** What to tell the person, in English and in Chinese. */
  readonly tell: { readonly en: string; readonly zh: string };
}

export const errorCodes = {
  // Entering
  token_invalid: {
    httpStatus: 401,
    retryable: false,
    meaning:
      'The token is missing, malformed, revoked, for another server, or its signature does not verify.',
    tell: newLink,
  },
  token_expired: {
    httpStatus: 401,
    retryable: false,
    meaning: 'The token was for joining before a time that has passed. Issue a new one.',
    tell: newLink,
  },
  ticket_invalid: {
    httpStatus: 401,
    retryable: false,
    meaning: 'The ticket was used, is older than 30 s, or was never issued. Fetch a new one with the token.',
    tell: { en: 'Joining took too long. Please try again.', zh: '进入超时，请重试。' },
  },
  invite_invalid: {
    httpStatus: 401,
    retryable: false,
    meaning: 'The invite code was redeemed, has expired, or was never issued.',
    tell: newLink,
  },
  api_key_invalid: {
    httpStatus: 401,
    retryable: false,
    meaning: 'The Authorization header carries no valid API key (`Bearer vk_…`).',
    tell: notAllowed,
  },
  room_full: {
    httpStatus: 409,
    retryable: true,
    meaning: 'The room holds as many participants as its policy allows.',
    tell: { en: 'The room is full.', zh: '房间人数已满。' },
  },
  room_closed: {
    httpStatus: 410,
    retryable: false,
    meaning: 'The room was closed after this token or invite was issued. A newer token opens it again.',
    tell: { en: 'This consultation has ended.', zh: '本次面诊已结束。' },
  },
  room_unknown: {
    httpStatus: 404,
    retryable: false,
    meaning: 'There is no room of this name.',
    tell: { en: 'This room does not exist.', zh: '房间不存在。' },
  },
  server_draining: {
    httpStatus: 503,
    retryable: true,
    meaning: 'The server is about to stop and admits nobody new. Try again after it has restarted.',
    tell: {
      en: 'The server is restarting. You will be connected again by itself.',
      zh: '服务器正在重启，将自动重新连接。',
    },
  },
  session_gone: {
    httpStatus: 404,
    retryable: false,
    meaning:
      'The session ended, its resume window passed, the secret is wrong, or events were lost. Join again.',
    tell: {
      en: 'You were away too long. Please join again.',
      zh: '断线时间过长，请重新进入。',
    },
  },
  join_required: {
    httpStatus: 401,
    retryable: false,
    meaning: '`join` or `resume` must come first and succeed.',
    tell: outdated,
  },
  already_joined: {
    httpStatus: 409,
    retryable: false,
    meaning: 'This connection has a session already; open another connection for another session.',
    tell: outdated,
  },

  // The shape of messages
  message_invalid: {
    httpStatus: 400,
    retryable: false,
    meaning: 'The message or body does not match its schema; the message says where.',
    tell: outdated,
  },
  request_unknown: {
    httpStatus: 404,
    retryable: false,
    meaning: 'There is no request of this type, or no such address.',
    tell: outdated,
  },
  protocol_violation: {
    httpStatus: 400,
    retryable: false,
    closeCode: 4400,
    meaning:
      'Not a text frame holding one JSON object with an id: the connection cannot be understood any more.',
    tell: outdated,
  },
  subprotocol_unsupported: {
    httpStatus: 400,
    retryable: false,
    meaning: 'The WebSocket must offer the subprotocol `visavis.v1`.',
    tell: outdated,
  },
  origin_denied: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The page comes from an origin that the configuration does not allow.',
    tell: { en: 'This page may not connect to this server.', zh: '此页面无权连接该服务器。' },
  },

  // Limits
  rate_limited: {
    httpStatus: 429,
    retryable: true,
    closeCode: 4429,
    meaning:
      'Too many requests for a while. Wait and retry; a connection that goes on is closed and may resume.',
    tell: busy,
  },
  too_many_connections: {
    httpStatus: 429,
    retryable: true,
    meaning: 'This address has too many connections or joins at once.',
    tell: busy,
  },
  limit_reached: {
    httpStatus: 409,
    retryable: false,
    meaning:
      'A configured limit (rooms, producers, consumers, media lines) is reached; the message names it.',
    tell: { en: 'No more can be added to this room.', zh: '已达到房间上限，无法继续添加。' },
  },
  backlog_exceeded: {
    httpStatus: 503,
    retryable: true,
    closeCode: 4413,
    meaning: 'The client read too slowly. The connection is closed; the session may be resumed.',
    tell: {
      en: 'Your connection is too slow. Connecting again.',
      zh: '网络过慢，正在重新连接。',
    },
  },
  join_timeout: {
    httpStatus: 408,
    retryable: true,
    closeCode: 4401,
    meaning: 'No `join` or `resume` succeeded within 10 s of connecting.',
    tell: { en: 'Joining took too long. Please try again.', zh: '进入超时，请重试。' },
  },
  ping_timeout: {
    httpStatus: 408,
    retryable: true,
    closeCode: 4408,
    meaning: 'Nothing was heard for 10 s. The connection is closed; the session may be resumed.',
    tell: { en: 'The connection was lost. Connecting again.', zh: '连接中断，正在重新连接。' },
  },

  // Media
  sdp_invalid: {
    httpStatus: 400,
    retryable: false,
    meaning: 'The offer cannot be parsed or is not one this server can answer; the message says which line.',
    tell: cannotConnect,
  },
  codec_unsupported: {
    httpStatus: 406,
    retryable: false,
    meaning: 'A media line offers no codec that the server forwards.',
    tell: cannotConnect,
  },
  publish_denied: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The token does not grant publishing this source.',
    tell: notAllowed,
  },
  subscribe_denied: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The token does not grant subscribing.',
    tell: notAllowed,
  },
  producer_unknown: {
    httpStatus: 404,
    retryable: false,
    meaning: 'There is no producer of this id in the room (any more), or it is not one of mine.',
    tell: { en: 'That picture or sound has ended.', zh: '该画面或声音已结束。' },
  },
  consumer_unknown: {
    httpStatus: 404,
    retryable: false,
    meaning: 'I have no subscription of this id (any more).',
    tell: { en: 'That picture or sound has ended.', zh: '该画面或声音已结束。' },
  },
  media_unavailable: {
    httpStatus: 503,
    retryable: true,
    meaning: 'The media worker of the room is gone or not ready. Negotiate again with `fresh`.',
    tell: tryAgain,
  },

  transport_unknown: {
    httpStatus: 404,
    retryable: false,
    meaning: 'A media command named a transport that the router does not have (any more). In logs only.',
    tell: tryAgain,
  },
  id_taken: {
    httpStatus: 409,
    retryable: false,
    meaning: 'A media command used an id that the router has already. In logs only.',
    tell: tryAgain,
  },

  // WHIP and WHEP (RFC 9725)
  offer_unacceptable: {
    httpStatus: 406,
    retryable: false,
    meaning:
      'A WHIP or WHEP offer must have one audio line, one video line, or one of each, all in one BUNDLE.',
    tell: cannotConnect,
  },
  nothing_published: {
    httpStatus: 409,
    retryable: true,
    meaning: 'There is nothing in the room that a WHEP player could play yet. Try again after a while.',
    tell: { en: 'Nobody shows anything yet.', zh: '暂无可播放的画面或声音。' },
  },
  method_not_allowed: {
    httpStatus: 405,
    retryable: false,
    meaning: 'This address does not have this method; the Allow header names those it has.',
    tell: outdated,
  },
  content_type_unsupported: {
    httpStatus: 415,
    retryable: false,
    meaning: 'The body must be application/sdp, or application/trickle-ice-sdpfrag for PATCH.',
    tell: outdated,
  },
  body_too_large: {
    httpStatus: 413,
    retryable: false,
    meaning: 'The body is longer than its kind may be.',
    tell: outdated,
  },
  precondition_required: {
    httpStatus: 428,
    retryable: false,
    meaning: 'PATCH needs If-Match: the last ETag for candidates, `*` for an ICE restart.',
    tell: outdated,
  },
  precondition_failed: {
    httpStatus: 412,
    retryable: false,
    meaning: 'If-Match names an ICE session that an ICE restart has replaced.',
    tell: outdated,
  },

  // Rights and people
  data_denied: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The token does not grant sending data messages.',
    tell: notAllowed,
  },
  moderate_denied: {
    httpStatus: 403,
    retryable: false,
    meaning: 'The token does not grant moderating, or a moderator tried to unmute somebody else.',
    tell: notAllowed,
  },
  participant_unknown: {
    httpStatus: 404,
    retryable: false,
    meaning: 'There is no participant of this id in the room (any more).',
    tell: { en: 'That person has left.', zh: '对方已离开。' },
  },

  // Ours
  internal_error: {
    httpStatus: 500,
    retryable: true,
    meaning: 'A fault of the server; its log says more under the request id.',
    tell: tryAgain,
  },
} as const satisfies Readonly<Record<string, ErrorInfo>>;

export type ErrorCode = keyof typeof errorCodes;

/** Codes of earlier versions. They keep their meaning in old clients, so they are never used again. */
export const retiredErrorCodes: readonly string[] = [];

/** The row of `code`. */
export function errorInfo(code: ErrorCode): ErrorInfo {
  return errorCodes[code];
}

/** Whether `code` is in the registry. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
