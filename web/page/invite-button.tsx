import { useRef, useState } from 'react';
import type { Role } from '../../src/signaling/protocol/common.ts';
import { ConsultationError } from '../sdk/client-error.ts';
import type { Consultation } from '../sdk/consultation.ts';
import { LinkIcon } from './icons.tsx';
import { inviteLink, onlyThisMachine } from './invite-link.ts';
import { useLanguage } from './words/language.tsx';

/** Makes a one-time link and copies it; where copying is forbidden, shows it to be copied by hand. */
export function InviteButton(props: {
  readonly consultation: Consultation;
  readonly invitedAs: Role;
  readonly label: string;
  readonly primary?: boolean;
}) {
  const { words, language } = useLanguage();
  const [link, setLink] = useState<{ url: string; until: string; copied: boolean }>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const make = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const pending = props.consultation.invite(props.invitedAs).then(({ code, expiresAt, url }) => ({
        // A link to localhost leads nowhere from the client's phone: then the server's own word counts.
        url: (onlyThisMachine(location.hostname) ? url : undefined) ?? inviteLink(location.href, code),
        until: new Date(expiresAt).toLocaleString(language === 'zh' ? 'zh-CN' : 'en', {
          month: 'short',
          day: 'numeric',
          hour: '2-digit',
          minute: '2-digit',
        }),
      }));
      const copied = await copy(pending.then(({ url }) => url));
      setLink({ ...(await pending), copied });
    } catch (failure) {
      setError(
        failure instanceof ConsultationError ? failure.body.tell[language] : words.check.unknownFailure,
      );
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="invite">
      <button
        type="button"
        className={props.primary ? 'primary wide' : 'wide'}
        disabled={busy}
        onClick={() => void make()}
      >
        <LinkIcon />
        {props.label}
      </button>
      {link !== undefined && (
        <div className="invite-link" role="status">
          <p className="small">
            {link.copied ? words.people.copied : words.people.copyFailed} {words.people.expires(link.until)}
          </p>
          <input
            ref={field}
            type="text"
            readOnly
            aria-label={words.people.linkLabel}
            value={link.url}
            onFocus={() => field.current?.select()}
          />
          {onlyThisMachine(new URL(link.url).hostname) && (
            <p className="notice warn">{words.people.onlyThisMachine}</p>
          )}
        </div>
      )}
      {error !== undefined && (
        <p className="notice bad" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

/** Safari lets a page write to the clipboard only at the press itself, with a promise of the text. */
async function copy(text: Promise<string>): Promise<boolean> {
  try {
    if (typeof ClipboardItem === 'function' && navigator.clipboard?.write !== undefined) {
      const blob = text.then((value) => new Blob([value], { type: 'text/plain' }));
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    } else {
      await navigator.clipboard.writeText(await text);
    }
    return true;
  } catch {
    // Also when there is no link: the caller awaits that itself.
    return false;
  }
}
