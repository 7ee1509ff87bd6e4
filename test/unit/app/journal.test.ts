import { fstatSync } from 'node:fs';
import t from 'tap';
import { isJournal } from '../../../src/app/journal.ts';

const { dev, ino } = fstatSync(1);

t.test('standard output is the journal when systemd says so of this very stream', async (t) => {
  t.equal(isJournal(`${dev}:${ino}`, 1), true);
});

t.test('a terminal that inherited JOURNAL_STREAM from a desktop session still shows the link', async (t) => {
  t.equal(isJournal(`${dev}:${ino + 1}`, 1), false);
  t.equal(isJournal('8:1', 1), false);
  t.equal(isJournal(undefined, 1), false);
});

t.test('a stream without a descriptor is not the journal', async (t) => {
  t.equal(isJournal(`${dev}:${ino}`, undefined), false);
});
