import t from 'tap';
import { browserKind } from '../../../../web/page/browser-kind.ts';
import {
  codeOfFragment,
  codeOfPasted,
  inviteLink,
  onlyThisMachine,
} from '../../../../web/page/invite-link.ts';

const code = 'NSnyWMwiwndAr5lMNOdylmfHf-SwPcu5VONMBkQwQ74';

t.test('a link that was made is read again', async (test) => {
  const link = inviteLink('https://clinic.example/page?x=1#old', code);
  test.equal(link, `https://clinic.example/page#invite=${code}`);
  test.equal(codeOfFragment(new URL(link).hash), code);
  test.equal(codeOfPasted(link), code);
});

t.test('a link to the machine itself is told apart from one that leads there', async (test) => {
  for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '[::1]']) {
    test.equal(onlyThisMachine(new URL(`http://${host}:8080/`).hostname), true, host);
  }
  for (const host of ['192.168.1.20', '[fd00::2]', 'clinic.example', '12.7.0.1']) {
    test.equal(onlyThisMachine(new URL(`https://${host}:8443/`).hostname), false, host);
  }
});

t.test('a fragment without a good code has none', async (test) => {
  for (const fragment of [
    '',
    '#',
    '#invite=',
    '#invite=short',
    `#invite=${code}%20`,
    '#invite=<script>',
    '#other=1',
  ]) {
    test.equal(codeOfFragment(fragment), undefined, fragment);
  }
  test.equal(codeOfFragment(`#a=1&invite=${code}`), code);
});

t.test('people paste links, messages around links, and bare codes', async (test) => {
  test.equal(codeOfPasted(`  ${code}\n`), code);
  test.equal(codeOfPasted(`您好，请打开 https://clinic.example/#invite=${code} 谢谢`), code);
  for (const text of ['', 'hello there', 'https://clinic.example/', 'x'.repeat(300)]) {
    test.equal(codeOfPasted(text), undefined, text);
  }
});

t.test('advice about permissions fits the browser', async (test) => {
  const agents = {
    wechat: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit MicroMessenger/8.0.44',
    ios: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Safari/604.1',
    android: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36',
    firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0',
    chrome: 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0',
    safari: 'Mozilla/5.0 (Macintosh) AppleWebKit/605 Version/17.0 Safari/605.1.15',
    other: 'curl/8',
  };
  for (const [kind, agent] of Object.entries(agents)) test.equal(browserKind(agent), kind);
});
