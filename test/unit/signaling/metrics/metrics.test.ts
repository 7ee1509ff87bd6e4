import t from 'tap';
import { writeExposition } from '../../../../src/signaling/metrics/exposition.ts';
import { RunningTotals } from '../../../../src/signaling/metrics/running-totals.ts';

t.test('the text format escapes what must be escaped', async (t) => {
  const text = writeExposition([
    {
      name: 'a_total',
      type: 'counter',
      help: 'a \\ b\nc',
      samples: [{ value: 1 }, { labels: { x: 'q"\\\n', y: '2' }, value: 0.5 }],
    },
    { name: 'b', type: 'gauge', help: 'none', samples: [] },
  ]);
  t.equal(
    text,
    [
      '# HELP a_total a \\\\ b\\nc',
      '# TYPE a_total counter',
      'a_total 1',
      'a_total{x="q\\"\\\\\\n",y="2"} 0.5',
      '# HELP b none',
      '# TYPE b gauge',
      '',
    ].join('\n'),
  );
});

t.test('totals never fall, though owners come, go and begin again', async (t) => {
  const totals = new RunningTotals();
  totals.observe('room 1', { late: 3 });
  totals.observe('room 1', { late: 5 });
  totals.observe('room 2', { late: 1, early: 1 });
  t.strictSame(
    [...totals.totals],
    [
      ['late', 6],
      ['early', 1],
    ],
  );
  totals.forget('room 1');
  totals.observe('room 2', { late: 0 });
  t.equal(totals.totals.get('late'), 6);
  totals.observe('room 2', { late: 2 });
  t.equal(totals.totals.get('late'), 8);
  t.strictSame([...totals.owners], ['room 2']);
});
