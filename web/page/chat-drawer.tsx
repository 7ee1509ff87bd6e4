import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Drawer } from './drawer.tsx';
import { SendIcon } from './icons.tsx';
import { shownName } from './shown-name.ts';
import type { Chat } from './use-chat.ts';
import { useLanguage } from './words/language.tsx';

export function ChatDrawer({ chat, onClose }: { readonly chat: Chat; readonly onClose: () => void }) {
  const { words, language } = useLanguage();
  const [text, setText] = useState('');
  const end = useRef<HTMLLIElement>(null);
  const { length } = chat.log;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message is what it scrolls for.
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [length]);
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const trimmed = text.trim();
    if (trimmed === '') return;
    chat.send(trimmed);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes Chinese, Enter chooses a word.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  const time = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en', {
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <Drawer title={words.chat.title} onClose={onClose}>
      <ol className="messages" aria-live="polite">
        {length === 0 && <li className="small">{words.chat.empty}</li>}
        {chat.log.map((message) => (
          <li key={message.id} className={message.from === undefined ? 'message mine' : 'message'}>
            <span className="small">
              {message.from === undefined ? words.call.you : shownName(message.name, words)} ·{' '}
              {time.format(message.at)}
            </span>
            <p>{message.text}</p>
            {message.status === 'sending' && <span className="small">{words.chat.sending}</span>}
            {message.status === 'failed' && (
              <button type="button" className="text-button" onClick={() => chat.sendAgain(message)}>
                {words.chat.failed}
              </button>
            )}
          </li>
        ))}
        <li ref={end} className="messages-end" aria-hidden="true" />
      </ol>
      <form className="compose" onSubmit={send}>
        <textarea
          rows={2}
          maxLength={4000}
          placeholder={words.chat.placeholder}
          aria-label={words.chat.placeholder}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className="icon-button primary"
          aria-label={words.chat.send}
          disabled={text.trim() === ''}
        >
          <SendIcon />
        </button>
      </form>
    </Drawer>
  );
}
