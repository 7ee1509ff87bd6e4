import { createSecretKey } from 'node:crypto';
import t from 'tap';
import { GcmBlockCipher, GcmKeystream } from '../../../src/crypto/gcm-keystream.ts';

const block = new GcmBlockCipher(createSecretKey(Buffer.alloc(16, 1)));
const iv = Buffer.alloc(16);

function makeKeystream(): GcmKeystream {
  return new GcmKeystream(block, iv);
}

/** Notes the packets `from`..`to` and returns how many of them had their key stream made ahead. */
function noteAll(keystream: GcmKeystream, from: number, to: number, payload = 1200): number {
  let found = 0;
  for (let index = from; index <= to; index += 1) {
    if (keystream.find(index, payload) !== 0) found += 1;
    keystream.note(index, payload);
  }
  return found;
}

/** How many packets from `index` on have their key stream. */
function ahead(keystream: GcmKeystream, index: number, payload = 1200): number {
  let count = 0;
  while (keystream.find(index + count, payload) !== 0) count += 1;
  return count;
}

t.test('key stream is made for 1, 2, 4, then 8 packets, once three have followed on the first', async (t) => {
  const keystream = makeKeystream();
  noteAll(keystream, 10, 12);
  t.equal(ahead(keystream, 13), 0);
  const counts = [];
  for (let index = 13; index < 13 + 1 + 2 + 4 + 8 + 8; index += 1) {
    keystream.note(index, 1200);
    counts.push(ahead(keystream, index + 1));
  }
  t.same(counts, [1, 2, 1, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1]);
});

t.test('after the start every packet in order finds its key stream', async (t) => {
  const keystream = makeKeystream();
  t.equal(noteAll(keystream, 2 ** 32 - 500, 2 ** 32 + 499), 1000 - 4);
});

t.test('asking for what is not there changes nothing', async (t) => {
  const keystream = makeKeystream();
  noteAll(keystream, 0, 40);
  const before = ahead(keystream, 41);
  for (const index of [0, 30, 1000, 2 ** 47]) t.equal(keystream.find(index, 1200), 0);
  t.equal(ahead(keystream, 41), before);
});

t.test('a longer packet finds nothing; the next key streams have its length', async (t) => {
  const keystream = makeKeystream();
  noteAll(keystream, 0, 40, 120);
  t.not(keystream.find(41, 150), 0, 'two blocks are to spare');
  t.equal(keystream.find(41, 500), 0);
  noteAll(keystream, 41, 60, 500);
  t.not(keystream.find(61, 500), 0);
  noteAll(keystream, 61, 100, 4000);
  t.equal(keystream.find(101, 1536), 0, 'there is an end to it');
});

t.test('losses halve what is made ahead; when none of it serves, the lane is given back', async (t) => {
  const keystream = makeKeystream();
  noteAll(keystream, 0, 18);
  t.equal(ahead(keystream, 19), 8);
  keystream.note(19, 1200);
  keystream.note(30, 1200);
  t.equal(ahead(keystream, 31), 4, 'one of eight was used');
  keystream.note(50, 1200);
  t.equal(ahead(keystream, 51), 0, 'none of four was');
  t.equal(keystream.lane, 0);
  noteAll(keystream, 51, 53);
  t.equal(ahead(keystream, 54), 1, 'it starts again');
});

t.test('late and repeated packets do not move what is made ahead', async (t) => {
  const keystream = makeKeystream();
  noteAll(keystream, 0, 22);
  t.equal(ahead(keystream, 23), 4);
  for (const index of [3, 22, 22, 10]) keystream.note(index, 1200);
  t.equal(ahead(keystream, 23), 4);
});
