import t from 'tap';
import { SessionPlan } from './session-plan.ts';

t.test('it joins with the token and the name, and is live', async (test) => {
  const plan = new SessionPlan().connect().open();
  test.match(plan.lastSent(), { type: 'join', data: { token: 'first', displayName: 'Li' } });
  plan.joined();
  test.equal(plan.session.state, 'live');
  test.same(
    plan.of('joined').map(({ again }) => again),
    [false],
  );
});

t.test('a second connect is a mistake of the caller', async (test) => {
  const plan = new SessionPlan().connect();
  test.throws(() => plan.connect(), TypeError);
});

t.test('a refused first join ends it with the words of the server', async (test) => {
  const plan = new SessionPlan().connect().open().refuse('room_full', { retryable: true });
  test.match(plan.of('ended'), [{ reason: 'refused', error: { code: 'room_full' } }]);
  test.equal(plan.session.nextTimeoutMs(), Number.POSITIVE_INFINITY);
});

t.test('a server that drains is waited for', async (test) => {
  const plan = new SessionPlan().connect().open().refuse('server_draining', { retryable: true });
  test.equal(plan.session.state, 'connecting');
  plan.wait(1_000).open().joined();
  test.equal(plan.session.state, 'live');
});

t.test('a server that cannot be reached at the start is given up after 20 s', async (test) => {
  const plan = new SessionPlan().connect();
  while (plan.session.state === 'connecting' && plan.nowMs < 60_000) plan.breakSocket().wait(500);
  test.match(plan.of('ended'), [{ reason: 'unreachable', error: { code: 'unreachable', retryable: true } }]);
  test.ok(plan.nowMs >= 20_000 && plan.nowMs <= 33_000, `${plan.nowMs} ms`);
});

t.test(
  'an attempt that neither opens nor fails is given up after 8 s, and another one made',
  async (test) => {
    const plan = new SessionPlan().connect().wait(8_000);
    test.equal(plan.of('closeSocket').length, 1);
    test.equal(plan.of('openSocket').length, 2);
  },
);

t.test('it pings every 5 s and lives as long as it is answered', async (test) => {
  const plan = new SessionPlan().goLive();
  plan.sent();
  for (let i = 0; i < 20; i++) plan.wait(5_000).accept();
  test.equal(plan.session.state, 'live');
  test.same(new Set(plan.sent().map(({ type }) => type)), new Set(['ping']));
  test.equal(plan.of('openSocket').length, 1);
});

t.test('10 s of silence are a lost connection', async (test) => {
  const plan = new SessionPlan().goLive().wait(9_999);
  test.equal(plan.session.state, 'live');
  plan.wait(1);
  test.equal(plan.session.state, 'reconnecting');
  test.equal(plan.of('openSocket').length, 2, 'the first attempt is made at once');
});

t.test('after a sleep the connection gets 2 s to prove that it lives', async (test) => {
  const alive = new SessionPlan().goLive().sleep(3_600_000);
  test.equal(alive.lastSent().type, 'ping');
  alive.accept().wait(2_000);
  test.equal(alive.session.state, 'live');
  const dead = new SessionPlan().goLive().sleep(3_600_000).wait(1_999);
  test.equal(dead.session.state, 'live');
  dead.wait(1);
  test.equal(dead.session.state, 'reconnecting');
});

t.test('a network change makes the connection prove itself within 2 s', async (test) => {
  const plan = new SessionPlan().goLive().wait(1_000).changeNetwork();
  test.equal(plan.lastSent().type, 'ping');
  plan.wait(2_000);
  test.equal(plan.session.state, 'reconnecting');
});

t.test('a network that comes back is tried at once, whatever the wait was', async (test) => {
  const plan = new SessionPlan().goLive();
  for (let i = 0; i < 8; i++) plan.breakSocket().wait(3_000);
  plan.breakSocket();
  const attempts = plan.of('openSocket').length;
  plan.changeNetwork();
  test.equal(plan.of('openSocket').length, attempts + 1);
});

