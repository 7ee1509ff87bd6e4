import { useEffect, useRef } from 'react';
import { useWords } from './words/language.tsx';

/** Leave alone, or end it for everyone: asked only of those who may do both. */
export function LeaveDialog(props: {
  readonly onLeave: () => void;
  readonly onEndForAll: () => void;
  readonly onCancel: () => void;
}) {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-label={words.call.leaveTitle} onClose={props.onCancel}>
      <h2>{words.call.leaveTitle}</h2>
      <button type="button" className="choice" onClick={props.onLeave}>
        <strong>{words.call.leave}</strong>
        <span className="small">{words.call.leaveText}</span>
      </button>
      <button type="button" className="choice danger" onClick={props.onEndForAll}>
        <strong>{words.call.endForAll}</strong>
        <span className="small">{words.call.endForAllText}</span>
      </button>
      <button type="button" onClick={props.onCancel}>
        {words.call.cancel}
      </button>
    </dialog>
  );
}
