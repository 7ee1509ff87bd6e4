import fc from 'fast-check';
import t from 'tap';
import { parseRequest } from '../../../../src/signaling/protocol/validate.ts';

const code = (text: string) => {
  const parsed = parseRequest(text);
  return parsed.ok ? 'ok' : `${parsed.id ?? '-'} ${parsed.error.code}`;
};

t.test('frames are told apart: fine, answerable and hopeless', async (t) => {
  const rows: [string, string][] = [
    ['{"id":1,"type":"ping"}', 'ok'],
    ['{"id":0,"type":"ping","data":{}}', 'ok'],
    ['{"id":"a","type":"leave","data":{}}', 'ok'],
    ['{"id":1,"type":"join","data":{"token":"x"}}', 'ok'],
    ['{"id":1,"type":"unknown","data":{}}', '1 request_unknown'],
    ['{"id":1,"type":"constructor","data":{}}', '1 request_unknown'],
    ['{"id":1,"type":"__proto__","data":{}}', '1 request_unknown'],
    ['{"id":1,"type":"mute","data":{}}', '1 message_invalid'],
    ['{"id":1,"type":"mute"}', '1 message_invalid'],
    ['{"id":1,"type":"ping","data":{"extra":1}}', '1 message_invalid'],
    ['{"id":1,"type":"ping","data":[]}', '1 message_invalid'],
    ['{"id":1,"type":"ping","more":1}', '1 message_invalid'],
    ['{"id":1}', '1 message_invalid'],
    ['{"id":-1,"type":"ping"}', '- protocol_violation'],
    ['{"id":1.5,"type":"ping"}', '- protocol_violation'],
    ['{"id":"","type":"ping"}', '- protocol_violation'],
    ['{"type":"ping"}', '- protocol_violation'],
    ['[]', '- protocol_violation'],
    ['null', '- protocol_violation'],
    ['1', '- protocol_violation'],
    ['{', '- protocol_violation'],
    ['', '- protocol_violation'],
  ];
  for (const [text, expected] of rows) t.equal(code(text), expected, text);
});

t.test('a mismatch says where, and does not repeat what was sent', async (t) => {
  const secret = 'eyJhbGciOi';
  const parsed = parseRequest(JSON.stringify({ id: 1, type: 'join', data: { token: { secret } } }));
  t.notOk(parsed.ok);
  if (parsed.ok) return;
  t.match(parsed.error.message, '/token');
  t.notMatch(parsed.error.message, secret);
});

t.test('nothing that arrives throws out of the parser', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.anything().map((value) => JSON.stringify(value) ?? ''),
      ),
      (text) => {
        parseRequest(text);
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
  t.pass('2000 texts');
});
