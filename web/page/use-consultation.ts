import { useCallback, useSyncExternalStore } from 'react';
import type { Consultation } from '../sdk/consultation.ts';
import type { ConsultationState } from '../sdk/consultation-state.ts';

export function useConsultationState(consultation: Consultation): ConsultationState {
  const subscribe = useCallback(
    (onChange: () => void) => consultation.on('change', onChange),
    [consultation],
  );
  return useSyncExternalStore(subscribe, () => consultation.state);
}
