import { fstatSync } from 'node:fs';

/**
 * Whether what is written to the file descriptor `fd` goes into systemd's journal. JOURNAL_STREAM alone does not tell:
 * terminals of a desktop session inherit it from the session.
 *
 * @param journalStream the variable JOURNAL_STREAM: `device:inode` of the stream that systemd connected
 * @see systemd.exec(5), $JOURNAL_STREAM
 */
export function isJournal(journalStream: string | undefined, fd: number | undefined): boolean {
  if (journalStream === undefined || fd === undefined) return false;
  const { dev, ino } = fstatSync(fd);
  return journalStream === `${dev}:${ino}`;
}
