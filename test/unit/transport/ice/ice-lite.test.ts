import t from 'tap';
import { makeCounters } from '../../../../src/base/counters.ts';
import { IceLite } from '../../../../src/transport/ice/ice-lite.ts';
import type { IceSession, IceUser } from '../../../../src/transport/ice/ice-session.ts';
import type { IceParameters } from '../../../../src/transport/media-messages.ts';
import { MEDIA_WORKER_COUNTERS } from '../../../../src/transport/media-worker-counters.ts';
import { type CheckOptions, check, FakePath, readResponse, statusOf } from '../../../helpers/stun-peer.ts';

const SECOND = 1_000_000;
const local: IceParameters = { usernameFragment: 'serverAA', password: 'server-password-22-chars' };
const remote: IceParameters = { usernameFragment: 'peer', password: 'peer-password-of-22-chars' };
const newLocal: IceParameters = { usernameFragment: 'serverBB', password: 'another-server-password' };
const newRemote: IceParameters = { usernameFragment: 'pee2', password: 'another-peer-password-22' };

/** One agent in virtual time, and the peers that check it. */
class Scene {
  readonly counters = makeCounters(MEDIA_WORKER_COUNTERS);
  readonly ice: IceLite;
  nowUs = 0;
  /** `state` or `state:reason`, of all sessions in order. */
  readonly states: string[] = [];

  constructor(perSecond = 1000, burst = 1000) {
    this.ice = new IceLite(
      {
        disconnectedAfterUs: 5 * SECOND,
        failedAfterUs: 30 * SECOND,
        maxPaths: 3,
        stunPerAddress: { perSecond, burst, maxAddresses: 16 },
      },
      this.counters,
    );
  }

  open(own = local, other = remote): IceSession {
    const user: IceUser = {
      onIceState: (state, reason) => this.states.push(reason === undefined ? state : `${state}:${reason}`),
      handleDatagram: () => {},
    };
    const session = this.ice.open(user);
    this.ice.setParameters(session, own, other, this.nowUs);
    return session;
  }

  /** A check comes on `path`; what was answered. */
  check(
    path: FakePath,
    options: CheckOptions = {},
    own = local,
    other = remote,
  ): 'success' | number | 'none' {
    return statusOf(this.ice.handleStun(check(own, other, options), path, this.nowUs), own);
  }

  /** Lets time pass, waking the agent whenever it asks for it. */
  pass(us: number): void {
    const endUs = this.nowUs + us;
    while (this.ice.nextTimeout() <= endUs) {
      this.nowUs = Math.max(this.nowUs, this.ice.nextTimeout());
      this.ice.handleTimeout(this.nowUs);
    }
    this.nowUs = endUs;
  }
}

t.test('an authenticated check is answered with where it came from, and opens the path', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const path = new FakePath('192.0.2.9', 5000);
  const response = scene.ice.handleStun(check(local, remote), path, 0)!;
  t.same(readResponse(response, local)!.getAttributeValue('XOR-MAPPED-ADDRESS'), ['192.0.2.9', 5000]);
  t.equal(session.selected, path);
  t.equal(path.session, session);
  t.equal(path.adopted, 1);
  t.same(scene.states, ['connected']);
  t.equal(scene.check(path), 'success');
  t.equal(path.adopted, 1, 'adopted once');
  t.end();
});

t.test('what is not authentic is dropped without a word, and each reason is counted', (t) => {
  const cases: [string, keyof Scene['counters'], CheckOptions | Buffer][] = [
    ['garbage', 'stunMalformed', Buffer.alloc(24)],
    ['another password', 'stunIntegrityWrong', { password: 'not the password at all' }],
    ['no integrity', 'stunIntegrityWrong', { withoutIntegrity: true }],
    ['no fingerprint', 'stunFingerprintWrong', { withoutFingerprint: true }],
    ['an unknown ufrag', 'stunUfragUnknown', { username: 'nobody:peer' }],
    ["another peer's ufrag", 'stunUfragUnknown', { username: 'serverAA:else' }],
    ['a username without a colon', 'stunUfragUnknown', { username: 'serverAA' }],
  ];
  for (const [name, counter, options] of cases) {
    const scene = new Scene();
    const session = scene.open();
    const path = new FakePath('192.0.2.9');
    const datagram = Buffer.isBuffer(options) ? options : check(local, remote, options);
    t.equal(scene.ice.handleStun(datagram, path, 0), undefined, name);
    t.equal(scene.counters[counter], 1, counter);
    t.equal(session.selected, undefined);
    t.equal(path.adopted, 0);
  }
  t.end();
});

