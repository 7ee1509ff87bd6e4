import type { Words } from './words/en.ts';

/** Whoever gave no name is called by the role, which the server says in English. */
export function shownName(displayName: string, { people }: Words): string {
  switch (displayName) {
    case 'consultant':
    case 'client':
    case 'device':
      return people[displayName];
    default:
      return displayName;
  }
}
