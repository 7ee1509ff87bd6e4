/** The chat of a consultation as plain data. A message carries an id, because after a break it may come twice. */

export const CHAT_TOPIC = 'chat';
const MAX_MESSAGES = 500;
const MAX_TEXT = 4000;

export interface ChatMessage {
  readonly id: string;
  /** Undefined: written here. */
  readonly from: string | undefined;
  readonly name: string;
  readonly text: string;
  readonly at: Date;
  readonly status: 'sent' | 'sending' | 'failed';
}

export function chatPayload(id: string, text: string): string {
  return JSON.stringify({ id, text: text.slice(0, MAX_TEXT) });
}

/** @returns undefined for what is not a chat message of this page's kind. */
export function readChatPayload(payload: string): { id: string; text: string } | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    if (typeof value !== 'object' || value === null || !('id' in value) || !('text' in value))
      return undefined;
    const { id, text } = value;
    if (typeof id !== 'string' || typeof text !== 'string' || text === '') return undefined;
    return { id: id.slice(0, 64), text: text.slice(0, MAX_TEXT) };
  } catch {
    return undefined;
  }
}

/** The log with a message added, or changed when its id is there already. Oldest ones go when there are too many. */
export function withMessage(log: readonly ChatMessage[], message: ChatMessage): readonly ChatMessage[] {
  const known = log.findIndex((one) => one.id === message.id);
  if (known < 0) return [...log, message].slice(-MAX_MESSAGES);
  // What was written here and came back from the server stays ours.
  const mine = log[known]?.from === undefined;
  return log.map((one, index) => (index === known ? { ...message, from: mine ? undefined : one.from } : one));
}

export function withStatus(
  log: readonly ChatMessage[],
  id: string,
  status: ChatMessage['status'],
): readonly ChatMessage[] {
  return log.map((one) => (one.id === id ? { ...one, status } : one));
}
