import { useCallback, useEffect, useState } from 'react';
import type { Consultation } from '../sdk/consultation.ts';
import {
  CHAT_TOPIC,
  type ChatMessage,
  chatPayload,
  readChatPayload,
  withMessage,
  withStatus,
} from './chat-log.ts';

export interface Chat {
  readonly log: readonly ChatMessage[];
  readonly unread: number;
  send(text: string): void;
  sendAgain(message: ChatMessage): void;
}

/** @param open whether the messages are being looked at. */
export function useChat(consultation: Consultation, open: boolean): Chat {
  const [log, setLog] = useState<readonly ChatMessage[]>([]);
  const [seen, setSeen] = useState(0);
  useEffect(
    () =>
      consultation.on('data', (message) => {
        const read = message.topic === CHAT_TOPIC ? readChatPayload(message.payload) : undefined;
        if (read === undefined) return;
        const { participants } = consultation.state;
        const name = participants.find((one) => one.participantId === message.from)?.displayName ?? '';
        const at = new Date(message.sentAt);
        setLog((before) => withMessage(before, { ...read, from: message.from, name, at, status: 'sent' }));
      }),
    [consultation],
  );
  const others = log.filter((message) => message.from !== undefined).length;
  useEffect(() => {
    if (open) setSeen(others);
  }, [open, others]);

  const deliver = useCallback(
    async (message: ChatMessage) => {
      setLog((before) => withMessage(before, { ...message, status: 'sending' }));
      try {
        await consultation.sendData(CHAT_TOPIC, chatPayload(message.id, message.text));
        setLog((before) => withStatus(before, message.id, 'sent'));
      } catch {
        setLog((before) => withStatus(before, message.id, 'failed'));
      }
    },
    [consultation],
  );
  return {
    log,
    unread: open ? 0 : Math.max(0, others - seen),
    send: (text) => {
      const id = crypto.randomUUID();
      void deliver({ id, from: undefined, name: '', text, at: new Date(), status: 'sending' });
    },
    sendAgain: (message) => void deliver(message),
  };
}
