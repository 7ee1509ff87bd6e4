import type { CaptureProblem } from '../sdk/capture.ts';
import { browserKind } from './browser-kind.ts';
import { useWords } from './words/language.tsx';

/** Says why a device could not be opened, and what cures it in this browser. */
export function ProblemNotice(props: {
  readonly problem: CaptureProblem;
  readonly device: 'camera' | 'microphone' | 'screen';
  readonly onRetry?: () => void;
}) {
  const words = useWords();
  const cure =
    props.problem === 'permission_denied' ? words.cure[browserKind(navigator.userAgent)] : undefined;
  return (
    <div className="notice bad" role="alert">
      <p>
        <strong>{words.problem[props.problem](words.problem[props.device])}</strong>
      </p>
      {cure !== undefined && <p>{cure}</p>}
      {props.onRetry !== undefined && (
        <button type="button" onClick={props.onRetry}>
          {words.problem.retry}
        </button>
      )}
    </div>
  );
}
