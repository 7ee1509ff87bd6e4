import { join } from 'node:path';
import t, { type Test } from 'tap';
import { TapReport } from '../../../scripts/test/tap-report.ts';
import { runTestFile, testNames } from '../../../scripts/test/test-file.ts';

function read(...lines: string[]) {
  const tap = new TapReport();
  tap.write(Buffer.from(`TAP version 14\n${lines.join('\n')}\n`));
  tap.end();
  return tap.report;
}

/** Runs a file of this text as the runner does. */
function runText(t: Test, text: string, timeoutMs = 30_000) {
  return runTestFile(join(t.testdir({ 'x.test.mjs': text }), 'x.test.mjs'), timeoutMs, process.env);
}

t.test('top-level tests are counted, and a failure is told by its innermost name', async (t) => {
  const report = read(
    '# Subtest: outer',
    '    # Subtest: inner',
    '        not ok 1 - one is two',
    '          ---',
    '          diff: "-2 +1"',
    '          ...',
    '        1..1',
    '    not ok 1 - inner',
    '    1..1',
    'not ok 1 - outer',
    'ok 2 - fine',
    '1..2',
  );
  t.match(report, { passed: 1, failed: 1, complete: true });
  t.same(report.failures, [{ name: 'outer › inner › one is two', diagnostics: 'diff: -2 +1' }]);
});

t.test('skipped and todo points are named with their reason, wherever they are', async (t) => {
  const report = read(
    'ok 1 - a # SKIP no camera',
    '# Subtest: b',
    '    ok 1 - c # SKIP',
    '    1..1',
    'ok 2 - b',
    'not ok 3 - d # TODO later',
    '1..3',
  );
  t.match(report, { passed: 1, failed: 0, skipped: ['a (no camera)', 'b › c', 'd (todo later)'] });
});

t.test('a plan that is not kept is not complete', async (t) => {
  t.equal(read('ok 1 - a', '1..2').complete, false);
  t.equal(read('ok 1 - a').complete, false);
  t.equal(read('ok 1 - a', '1..1').complete, true);
});

t.test('a file that crashes, hangs or holds no test has failed', async (t) => {
  t.match(await runText(t, "console.log('TAP version 14\\nok 1 - a\\n1..1')"), { passed: 1, failed: 0 });
  const crashed = await runText(
    t,
    "console.log('TAP version 14\\nok 1 - a\\n1..1'); throw new Error('broken')",
  );
  t.match(crashed, { failed: 1, failures: [{ name: /code 1/, diagnostics: /broken/ }] });
  t.match(await runText(t, ''), { failed: 1 });
  t.match(await runText(t, "console.log('TAP version 14\\n1..0')"), {
    failed: 1,
    failures: [{ name: /no test/ }],
  });
  t.match(await runText(t, 'setInterval(() => {}, 1000)', 300), {
    failed: 1,
    failures: [{ name: /no end after 0.3 s/ }],
  });
});

t.test('names of tests are read from a file that cannot run', async (t) => {
  const text = "t.test('one', f);\nt.test(\n  'two',\n  f);\n  t.test('inner', f);\nt.test(`three`, f);\n";
  const path = join(t.testdir({ 'x.test.ts': text, 'y.test.ts': '' }), 'x.test.ts');
  t.same(testNames(path), ['one', 'two', 'three']);
  t.same(testNames(join(path, '../y.test.ts')), [join(path, '../y.test.ts')]);
});