t.test('indications and responses are not answered', (t) => {
  const scene = new Scene();
  scene.open();
  for (const type of [0x0011, 0x0101, 0x0111]) {
    const datagram = check(local, remote);
    datagram.writeUInt16BE(type, 0);
    t.equal(scene.ice.handleStun(datagram, new FakePath('192.0.2.9'), 0), undefined);
  }
  t.equal(scene.counters.stunNotRequest, 3);
  t.end();
});

t.test('a peer that also wants to be controlled is told to switch', (t) => {
  const scene = new Scene();
  const session = scene.open();
  t.equal(scene.check(new FakePath('192.0.2.9'), { controlled: true }), 487);
  t.equal(session.selected, undefined);
  t.equal(scene.counters.stunRoleConflict, 1);
  t.end();
});

t.test('an attribute that must be understood and is not is refused by name', (t) => {
  const scene = new Scene();
  scene.open();
  const path = new FakePath('192.0.2.9');
  t.equal(scene.check(path, { unknownAttribute: 0x7001 }), 420);
  t.equal(scene.check(path, { unknownAttribute: 0xc057 }), 'success', 'an optional one is ignored');
  t.end();
});

t.test('the path nominated last is the one in use', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const wifi = new FakePath('192.0.2.9');
  const cellular = new FakePath('198.51.100.9');
  scene.check(wifi);
  scene.check(cellular);
  t.equal(session.selected, wifi, 'the first checked, until one is nominated');
  scene.check(cellular, { nominate: true });
  t.equal(session.selected, cellular);
  scene.check(wifi);
  t.equal(session.selected, cellular, 'a plain check changes nothing');
  scene.check(wifi, { nominate: true });
  t.equal(session.selected, wifi, 'and back');
  t.equal(wifi.session, session);
  t.equal(cellular.session, session, 'media is taken on both');
  t.same(scene.states, ['connected']);
  t.end();
});

t.test('an ICE restart answers the old credentials until the first check with the new', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const before = new FakePath('192.0.2.9');
  const after = new FakePath('198.51.100.9');
  scene.check(before, { nominate: true });
  t.ok(scene.ice.setParameters(session, newLocal, newRemote, scene.nowUs));
  t.equal(scene.check(before), 'success', 'old, before the first new');
  t.equal(scene.check(after, {}, newLocal, newRemote), 'success');
  t.equal(session.selected, before, 'media goes on as it did until the nomination');
  t.equal(scene.check(before), 'none', 'old, after the first new');
  scene.check(after, { nominate: true }, newLocal, newRemote);
  t.equal(session.selected, after);
  t.equal(before.released, 1, 'the old path is given up');
  t.equal(before.session, undefined);
  t.same(scene.states, ['connected']);
  t.end();
});

t.test('a second restart before any check forgets the first generation', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const path = new FakePath('192.0.2.9');
  const third: IceParameters = { usernameFragment: 'serverCC', password: 'a third password 22 chars' };
  scene.ice.setParameters(session, newLocal, newRemote, 0);
  scene.ice.setParameters(session, third, newRemote, 0);
  t.equal(scene.check(path), 'none');
  t.equal(scene.check(path, {}, newLocal, newRemote), 'success', 'one back is answered');
  t.equal(scene.check(path, {}, third, newRemote), 'success');
  t.equal(scene.check(path, {}, newLocal, newRemote), 'none');
  t.end();
});

t.test('the same credentials again are no restart, and a taken ufrag is refused', (t) => {
  const scene = new Scene();
  const session = scene.open();
  t.ok(scene.ice.setParameters(session, local, remote, 0));
  t.equal(session.previous, undefined);
  const other = scene.open(newLocal, newRemote);
  t.notOk(scene.ice.setParameters(other, local, newRemote, 0));
  t.equal(scene.check(new FakePath('192.0.2.9')), 'success');
  t.ok(session.selected);
  t.equal(other.selected, undefined);
  t.end();
});

t.test('silence for 5 s is disconnected, for 30 s failed, and then nothing is answered', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const path = new FakePath('192.0.2.9');
  scene.check(path, { nominate: true });
  scene.pass(4.9 * SECOND);
  t.same(scene.states, ['connected']);
  scene.pass(0.5 * SECOND);
  t.same(scene.states, ['connected', 'disconnected:consent_expired']);
  t.equal(session.selected, path, 'still sent to: it may come back');
  scene.check(path);
  t.equal(scene.states.at(-1), 'connected', 'it came back');
  scene.pass(31 * SECOND);
  t.same(scene.states.slice(3), ['disconnected:consent_expired', 'failed:consent_expired']);
  t.equal(session.selected, undefined);
  t.equal(path.released, 1);
  t.equal(scene.check(path), 'none');
  t.equal(scene.ice.nextTimeout(), Number.POSITIVE_INFINITY, 'nothing left to wait for');
  t.end();
});

