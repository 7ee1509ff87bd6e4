/** DTLS alerts we send or understand: level (1) and description (1). @see RFC 5246 §7.2 */
export const ALERT = {
  closeNotify: Buffer.of(1, 0),
  unexpectedMessage: Buffer.of(2, 10),
  handshakeFailure: Buffer.of(2, 40),
  badCertificate: Buffer.of(2, 42),
  decryptError: Buffer.of(2, 51),
} as const;

const FATAL = 2;
const CLOSE_NOTIFY = 0;

/** What a peer's alert means for the connection; `ignored` for warnings and anything malformed. */
export function alertMeaning(alert: Buffer): 'closed' | 'fatal' | 'ignored' {
  if (alert.length !== 2) return 'ignored';
  if (alert[1] === CLOSE_NOTIFY) return 'closed';
  return alert[0] === FATAL ? 'fatal' : 'ignored';
}
