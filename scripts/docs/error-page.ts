import { type ErrorInfo, errorCodes, retiredErrorCodes } from '../../src/base/error-codes.ts';
import { table } from './markdown.ts';

/** docs/errors.md, from the registry. */
export function errorPage(): string {
  const rows = Object.entries(errorCodes as Readonly<Record<string, ErrorInfo>>).map(([code, info]) => [
    `\`${code}\``,
    String(info.httpStatus),
    info.closeCode === undefined ? '' : String(info.closeCode),
    info.retryable ? 'yes' : 'no',
    info.meaning,
    info.tell.en,
    info.tell.zh,
  ]);
  return `# Errors

Generated from \`src/base/error-codes.ts\` by \`scripts/generate-docs.ts\`; do not edit.

Every error that a peer, an app or an operator is shown has one of these codes. The code is the contract: it keeps its
meaning for ever, and a retired code is never used again. The \`message\` beside it is for developers and may change.

* Over the WebSocket: \`{ id, ok: false, error: { code, message, retryable, tell, details? } }\`. Where a close code
  stands, the connection may also be closed with it, and the close reason is the error code.
* Over HTTP (REST, WHIP, WHEP): RFC 9457 problem details with the member \`code\`, and the status of the table.
* *Retryable*: the same request may succeed later without anyone changing anything.

${table(['code', 'HTTP', 'close', 'retryable', 'meaning', 'tell the person', '告知用户'], rows)}

Retired: ${retiredErrorCodes.length === 0 ? 'none yet' : retiredErrorCodes.map((code) => `\`${code}\``).join(', ')}.
`;
}
