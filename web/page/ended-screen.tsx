import type { Ended } from '../sdk/consultation-state.ts';
import { Mark } from './icons.tsx';
import { useLanguage } from './words/language.tsx';

/** Why it is over, in the words of the server's error when it gave one, and where to go from here. */
export function EndedScreen(props: {
  readonly ended: Ended;
  /** Offered when coming back may work. */
  readonly onAgain: (() => void) | undefined;
  readonly onHome: () => void;
}) {
  const { words, language } = useLanguage();
  const { reason, error } = props.ended;
  const texts: Partial<Record<Ended['reason'], string>> = {
    left: words.ended.leftText,
    kicked: words.ended.kickedText,
    roomClosed: words.ended.roomClosedText,
    replaced: words.ended.replacedText,
  };
  const text = error?.tell[language] ?? texts[reason];
  return (
    <main className="entry ended">
      <section className="card">
        <p className="kicker">
          <Mark />
          {words.product}
        </p>
        <h1>{words.ended[reason]}</h1>
        {text !== undefined && <p className="lead">{text}</p>}
        <div className="row">
          {props.onAgain !== undefined && (
            <button type="button" className="primary" onClick={props.onAgain}>
              {words.ended.again}
            </button>
          )}
          <button type="button" onClick={props.onHome}>
            {words.ended.home}
          </button>
        </div>
      </section>
    </main>
  );
}
