import type { ErrorBody } from '../../src/signaling/protocol/common.ts';

/** What can go wrong on this side of the connection, in the shape of the server's own errors. */
const local = {
  connection_lost: {
    retryable: true,
    message: 'The connection broke before the request was answered; it may or may not have been done.',
    tell: { en: 'The connection was interrupted. Please try again.', zh: '连接中断，请重试。' },
  },
  request_timeout: {
    retryable: true,
    message: 'The server did not answer in time.',
    tell: { en: 'The server does not answer. Please try again.', zh: '服务器没有响应，请重试。' },
  },
  unreachable: {
    retryable: true,
    message: 'No connection to the server could be made for a long time.',
    tell: {
      en: 'The server cannot be reached. Please check your network and try again.',
      zh: '无法连接服务器，请检查网络后重试。',
    },
  },
  backlog_full: {
    retryable: true,
    message: 'Too many requests are waiting for the connection to come back.',
    tell: { en: 'The connection is interrupted. Please wait a moment.', zh: '连接中断，请稍候。' },
  },
  session_ended: {
    retryable: false,
    message: 'The session has ended, or has not begun.',
    tell: { en: 'You are no longer connected.', zh: '连接已结束。' },
  },
  media_failed: {
    retryable: true,
    message: 'The media connection could not be negotiated.',
    tell: {
      en: 'The video connection could not be set up. Please try another browser or network.',
      zh: '无法建立视频连接，请更换浏览器或网络后重试。',
    },
  },
} as const satisfies Record<string, Omit<ErrorBody, 'code'>>;

export type LocalErrorCode = keyof typeof local;

/** The body of an error that arose on this side. */
export function localError(code: LocalErrorCode): ErrorBody {
  return { code, ...local[code] };
}

/** A request that was refused or could not be made; `body.tell` is what to show the person. */
export class ConsultationError extends Error {
  readonly body: ErrorBody;

  constructor(body: ErrorBody) {
    super(`${body.code}: ${body.message}`);
    this.name = 'ConsultationError';
    this.body = body;
  }

  get code(): string {
    return this.body.code;
  }
}

/** Nobody knows whether the server did what was asked. */
export function isCutOff(error: ConsultationError): boolean {
  return ['connection_lost', 'request_timeout', 'session_ended', 'backlog_full'].includes(error.code);
}
