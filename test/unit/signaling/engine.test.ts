import t from 'tap';
import type { FrameSocket } from '../../../src/signaling/engine.ts';
import { grantsOfRole } from '../../../src/signaling/room/role-grants.ts';
import { defaultLimits, defaultSettings } from '../../../src/signaling/signaling-options.ts';
import { startServer } from '../../helpers/signaling-server.ts';

/** A network that takes nothing before the present work is done, as one with TLS. */
class SlowNetwork implements FrameSocket {
  readonly frames: string[] = [];
  bufferedAmount = 0;
  closed: string | undefined;

  send(frame: string): void {
    this.frames.push(frame);
    this.bufferedAmount += Buffer.byteLength(frame);
  }

  close(_code: number, reason: string): void {
    this.closed = reason;
  }

  get events() {
    return this.frames.map((frame) => JSON.parse(frame)).filter(({ seq }) => seq !== undefined);
  }
}

for (const maxBacklogBytes of [64 * 1024, defaultLimits.maxBacklogBytes]) {
  t.test(
    `a resume replays a full log without being closed as too slow, backlog ${maxBacklogBytes}`,
    async (t) => {
      const { signaling, close } = await startServer({ limits: { maxBacklogBytes } });
      t.teardown(close);
      const { engine } = signaling;
      const enter = (connectionId: string) => {
        const identity = {
          subject: connectionId,
          tokenId: connectionId,
          role: 'client',
          displayName: 'x',
          grants: grantsOfRole('client'),
        } as const;
        return engine.run((nowUs) =>
          engine.directory.join({ room: 'room', identity, issuedAtMs: Date.now() }, connectionId, nowUs),
        );
      };
      const away = enter('away');
      const there = enter('there');
      engine.run((nowUs) => engine.directory.dropped(away, 'away', nowUs));
      // Three bytes a character on the wire; more than any log keeps.
      const message = { topic: 'chat', payload: '您'.repeat(500) };
      for (let i = 0; i < defaultSettings.eventLog.maxEvents; i++) {
        engine.run((nowUs) => there.room.sendData(there.participant, message, nowUs));
      }
      const { sessionId, lastSeq } = away.session;
      let oldest = lastSeq;
      while (away.session.canReplay(oldest - 1)) oldest -= 1;
      t.ok(lastSeq - oldest > 10, `${lastSeq - oldest} messages are kept`);

      const network = new SlowNetwork();
      engine.opened('again', network);
      engine.run((nowUs) =>
        engine.lobby.resume(
          'again',
          1,
          { sessionId, resumeSecret: away.resumeSecret, lastSeq: oldest },
          nowUs,
        ),
      );
      t.equal(network.closed, undefined);
      t.equal(network.events.length, lastSeq - oldest);
      t.equal(network.events.at(-1).seq, lastSeq);
    },
  );
}

t.test('a moderator who was kicked makes no invites on the connection that is closing', async (t) => {
  const { signaling, close } = await startServer();
  t.teardown(close);
  const { engine } = signaling;
  engine.opened('c', new SlowNetwork());
  const identity = {
    subject: 's',
    tokenId: 't',
    role: 'consultant',
    displayName: 'x',
    grants: grantsOfRole('consultant'),
  } as const;
  const admission = { room: 'room', identity, issuedAtMs: Date.now(), rejoinToken: '' };
  engine.run((nowUs) => engine.lobby.join('c', 1, admission, nowUs));
  const seat = engine.run((nowUs) => engine.lobby.inviter('c', 2, nowUs));
  t.ok(seat);
  engine.run(() => engine.directory.leave(seat!, 'kicked'));
  t.equal(
    engine.run((nowUs) => engine.lobby.inviter('c', 3, nowUs)),
    undefined,
  );
});
