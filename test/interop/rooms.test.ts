/** People come, go, come back, are silenced and removed: what the others see and hear of it. */
import t from 'tap';
import { enterRoom, launchBrowser, type Person } from '../helpers/consultation-browser.ts';
import { isColour } from '../helpers/pictures.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import type { Colour } from '../helpers/stage-calls.ts';

interface Looks {
  readonly colour: Colour;
  readonly hertz: number;
}

const looks: Readonly<Record<string, Looks>> = {
  Alice: { colour: [200, 40, 40], hertz: 400 },
  Bob: { colour: [40, 60, 200], hertz: 600 },
  Carol: { colour: [40, 160, 60], hertz: 800 },
};

const server = await startServerProcess(t);
const browser = await launchBrowser(t);
const alice = await enterRoom(t, browser, server, { room: 'three', name: 'Alice', role: 'consultant' });
const bob = await enterRoom(t, browser, server, { room: 'three', name: 'Bob' });

async function publish(person: Person): Promise<void> {
  const { colour, hertz } = looks[person.name]!;
  await person.do('publishPicture', { colour, width: 320, height: 180, framesPerSecond: 15 });
  await person.do('publishTone', { hertz });
}

async function seesAndHears(viewer: Person, other: string): Promise<void> {
  const { colour, hertz } = looks[other]!;
  await viewer.sees(other, (picture) => isColour(picture.colour, colour) && picture.framesDecoded >= 5);
  await viewer.hears(other, hertz);
}

await publish(alice);
await publish(bob);

t.test(
  'three people all see and hear each other, and who comes last sees a picture within 2 s',
  async (test) => {
    await seesAndHears(alice, 'Bob');
    await seesAndHears(bob, 'Alice');
    const carol = await enterRoom(t, browser, server, { room: 'three', name: 'Carol' });
    for (const other of ['Alice', 'Bob']) {
      const ms = await carol.until('firstFrameMs', [other], (value) => value !== undefined);
      test.ok(ms! < 2_000, `the first frame of ${other} came ${Math.round(ms!)} ms after join was asked for`);
    }
    await publish(carol);
    for (const viewer of [alice, bob, carol]) {
      for (const other of ['Alice', 'Bob', 'Carol']) {
        if (other !== viewer.name) await seesAndHears(viewer, other);
      }
    }
    await carol.do('leave');
    await alice.until('person', ['Carol'], (view) => view === undefined);
    await bob.until('person', ['Carol'], (view) => view === undefined);
  },
);

t.test('a page that is loaded again comes back, seen by the others as one and the same', async (test) => {
  await bob.reload();
  await publish(bob);
  await seesAndHears(alice, 'Bob');
  await seesAndHears(bob, 'Alice');
  const people = await alice.do('names');
  test.same(people, ['Bob'], 'there is one Bob, and nobody else');
  const { participantId } = await bob.do('own');
  test.equal((await alice.do('person', 'Bob'))?.participantId, participantId);
});

t.test('a mute is seen and heard, and so is its end', async (test) => {
  await bob.do('setMuted', 'microphone', true);
  await alice.until('person', ['Bob'], (view) => view?.sound?.muted === true);
  await alice.until('person', ['Bob'], (view) => view?.sound?.frequency === 0);
  await bob.do('setMuted', 'microphone', false);
  await alice.hears('Bob', looks.Bob!.hertz);
  test.equal((await alice.do('person', 'Bob'))?.sound?.muted, false);

  await bob.do('setMuted', 'camera', true);
  const still = await alice.sees('Bob', (picture) => picture.muted);
  await bob.do('setMuted', 'camera', false);
  const goesOn = await alice.sees(
    'Bob',
    (picture) => !picture.muted && picture.framesDecoded >= still.framesDecoded + 10,
  );
  test.ok(isColour(goesOn.colour, looks.Bob!.colour));
});

t.test('messages come in the order in which they were sent', async (test) => {
  const payloads = Array.from({ length: 40 }, (_, index) => `message ${index}`);
  const numbers = await Promise.all(payloads.map((payload) => alice.do('sendData', payload)));
  const received = await bob.until('dataReceived', [], (all) => all.length >= payloads.length);
  test.same(received, payloads);
  test.same(
    numbers,
    numbers.toSorted((a, b) => a - b),
    'numbered in that order',
  );
});

t.test('who is removed is told so, and is gone for the others', async (test) => {
  await alice.do('kick', 'Bob');
  const { ended } = await bob.until('own', [], (own) => own.ended !== undefined);
  test.equal(ended, 'kicked');
  await alice.until('person', ['Bob'], (view) => view === undefined);
});
