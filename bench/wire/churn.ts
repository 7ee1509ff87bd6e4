/**
 * A thousand joins and leaves, one after the other, twice: peers with real ICE, DTLS and media against a media worker,
 * and sessions that negotiate over WebSocket against signaling. Afterwards the server must hold what it held at the
 * start: the heap after a collection, timers and sockets, rooms and all that is in them.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clientOffer } from '../../test/helpers/client-offer.ts';
import { connectBareClient } from '../../test/helpers/server-process.ts';
import { SyntheticPeer } from '../../test/helpers/synthetic-peer.ts';
import type { Bench, Figures, Row } from '../bench.ts';
import { Child } from '../child.ts';
import { Vp8Stream } from '../vp8-stream.ts';
import type { Books } from './churn/books.ts';
import type { MediaChurnCalls, SignalingChurnCalls } from './churn/calls.ts';

const JOINS = 1000;
const QUICK_JOINS = 200;
/** Before the books are opened: code, tables and pools that stay are made by the first. */
const WARM_UP_JOINS = 100;
const PACKETS = 16;
/** How long the last leavers' timers may take. */
const SETTLE_WITHIN_MS = 60_000;
const SETTLE_MS = 3000;
const SETTLED_BYTES = 100_000;
const MEGABYTE = 1e6;

const SIDES = ['media', 'signaling'] as const;

/** Joins and leaves `joins` times with the books read at each quarter; prefixes figures with `side`. */
async function churn(
  side: (typeof SIDES)[number],
  joins: number,
  once: () => Promise<void>,
  books: () => Promise<Books>,
): Promise<Figures> {
  for (let count = 0; count < WARM_UP_JOINS; count += 1) await once();
  // Timers of the last ones run out.
  const start = await settled(books);
  const quarters: Books[] = [];
  const startMs = performance.now();
  for (let count = 1; count <= joins; count += 1) {
    await once();
    if (count % (joins / 4) === 0) quarters.push(await books());
  }
  const seconds = (performance.now() - startMs) / 1000;
  const end = await settled(books, start);
  const liveChange = Object.entries(end.live).map(([name, count]) => Math.abs(count - start.live[name]!));
  return {
    [`${side} heap`]: (end.heapBytes - start.heapBytes) / MEGABYTE,
    [`${side} heap late`]: (quarters[3]!.heapBytes - quarters[1]!.heapBytes) / MEGABYTE,
    [`${side} buffers`]: (end.bufferBytes - start.bufferBytes) / MEGABYTE,
    [`${side} resources`]: Math.max(0, end.resources.length - start.resources.length),
    [`${side} live`]: Math.max(...liveChange),
    [`${side} per second`]: joins / seconds,
  };
}

/** Reads the books when no more is active than in `like`, and the heap no longer falls. */
async function settled(books: () => Promise<Books>, like?: Books): Promise<Books> {
  const deadlineMs = performance.now() + SETTLE_WITHIN_MS;
  let before = await books();
  for (;;) {
    await pause(SETTLE_MS);
    const now = await books();
    const calm =
      now.resources.length <= (like ?? before).resources.length &&
      before.heapBytes - now.heapBytes < SETTLED_BYTES;
    if (calm || performance.now() > deadlineMs) return now;
    before = now;
  }
}

async function churnMedia(joins: number): Promise<Figures> {
  const server = new Child<MediaChurnCalls>(join(import.meta.dirname, 'churn/media.ts'), ['--expose-gc']);
  let people = 0;
  const enter = async (): Promise<{ peer: SyntheticPeer; transportId: string }> => {
    const transportId = `peer${people}`;
    people += 1;
    const ice = {
      usernameFragment: randomBytes(4).toString('hex'),
      password: randomBytes(12).toString('hex'),
    };
    const peer = await SyntheticPeer.create(ice);
    const { fingerprint } = peer;
    await peer.connect(await server.ask('join', transportId, { ice, fingerprint }));
    return { peer, transportId };
  };
  const host = (await enter()).peer;
  try {
    const once = async (): Promise<void> => {
      const { peer, transportId } = await enter();
      const seenBefore = host.datagrams;
      const stream = new Vp8Stream(0x10_0000 + people);
      for (let packet = 0; packet < PACKETS; packet += 1) peer.sendRtp(stream.next());
      while (host.datagrams < seenBefore + PACKETS) await pause(1);
      await server.ask('leave', transportId);
      peer.close();
    };
    return await churn('media', joins, once, () => server.ask('books'));
  } finally {
    host.close();
    await server.end();
  }
}

async function churnSignaling(joins: number): Promise<Figures> {
  const server = new Child<SignalingChurnCalls>(join(import.meta.dirname, 'churn/signaling.ts'), [
    '--expose-gc',
  ]);
  try {
    const httpUrl = await server.ask('httpUrl');
    const once = async (): Promise<void> => {
      const client = await connectBareClient(httpUrl);
      const requests = [
        ['join', { token: await server.ask('token') }],
        [
          'negotiate',
          {
            sdp: clientOffer([{ kind: 'video', direction: 'sendonly' }]),
            lines: [{ mid: '0', publish: { source: 'camera' } }],
            fresh: true,
          },
        ],
        ['leave', {}],
      ] as const;
      for (const [type, data] of requests) {
        const answer = await client.request(type, data);
        if (!answer.ok) throw new Error(`${type}: ${answer.error?.code}`);
      }
      client.close();
      await client.closed;
    };
    return await churn('signaling', joins, once, () => server.ask('books'));
  } finally {
    await server.end();
  }
}

export const bench: Bench = {
  name: 'a thousand joins and leaves',
  trials: 1,
  quickTrials: 1,
  trial: async ({ quick }) => {
    const joins = quick ? QUICK_JOINS : JOINS;
    return { joins, ...(await churnMedia(joins)), ...(await churnSignaling(joins)) };
  },
  rows: (figure) => [
    { what: 'joins and leaves', measured: figure('joins'), unit: '' },
    ...SIDES.flatMap((side): Row[] => [
      { what: `${side}: heap, end less start`, measured: figure(`${side} heap`), unit: 'MB', atMost: 5 },
      {
        what: `${side}: heap, last quarter less second`,
        measured: figure(`${side} heap late`),
        unit: 'MB',
        atMost: 1,
      },
      {
        what: `${side}: buffers, end less start`,
        measured: figure(`${side} buffers`),
        unit: 'MB',
        atMost: 5,
      },
      {
        what: `${side}: timers, sockets and so on left`,
        measured: figure(`${side} resources`),
        unit: '',
        atMost: 0,
      },
      {
        what: `${side}: rooms and their contents left`,
        measured: figure(`${side} live`),
        unit: '',
        atMost: 0,
      },
      { what: `${side}: joins and leaves per second`, measured: figure(`${side} per second`), unit: '' },
    ]),
  ],
};
