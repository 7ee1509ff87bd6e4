import { type FormEvent, useId, useState } from 'react';
import { Mark } from './icons.tsx';
import { codeOfPasted } from './invite-link.ts';
import { useWords } from './words/language.tsx';

/** For somebody who came without an invitation: how to get one, and where to paste one. */
export function Landing({ onCode }: { readonly onCode: (code: string) => void }) {
  const words = useWords();
  const [text, setText] = useState('');
  const [invalid, setInvalid] = useState(false);
  const field = useId();
  const error = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const code = codeOfPasted(text);
    if (code === undefined) setInvalid(true);
    else onCode(code);
  };
  return (
    <main className="entry landing">
      <div className="facing" aria-hidden="true">
        <span />
        <span />
      </div>
      <section className="card">
        <p className="kicker">
          <Mark />
          {words.tagline}
        </p>
        <h1>{words.landing.title}</h1>
        <p className="lead">{words.landing.text}</p>
        <form className="paste" onSubmit={submit} noValidate>
          <label htmlFor={field}>{words.landing.pasteLabel}</label>
          <div className="row">
            <input
              id={field}
              type="text"
              inputMode="url"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              placeholder={words.landing.pastePlaceholder}
              value={text}
              aria-invalid={invalid}
              aria-describedby={invalid ? error : undefined}
              onChange={(event) => {
                setText(event.target.value);
                setInvalid(false);
              }}
            />
            <button type="submit" className="primary" disabled={text.trim() === ''}>
              {words.landing.continue}
            </button>
          </div>
          {invalid && (
            <p className="notice bad" id={error} role="alert">
              {words.landing.pasteInvalid}
            </p>
          )}
        </form>
        <p className="small">{words.landing.privacy}</p>
      </section>
    </main>
  );
}
