import { useEffect, useRef, useState } from 'react';
import { ConsultationError } from '../sdk/client-error.ts';
import type { Consultation } from '../sdk/consultation.ts';
import type { Ended } from '../sdk/consultation-state.ts';
import { Call } from './call.tsx';
import { type CheckedDevices, DeviceCheck } from './device-check.tsx';
import { EndedScreen } from './ended-screen.tsx';
import { devicesOfBefore, enter } from './enter.ts';
import { Landing } from './landing.tsx';
import { redeemInvite } from './redeem.ts';
import { forgetToken, recall, remember } from './tab-memory.ts';
import { useLanguage } from './words/language.tsx';

type Screen =
  | { readonly at: 'landing' }
  | { readonly at: 'check'; readonly code: string | undefined }
  /** Loaded again in the middle of a consultation. */
  | { readonly at: 'comingBack' }
  | { readonly at: 'call'; readonly consultation: Consultation }
  | { readonly at: 'ended'; readonly ended: Ended };

/** @param code of the invitation that the page was opened with. */
export function App({ code }: { readonly code: string | undefined }) {
  const { words, language, switchLanguage } = useLanguage();
  const [screen, setScreen] = useState<Screen>(() => {
    if (code !== undefined) return { at: 'check', code };
    return recall().token === undefined ? { at: 'landing' } : { at: 'comingBack' };
  });
  const [error, setError] = useState<ConsultationError>();

  const join = async (invite: string | undefined, devices: CheckedDevices): Promise<() => void> => {
    try {
      setError(undefined);
      // A code is good once: what it gave is kept for the next attempt.
      const token = recall().token ?? (await redeemInvite(invite ?? '', devices.displayName));
      remember({ token });
      const consultation = await enter(token, devices);
      consultation.on('ended', (ended) => setScreen({ at: 'ended', ended }));
      return () => setScreen({ at: 'call', consultation });
    } catch (failure) {
      if (failure instanceof ConsultationError) setError(failure);
      throw failure;
    }
  };

  const comeBack = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page was loaded.
  useEffect(() => {
    if (screen.at !== 'comingBack' || comeBack.current) return;
    comeBack.current = true;
    void (async () => {
      const devices = await devicesOfBefore();
      try {
        (await join(undefined, devices))();
      } catch (failure) {
        devices.camera?.stop();
        devices.microphone?.stop();
        const body = failure instanceof ConsultationError ? failure.body : undefined;
        setScreen({
          at: 'ended',
          ended: { reason: 'refused', ...(body === undefined ? {} : { error: body }) },
        });
      }
    })();
  }, [screen.at]);

  const home = () => {
    forgetToken();
    setError(undefined);
    setScreen({ at: 'landing' });
  };
  const again = screen.at === 'ended' && recall().token !== undefined;

  return (
    <>
      {screen.at !== 'call' && (
        <button type="button" className="language" onClick={switchLanguage}>
          {words.otherLanguage}
        </button>
      )}
      {screen.at === 'landing' && (
        <Landing
          onCode={(pasted) => {
            forgetToken();
            setScreen({ at: 'check', code: pasted });
          }}
        />
      )}
      {screen.at === 'check' && (
        <DeviceCheck onJoin={(devices) => join(screen.code, devices)} error={error?.body.tell[language]} />
      )}
      {screen.at === 'comingBack' && (
        <main className="entry">
          <p className="lead" role="status">
            <span className="spinner" aria-hidden="true" /> {words.call.connecting}
          </p>
        </main>
      )}
      {screen.at === 'call' && <Call consultation={screen.consultation} />}
      {screen.at === 'ended' && (
        <EndedScreen
          ended={screen.ended}
          onAgain={again ? () => setScreen({ at: 'check', code: undefined }) : undefined}
          onHome={home}
        />
      )}
    </>
  );
}
