import t from 'tap';
import { backoffMs } from '../../../../web/sdk/backoff.ts';
import { ConsultationError, localError } from '../../../../web/sdk/client-error.ts';
import { Emitter } from '../../../../web/sdk/emitter.ts';
import { wantedHeight } from '../../../../web/sdk/wanted-height.ts';

t.test('the first attempt is made at once, later ones are spread by a quarter both ways', async (test) => {
  test.equal(backoffMs(0, 0), 0);
  test.equal(backoffMs(0, 0.999), 0);
  test.equal(backoffMs(2, 0), 750);
  test.equal(backoffMs(2, 0.5), 1_000);
  test.ok(backoffMs(2, 0.999999) <= 1_250);
  test.equal(backoffMs(1_000, 0.5), 10_000);
});

t.test(
  'the wanted height is that of the picture in the element, in device pixels and steps',
  async (test) => {
    const box = { width: 640, height: 360 };
    test.equal(wantedHeight(box, 1, 'contain'), 360);
    test.equal(wantedHeight(box, 2, 'contain'), 720);
    test.equal(wantedHeight({ width: 640, height: 361 }, 1, 'cover'), 420);
    test.equal(wantedHeight({ width: 390, height: 844 }, 1, 'contain'), 240, 'bars above and below');
    test.equal(wantedHeight({ width: 390, height: 844 }, 1, 'cover'), 900, 'cropped at the sides');
    test.equal(wantedHeight({ width: 0, height: 0 }, 2, 'cover'), 0, 'not shown');
  },
);

t.test('a listener is called until it is taken away, and others hear though one fails', async (test) => {
  const emitter = new Emitter<{ said: string }>();
  const heard: string[] = [];
  const off = emitter.on('said', (word) => heard.push(word));
  emitter.emit('said', 'one');
  off();
  off();
  emitter.emit('said', 'two');
  test.same(heard, ['one']);
});

t.test('an error of this side has what the registry of the server has', async (test) => {
  const error = new ConsultationError(localError('unreachable'));
  test.equal(error.code, 'unreachable');
  test.match(error.body, { retryable: true, tell: { en: /network/, zh: /网络/ } });
});
