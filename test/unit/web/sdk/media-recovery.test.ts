import t from 'tap';
import { MediaRecovery } from '../../../../web/sdk/media-recovery.ts';

/** A connection that is up, with signaling live. */
function up(): MediaRecovery {
  const recovery = new MediaRecovery();
  recovery.signalingChanged(true);
  recovery.iceStateChanged(0, 'checking');
  recovery.iceStateChanged(0, 'connected');
  return recovery;
}

t.test('a connection that works needs nothing', async (test) => {
  const recovery = up();
  test.equal(recovery.takeRemedy(60_000), undefined);
  test.equal(recovery.broken, false);
  test.equal(recovery.nextTimeoutMs(), Number.POSITIVE_INFINITY);
});

t.test('`disconnected` is restarted almost at once', async (test) => {
  const recovery = up();
  recovery.iceStateChanged(10_000, 'disconnected');
  test.equal(recovery.broken, true);
  test.equal(recovery.nextTimeoutMs(), 10_200);
  recovery.handleTimeout(10_199);
  test.equal(recovery.takeRemedy(10_199), undefined);
  recovery.handleTimeout(10_200);
  test.equal(recovery.takeRemedy(10_200), 'iceRestart');
  test.equal(recovery.takeRemedy(10_200), undefined, 'once');
});

t.test('what healed in time needs nothing', async (test) => {
  const recovery = up();
  recovery.iceStateChanged(10_000, 'disconnected');
  recovery.iceStateChanged(10_150, 'connected');
  recovery.handleTimeout(10_200);
  test.equal(recovery.takeRemedy(10_200), undefined);
});

t.test('`failed`, here or at the server, restarts ICE at once', async (test) => {
  const here = up();
  here.iceStateChanged(5, 'failed');
  test.equal(here.takeRemedy(5), 'iceRestart');
  const there = up();
  there.serverSaid('failed');
  test.equal(there.takeRemedy(5), 'iceRestart');
  const fine = up();
  for (const state of ['connecting', 'connected', 'disconnected'] as const) fine.serverSaid(state);
  test.equal(fine.takeRemedy(5), undefined);
});

t.test('a server that forgot the connection gets a new one, and that outweighs a restart', async (test) => {
  const recovery = up();
  recovery.serverSaid('gone');
  recovery.iceStateChanged(5, 'failed');
  test.equal(recovery.takeRemedy(5), 'freshPeerConnection');
});

t.test('nothing is decided while signaling is down', async (test) => {
  const recovery = up();
  recovery.signalingChanged(false);
  recovery.iceStateChanged(5, 'failed');
  test.equal(recovery.takeRemedy(5), undefined);
  recovery.signalingChanged(true);
  test.equal(recovery.takeRemedy(9_000), 'iceRestart');
});

t.test('signaling that comes back to a disconnected path restarts it without waiting', async (test) => {
  const recovery = up();
  recovery.signalingChanged(false);
  recovery.iceStateChanged(0, 'disconnected');
  recovery.signalingChanged(true);
  test.equal(recovery.takeRemedy(100), 'iceRestart');
});

t.test('a path that changed is restarted though it seems to work', async (test) => {
  const recovery = up();
  recovery.pathChanged();
  test.equal(recovery.takeRemedy(5), 'iceRestart');
});

t.test(
  'a picture that never stopped is not called broken while its path is restarted, or ever after',
  async (test) => {
    const recovery = up();
    recovery.pathChanged();
    test.equal(recovery.broken, false);
    test.equal(recovery.takeRemedy(5), 'iceRestart');
    // Chromium stays `connected` through a restart of a path that works: no event comes.
    test.equal(recovery.broken, false);
    recovery.handleTimeout(6_005);
    test.equal(recovery.takeRemedy(6_005), undefined);
    for (let i = 0; i < 5; i++) {
      recovery.pathChanged();
      test.equal(recovery.takeRemedy(10_000 + i), 'iceRestart', 'it does not count as one that failed');
      recovery.handleTimeout(20_000 + i);
    }
  },
);

t.test('a path that never was needs no restart', async (test) => {
  const recovery = new MediaRecovery();
  recovery.signalingChanged(true);
  recovery.pathChanged();
  test.equal(recovery.takeRemedy(5), undefined);
});

t.test(
  'restarts that do not help are repeated every 6 s, then a new PeerConnection is made',
  async (test) => {
    const recovery = up();
    recovery.iceStateChanged(0, 'failed');
    const done: [number, string][] = [];
    for (let nowMs = 0; nowMs <= 20_000; nowMs += 500) {
      recovery.handleTimeout(nowMs);
      const remedy = recovery.takeRemedy(nowMs);
      if (remedy !== undefined) done.push([nowMs, remedy]);
    }
    test.same(done, [
      [0, 'iceRestart'],
      [6_000, 'iceRestart'],
      [12_000, 'iceRestart'],
      [18_000, 'freshPeerConnection'],
    ]);
  },
);

t.test(
  'after an outage, news of it that come late do not make the restart under way a useless one',
  async (test) => {
    const recovery = up();
    recovery.iceStateChanged(0, 'disconnected');
    recovery.handleTimeout(3_000);
    test.equal(recovery.takeRemedy(3_000), 'iceRestart', 'before the silence of signaling was noticed');
    recovery.signalingChanged(false);
    recovery.handleTimeout(9_000);
    recovery.iceStateChanged(15_000, 'failed');
    recovery.signalingChanged(true);
    test.equal(recovery.takeRemedy(35_000), 'iceRestart');
    recovery.pathChanged();
    test.equal(recovery.takeRemedy(35_001), 'iceRestart');
    recovery.serverSaid('failed');
    test.equal(recovery.takeRemedy(35_002), undefined, 'replayed: it was so before the restart');
    recovery.handleTimeout(41_001);
    test.equal(recovery.takeRemedy(41_001), 'iceRestart', 'the first one that had its time and did not help');
  },
);

t.test('new PeerConnections that are lost at once come with growing pauses', async (test) => {
  const recovery = up();
  const times: number[] = [];
  for (let nowMs = 0; nowMs <= 30_000; nowMs += 100) {
    recovery.handleTimeout(nowMs);
    recovery.peerConnectionLost();
    if (recovery.takeRemedy(nowMs) !== undefined) times.push(nowMs);
    else test.ok(recovery.nextTimeoutMs() > nowMs);
  }
  test.same(times, [0, 500, 1_500, 3_500, 7_500, 15_500, 25_500]);
});

t.test('success forgets the failures before', async (test) => {
  const recovery = up();
  for (let i = 0; i < 10; i++) {
    recovery.iceStateChanged(i * 100, 'failed');
    test.equal(recovery.takeRemedy(i * 100), 'iceRestart');
    test.equal(recovery.broken, true);
    recovery.iceStateChanged(i * 100 + 50, 'connected');
    test.equal(recovery.broken, false);
  }
});

t.test('a reset remembers nothing', async (test) => {
  const recovery = up();
  recovery.iceStateChanged(0, 'failed');
  recovery.reset();
  test.equal(recovery.broken, false);
  test.equal(recovery.takeRemedy(5), undefined);
});
