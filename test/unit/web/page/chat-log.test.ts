import t from 'tap';
import {
  type ChatMessage,
  chatPayload,
  readChatPayload,
  withMessage,
  withStatus,
} from '../../../../web/page/chat-log.ts';

const message = (id: string, change: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  from: 'anna',
  name: 'Anna',
  text: id,
  at: new Date(0),
  status: 'sent',
  ...change,
});

t.test('what is written can be read', async (test) => {
  test.same(readChatPayload(chatPayload('1', '您好 "quotes" \n')), { id: '1', text: '您好 "quotes" \n' });
});

t.test('what is not a message of this page is none', async (test) => {
  for (const payload of ['', '{', 'null', '7', '"x"', '{}', '{"id":1,"text":"x"}', '{"id":"1","text":""}']) {
    test.equal(readChatPayload(payload), undefined, payload);
  }
});

t.test('a text that is too long is cut, here and there', async (test) => {
  const long = 'x'.repeat(10_000);
  test.equal(readChatPayload(chatPayload('1', long))?.text.length, 4_000);
  test.equal(readChatPayload(JSON.stringify({ id: '1', text: long }))?.text.length, 4_000);
});

t.test('a message that comes twice is shown once', async (test) => {
  const log = withMessage(withMessage([], message('1')), message('1'));
  test.equal(log.length, 1);
});

t.test('what was written here stays ours when the server sends it back', async (test) => {
  const log = withMessage(
    [message('1', { from: undefined, status: 'sending' })],
    message('1', { from: 'me' }),
  );
  test.match(log, [{ from: undefined, status: 'sent' }]);
});

t.test('a message that failed can be told from one that was sent', async (test) => {
  const log = withStatus([message('1'), message('2', { status: 'sending' })], '2', 'failed');
  test.same(
    log.map(({ status }) => status),
    ['sent', 'failed'],
  );
});

t.test('the log keeps the newest 500', async (test) => {
  let log: readonly ChatMessage[] = [];
  for (let i = 0; i < 501; i++) log = withMessage(log, message(String(i)));
  test.equal(log.length, 500);
  test.equal(log[0]?.id, '1');
});
