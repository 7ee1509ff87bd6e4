import type { Grants, Role } from '../protocol/common.ts';

/** What nobody said is granted is denied. */
export const noGrants: Grants = {
  publish: [],
  subscribe: false,
  data: false,
  moderate: false,
  record: false,
};

/** What an invited person of a role needs in a consultation. Tokens made by the API say their grants themselves. */
export function grantsOfRole(role: Role): Grants {
  switch (role) {
    case 'consultant':
      return {
        publish: ['camera', 'microphone', 'screen', 'instrument'],
        subscribe: true,
        data: true,
        moderate: true,
        record: true,
      };
    case 'client':
      return {
        publish: ['camera', 'microphone', 'screen'],
        subscribe: true,
        data: true,
        moderate: false,
        record: false,
      };
    case 'device':
      return {
        publish: ['camera', 'microphone', 'screen', 'instrument'],
        subscribe: false,
        data: false,
        moderate: false,
        record: false,
      };
  }
}

/** Whether an inviter may let somebody of `role` in: nobody gives rights over others that they lack. */
export function mayInvite(role: Role, inviter: Grants): boolean {
  return inviter.moderate && (inviter.record || !grantsOfRole(role).record);
}
