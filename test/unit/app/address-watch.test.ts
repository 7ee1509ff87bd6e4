import pino from 'pino';
import t, { type Test } from 'tap';
import { AddressWatch } from '../../../src/app/address-watch.ts';

/** A watch over a machine whose addresses the test sets. */
function watchOver(t: Test, first: readonly string[], onChange: (addresses: readonly string[]) => void) {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const machine = { addresses: first };
  const watch = new AddressWatch({ log, addresses: () => machine.addresses, onChange });
  t.teardown(() => watch.close());
  return { watch, machine, lines };
}

t.test('what follows is told of a lease that came after the start, once, and it is logged', async (t) => {
  const told: (readonly string[])[] = [];
  const { watch, machine, lines } = watchOver(t, [], (addresses) => told.push(addresses));
  watch.check();
  t.same([told, lines], [[], []], 'nothing has changed yet');
  machine.addresses = ['192.168.1.5'];
  watch.check();
  watch.check();
  machine.addresses = ['10.0.0.5', '192.168.1.5'];
  watch.check();
  machine.addresses = ['192.168.1.5', '10.0.0.5'];
  watch.check();
  t.same(told, [['192.168.1.5'], ['10.0.0.5', '192.168.1.5'], ['192.168.1.5', '10.0.0.5']]);
  t.equal(lines.length, 3);
  t.match(lines[0], /"addresses":\["192.168.1.5"\],"before":\[\]/);
});

t.test('what cannot follow is logged, and the next change is told again', async (t) => {
  let calls = 0;
  const { watch, machine, lines } = watchOver(t, ['10.0.0.5'], () => {
    calls += 1;
    throw new TypeError('nothing listens for it');
  });
  machine.addresses = ['fd00::5'];
  watch.check();
  watch.check();
  t.equal(calls, 1);
  t.match(lines[1], /could not be taken over/);
  machine.addresses = ['10.0.0.6'];
  watch.check();
  t.equal(calls, 2);
});
