/**
 * Ids (`jti`) of the tokens that bring people back: made of the id of the token that let them in first, so that who
 * revokes that one revokes both. Ids of other tokens are UUIDs and never look like this.
 */
const mark = 'rejoin-';

/** The id of the token that brings back whom `tokenId` let in. */
export function rejoinIdOf(tokenId: string): string {
  return `${mark}${tokenId}`;
}

/** The id of the token that let somebody in first. */
export function firstIdOf(tokenId: string): string {
  return tokenId.startsWith(mark) ? tokenId.slice(mark.length) : tokenId;
}