t.test('a restart revives what had failed', (t) => {
  const scene = new Scene();
  const session = scene.open();
  scene.check(new FakePath('192.0.2.9'), { nominate: true });
  scene.pass(40 * SECOND);
  scene.ice.setParameters(session, newLocal, newRemote, scene.nowUs);
  t.equal(session.state, 'new');
  const path = new FakePath('198.51.100.9');
  t.equal(scene.check(path, { nominate: true }, newLocal, newRemote), 'success');
  t.equal(session.selected, path);
  t.equal(session.state, 'connected');
  t.end();
});

t.test('media keeps a session connected, but is not consent', (t) => {
  const scene = new Scene();
  const session = scene.open();
  scene.check(new FakePath('192.0.2.9'), { nominate: true });
  for (let second = 0; second < 29; second += 1) {
    scene.pass(SECOND);
    session.noteHeard(scene.nowUs);
  }
  t.same(scene.states, ['connected']);
  scene.pass(1.5 * SECOND);
  t.same(scene.states, ['connected', 'failed:consent_expired']);
  t.end();
});

t.test('a session that is never checked fails', (t) => {
  const scene = new Scene();
  scene.open();
  scene.pass(31 * SECOND);
  t.same(scene.states, ['failed:ice_timeout']);
  t.end();
});

t.test('strangers are limited per address, checked paths are not', (t) => {
  const scene = new Scene(10, 5);
  scene.open();
  const peer = new FakePath('192.0.2.9', 1);
  scene.check(peer);
  for (let port = 2; port < 100; port += 1)
    scene.check(new FakePath('192.0.2.9', port), { password: 'wrong' });
  t.equal(scene.counters.stunIntegrityWrong, 4, 'the rest of the burst');
  t.equal(scene.counters.stunRateLimited, 94);
  t.equal(scene.check(peer), 'success', 'the peer at the same address is not hurt');
  t.equal(scene.check(new FakePath('192.0.2.10')), 'success', 'nor is another address');
  scene.pass(SECOND);
  t.equal(scene.check(new FakePath('192.0.2.9', 100)), 'success', 'tokens come back');
  t.end();
});

t.test('the paths of a session are bounded: the longest unchecked goes, never the one in use', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const paths = [1, 2, 3, 4, 5].map((host) => new FakePath(`192.0.2.${host}`));
  for (const path of paths) {
    scene.nowUs += 1000;
    scene.check(path, { nominate: path === paths[0] });
  }
  t.equal(session.pathCount, 3);
  t.same(
    paths.map(({ released }) => released),
    [0, 1, 1, 0, 0],
  );
  t.equal(session.selected, paths[0]);
  t.end();
});

t.test('a path that carries media is not given to another session', (t) => {
  const scene = new Scene();
  const victim = scene.open();
  const thief = scene.open(newLocal, newRemote);
  const path = new FakePath('192.0.2.9');
  scene.check(path, { nominate: true });
  t.equal(scene.check(path, { nominate: true }, newLocal, newRemote), 'none');
  t.equal(scene.counters.stunAddressInUse, 1);
  t.equal(path.session, victim);
  scene.pass(6 * SECOND);
  t.equal(scene.check(path, { nominate: true }, newLocal, newRemote), 'success', 'once it is silent, it may');
  t.equal(path.session, thief);
  t.equal(victim.selected, undefined);
  t.equal(path.released, 0, 'handed over, not ended');
  t.end();
});

t.test('a path that ended by itself leaves the newest of the others in use', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const tcp = new FakePath('192.0.2.9', 1, 'tcp');
  const udp = new FakePath('192.0.2.9', 2);
  scene.check(tcp, { nominate: true });
  scene.nowUs += 1;
  scene.check(udp);
  session.forget(tcp);
  t.equal(session.selected, udp);
  session.forget(udp);
  t.equal(session.selected, undefined);
  scene.check(udp);
  t.equal(session.selected, udp);
  t.end();
});

t.test('close releases every path once and says so once', (t) => {
  const scene = new Scene();
  const session = scene.open();
  const path = new FakePath('192.0.2.9');
  scene.check(path);
  scene.ice.close(session, 1);
  scene.ice.close(session, 2);
  t.equal(path.released, 1);
  t.same(scene.states, ['connected', 'closed']);
  t.equal(scene.check(path), 'none');
  t.equal(scene.ice.nextTimeout(), Number.POSITIVE_INFINITY);
  t.end();
});