t.test('the attempts come fast, then slowly', async (test) => {
  const plan = new SessionPlan().goLive().breakSocket();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const before = plan.nowMs;
    const attempts = plan.of('openSocket').length;
    while (plan.of('openSocket').length === attempts) plan.wait(50);
    waits.push(plan.nowMs - before);
    plan.breakSocket();
  }
  test.same(waits, [50, 300, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

t.test('it resumes with the last event it had, and events that come twice count once', async (test) => {
  const plan = new SessionPlan().goLive({ seq: 6 });
  plan.hear({ seq: 7, type: 'draining', data: { deadlineSeconds: 5 } });
  plan.breakSocket().wait(0).open();
  test.match(plan.lastSent(), {
    type: 'resume',
    data: { sessionId: 's1', resumeSecret: 'secret', lastSeq: 7 },
  });
  plan.accept({ participants: [], producers: [], seq: 8 });
  test.equal(plan.of('resumed').length, 1);
  plan.hear({ seq: 7, type: 'draining', data: { deadlineSeconds: 5 } });
  plan.hear({ seq: 8, type: 'draining', data: { deadlineSeconds: 4 } });
  test.same(
    plan.of('event').map(({ event }) => event.seq),
    [7, 8],
  );
});

t.test(
  'a session that is gone is followed by a join with the rejoin token, on the same socket',
  async (test) => {
    const plan = new SessionPlan().goLive({ rejoinToken: 'again' });
    plan.breakSocket().wait(0).open().refuse('session_gone');
    test.match(plan.lastSent(), { type: 'join', data: { token: 'again' } });
    plan.joined({ sessionId: 's2' });
    test.same(
      plan.of('joined').map(({ again }) => again),
      [false, true],
    );
    test.equal(plan.session.state, 'live');
  },
);

t.test('credentials that are refused later are asked for anew, once', async (test) => {
  const plan = new SessionPlan().goLive();
  plan.breakSocket().wait(0).open().refuse('session_gone').refuse('token_expired');
  test.equal(plan.of('askCredentials').length, 1);
  plan.giveCredentials({ ticket: 'new' }).open();
  test.match(plan.lastSent(), { type: 'join', data: { ticket: 'new' } });
  plan.refuse('ticket_invalid');
  test.match(plan.of('ended'), [{ reason: 'refused', error: { code: 'ticket_invalid' } }]);
});

t.test('with nobody to give credentials it ends', async (test) => {
  const plan = new SessionPlan().connect({ ticket: 'once' }).open().joined();
  plan.breakSocket().wait(0).open().refuse('session_gone').giveCredentials(undefined);
  test.match(plan.of('ended'), [{ reason: 'refused' }]);
});

t.test('a server that goes away says so and is waited for', async (test) => {
  const plan = new SessionPlan().goLive({ rejoinToken: 'again' });
  plan.hear({ seq: 1, type: 'bye', data: { reason: 'serverShutdown' } });
  test.equal(plan.session.state, 'reconnecting');
  plan.breakSocket().wait(500).breakSocket().wait(5_000).open();
  test.match(plan.lastSent(), { type: 'join', data: { token: 'again' } }, 'there is no session to resume');
});

for (const reason of ['kicked', 'roomClosed', 'replaced', 'left'] as const) {
  t.test(`who is told bye for "${reason}" does not come back`, async (test) => {
    const plan = new SessionPlan().goLive().hear({ seq: 1, type: 'bye', data: { reason } });
    plan.breakSocket(1006).wait(3_600_000);
    test.match(plan.of('ended'), [{ reason }]);
    test.equal(plan.of('openSocket').length, 1);
  });
}

for (const [code, reason] of Object.entries({
  4403: 'kicked',
  4409: 'replaced',
  4410: 'roomClosed',
  4419: 'takenOver',
})) {
  t.test(`the closing code ${code} ends it even when the bye was lost`, async (test) => {
    test.match(new SessionPlan().goLive().breakSocket(Number(code)).of('ended'), [{ reason }]);
  });
}

t.test('after ten minutes of trying it gives up', async (test) => {
  const plan = new SessionPlan().goLive().breakSocket();
  for (let i = 0; i < 700 && plan.session.state !== 'ended'; i++) plan.wait(1_000).breakSocket();
  test.match(plan.of('ended'), [{ reason: 'unreachable' }]);
  test.ok(plan.nowMs >= 600_000 && plan.nowMs < 615_000, `${plan.nowMs} ms`);
});

t.test('who comes back waits for room, and for a server that is busy', async (test) => {
  const plan = new SessionPlan().goLive({ rejoinToken: 'again' });
  plan.breakSocket().wait(0).open().refuse('session_gone').refuse('room_full', { retryable: true });
  test.equal(plan.session.state, 'reconnecting');
});

t.test('an answer goes to its request', async (test) => {
  const plan = new SessionPlan().goLive();
  const first = plan.request('closeRoom', {});
  const second = plan.request('kick', { participantId: 'p' });
  plan.hear({ id: second, ok: true, data: {} }).hear({ id: first, ok: true, data: {} });
  plan.hear({ id: second, ok: true, data: {} }).hear({ id: 999, ok: true, data: {} });
  test.same(
    plan.of('answer').map(({ id }) => id),
    [second, first],
  );
});

t.test('a request that is not answered in 15 s is given up', async (test) => {
  const plan = new SessionPlan().goLive();
  const id = plan.request('closeRoom', {});
  for (let i = 0; i < 3; i++) plan.wait(4_900).hear({ id: 0, ok: true, data: {} });
  test.same(plan.of('answer'), []);
  plan.wait(300);
  test.match(plan.of('answer'), [{ id, answer: { ok: false, error: { code: 'request_timeout' } } }]);
});

t.test('requests wait for the connection and are sent again after a resume', async (test) => {
  const plan = new SessionPlan().goLive();
  const unanswered = plan.request('mute', { producerId: 'p', muted: true });
  plan.breakSocket();
  const waiting = plan.request('mute', { producerId: 'p', muted: false });
  plan.wait(0).open();
  plan.sent();
  plan.accept({ participants: [], producers: [], seq: 0 });
  test.same(
    plan.sent().map(({ id }) => id),
    [unanswered, waiting],
  );
});

t.test('a negotiation that was cut off is reported, never repeated', async (test) => {
  const plan = new SessionPlan().goLive();
  const cut = plan.request('negotiate', { sdp: 'v=0', lines: [] });
  plan.breakSocket();
  const early = plan.request('negotiate', { sdp: 'v=0', lines: [] });
  test.match(plan.of('answer'), [
    { id: cut, answer: { ok: false, error: { code: 'connection_lost' } } },
    { id: early, answer: { ok: false, error: { code: 'connection_lost' } } },
  ]);
});

t.test('what waited for a session that is gone is answered before the new one is told', async (test) => {
  const plan = new SessionPlan().goLive({ rejoinToken: 'again' }).breakSocket();
  const id = plan.request('mute', { producerId: 'of the old session', muted: true });
  plan.wait(0).open().refuse('session_gone').joined();
  const order = plan.actions.map(({ type }) => type);
  test.match(plan.of('answer'), [{ id, answer: { ok: false } }]);
  test.ok(order.lastIndexOf('answer') < order.lastIndexOf('joined'));
});

t.test('the backlog is bounded', async (test) => {
  const plan = new SessionPlan().goLive().breakSocket();
  for (let i = 0; i < 128; i++) plan.request('closeRoom', {});
  test.same(plan.of('answer'), []);
  plan.request('closeRoom', {});
  test.match(plan.of('answer'), [{ answer: { error: { code: 'backlog_full' } } }]);
});

t.test('closing says leave, answers everything, ends once, and nothing follows', async (test) => {
  const plan = new SessionPlan().goLive();
  const id = plan.request('closeRoom', {});
  plan.close().close().breakSocket().wait(600_000);
  test.equal(plan.lastSent().type, 'leave');
  test.match(plan.of('answer'), [{ id, answer: { error: { code: 'session_ended' } } }]);
  test.match(plan.of('ended'), [{ reason: 'left' }]);
  test.equal(plan.actions.at(-1)?.type, 'ended');
  plan.request('closeRoom', {});
  test.match(plan.of('answer').at(-1), { answer: { error: { code: 'session_ended' } } });
});

t.test('what is not understood is ignored', async (test) => {
  const plan = new SessionPlan().goLive();
  for (const frame of [
    '',
    '{',
    'null',
    '7',
    '[]',
    '{"seq":"x","type":"bye"}',
    '{"id":"x","ok":true}',
    '{}',
  ]) {
    plan.hear(frame);
  }
  test.equal(plan.session.state, 'live');
  test.same(plan.of('event'), []);
});
