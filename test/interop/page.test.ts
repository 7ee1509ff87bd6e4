/** The consultation page, as people use it: real Chromium, real server, the page as it was built (`npm run build`). */
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchBrowser } from '../helpers/consultation-browser.ts';
import { type ServerProcess, startServerProcess } from '../helpers/server-process.ts';

const desktop = { viewport: { width: 1280, height: 800 }, locale: 'en-US' };
const phone = { viewport: { width: 390, height: 844 }, locale: 'zh-CN' };

t.setTimeout(240_000);

const server = await startServerProcess(t);
const browser = await launchBrowser(t);

/** Opens a link; whatever the browser complains of fails the test, but for the reason that the server is away. */
async function open(
  t: Test,
  link: string,
  context: BrowserContextOptions,
  from: Browser = browser,
): Promise<Page> {
  const opened = await from.newContext(context);
  t.teardown(() => opened.close());
  const page = await opened.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => t.fail(`the page threw: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.includes('ERR_') && !text.includes('WebSocket')) t.fail(text);
  });
  await page.goto(link);
  return page;
}

/** From the link to the consultation. This browser allows the devices without asking, so they open by themselves. */
async function goIn(page: Page, name: string): Promise<Page> {
  await page.locator('.preview video').waitFor();
  await page.locator('.check input[type=text]').fill(name);
  await page.locator('.check button[type=submit]').click();
  await page.locator('.controls').waitFor();
  return page;
}

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) }).click();

/** The link that the consultant's button shows. */
async function inviteFrom(page: Page, label: string): Promise<string> {
  await press(page, label);
  const link = await page.locator('.invite-link input').first().inputValue();
  const { protocol, hostname, hash } = new URL(link);
  if (protocol !== 'https:' || hostname === 'localhost')
    throw new Error(`${link} leads nowhere from a phone`);
  return `${new URL(page.url()).origin}/${hash}`;
}

/** Resolves when the other person's picture moves. */
async function seesPicture(page: Page, name: string): Promise<void> {
  const moves = `[...document.querySelectorAll('.main-views .tile')].some((tile) => {
    const video = tile.querySelector('video');
    return tile.textContent.includes(${JSON.stringify(name)}) && video?.videoWidth > 0 &&
      video.currentTime > 0.2 && !tile.classList.contains('held') &&
      tile.querySelector('.last-picture')?.hidden !== false;
  })`;
  // Not waitForFunction: it evaluates a string inside the page, which the page's policy forbids.
  for (const deadlineMs = performance.now() + 20_000; ; await pause(100)) {
    if ((await page.evaluate(moves)) === true) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`no moving picture of ${name}: ${await page.locator('body').innerText()}`);
    }
  }
}

interface Pair {
  readonly anna: Page;
  readonly li: Page;
}

/** Two people in a consultation: a consultant at a desk, a client with a phone. */
async function pair(t: Test, on: ServerProcess = server, code = on.inviteCode): Promise<Pair> {
  const anna = await goIn(await open(t, `${on.httpUrl}/#invite=${code}`, desktop), 'Anna Wei');
  const link = await inviteFrom(anna, 'Copy link for a client');
  const li = await goIn(await open(t, link, phone), '李小雨');
  await seesPicture(anna, '李小雨');
  await seesPicture(li, 'Anna Wei');
  return { anna, li };
}

t.test('one consultation, from the link to the end', { timeout: 120_000 }, async (t) => {
  const link = `${server.httpUrl}/#invite=${server.inviteCode}`;

  const looked = await open(t, link, desktop);
  await looked.locator('.check').waitFor();
  t.equal(looked.url(), `${server.httpUrl}/`, 'the code leaves the address bar at once');
  t.equal(await looked.evaluate('history.length <= 2'), true);
  await looked.context().close();

  const { anna, li } = await pair(t);
  t.pass('a link that was only looked at still lets somebody in');
  t.equal(await li.evaluate('document.documentElement.lang'), 'zh-CN');
  t.ok(await li.getByRole('button', { name: '静音', exact: true }).isVisible());

  await t.test('a camera that is switched off is off, and the other side says so', async (t) => {
    await li.keyboard.press('v');
    await li.keyboard.press('m');
    await anna.getByText('李小雨 has the camera off').waitFor();
    await anna.getByRole('img', { name: 'Microphone is off' }).waitFor();
    t.equal(await li.locator('.self video').count(), 0);
    await li.keyboard.press('v');
    await li.keyboard.press('m');
    await seesPicture(anna, '李小雨');
  });

  await t.test('messages go both ways', async () => {
    await press(li, '聊天');
    await li.locator('.compose textarea').fill('您好');
    await li.keyboard.press('Enter');
    await press(anna, 'Chat, 1 new');
    await anna.locator('.message', { hasText: '您好' }).waitFor();
    await anna.locator('.compose textarea').fill('Hello');
    await anna.keyboard.press('Enter');
    await li.locator('.message', { hasText: 'Hello' }).waitFor();
    await press(li, '关闭');
    await anna.keyboard.press('Escape');
    await anna.locator('.drawer').waitFor({ state: 'detached' });
  });

  await t.test(
    'the state of the connection is told in a word, and in numbers for whoever asks',
    async (t) => {
      await press(anna, /^Connection: (Good|Fair|Poor)/);
      const details = anna.locator('.details');
      await details.getByText('李小雨: camera').waitFor();
      const text = await details.innerText();
      t.match(text, /Path\s+UDP/);
      t.match(text, /Codec\s+VP8/);
      t.match(text, /Layer\s+S\d · T\d/);
      await press(anna, 'Close');
    },
  );

  await t.test('a screen takes the middle, and again after it was taken away', async () => {
    for (const attempt of ['first', 'second']) {
      t.comment(attempt);
      await press(anna, 'Share screen');
      await seesPicture(li, 'Anna Wei 的屏幕');
      await press(anna, 'Stop sharing');
      await li.locator('.stage:not(.presenting)').waitFor();
    }
    await seesPicture(li, 'Anna Wei');
  });

  await t.test('a network that went away is told, waited for, and forgotten when it is back', async () => {
    await li.context().setOffline(true);
    await li.getByText('连接中断，正在重新连接…').waitFor();
    await anna.getByText('李小雨 lost the connection and should be back soon').waitFor();
    await li.context().setOffline(false);
    await li.locator('.banner').waitFor({ state: 'detached' });
    await seesPicture(li, 'Anna Wei');
    await seesPicture(anna, '李小雨');
  });

  await t.test('who loads the page again is back without a link', async () => {
    await li.reload();
    await seesPicture(li, 'Anna Wei');
    await seesPicture(anna, '李小雨');
  });

  await t.test('a third person is seen beside the second', async (t) => {
    await press(anna, 'People');
    const invitation = await inviteFrom(anna, 'Copy link for a colleague');
    const chen = await goIn(await open(t, invitation, desktop), 'Chen Mei');
    for (const page of [anna, li]) await seesPicture(page, 'Chen Mei');
    for (const name of ['Anna Wei', '李小雨']) await seesPicture(chen, name);
    await press(anna, 'Remove Chen Mei');
    await chen.getByRole('heading', { name: 'You were removed from the consultation' }).waitFor();
    await anna.locator('.main-views .tile').nth(1).waitFor({ state: 'detached' });
  });

  await t.test('the consultant ends it for everyone', async () => {
    await press(anna, 'Hang up');
    await press(anna, /End for everyone/);
    await anna.getByRole('heading', { name: 'The consultation has ended' }).waitFor();
    await li.getByRole('heading', { name: '面诊已结束' }).waitFor();
  });
});

t.test('a link that was used says so in the words of the server', async (t) => {
  const page = await open(t, `${server.httpUrl}/#invite=${server.inviteCode}`, { ...desktop });
  await page.locator('.preview video').waitFor();
  const used = page.waitForResponse(/redeem/);
  // The browser reports the refusal as an error of its own.
  page.removeAllListeners('console');
  await page.locator('.check button[type=submit]').click();
  t.equal((await used).status(), 401);
  await page.getByText('This link no longer works. Please ask the clinic for a new one.').waitFor();
});

t.test('without a link the page says how to get one, and takes a pasted one', async (t) => {
  const page = await open(t, `${server.httpUrl}/`, desktop);
  await page.getByRole('heading', { name: 'Your consultation starts with a link' }).waitFor();
  await page.locator('input').fill('good morning');
  await press(page, 'Continue');
  await page.getByText('There is no invitation in this text').waitFor();
  await press(page, '中文');
  await page.getByRole('heading', { name: '通过链接开始面诊' }).waitFor();
  await page.locator('input').fill('请打开 https://clinic.example/#invite=abcdefgh12345678');
  await press(page, '继续');
  await page.getByRole('heading', { name: '进入之前' }).waitFor();
});

t.test('a browser that forbids the camera gets the cure, and may go in without', async (t) => {
  const strict = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      '--deny-permission-prompts',
    ],
  });
  t.teardown(() => strict.close());
  const page = await open(t, `${server.httpUrl}/#invite=abcdefgh12345678`, desktop, strict);
  await page.locator('.preview button').click();
  await page.getByText('The browser was not allowed to use the camera.').waitFor();
  await page.getByText('Click the icon left of the address').waitFor();
  t.ok(await page.getByRole('button', { name: 'Join without camera' }).isEnabled());
});

t.test('people come back by themselves after the server was started anew', { timeout: 60_000 }, async (t) => {
  const first = await startServerProcess(t, { VISAVIS__SERVER__DRAIN_SECONDS: '0' });
  const { anna, li } = await pair(t, first);
  first.child.kill('SIGTERM');
  await first.ended;
  await anna.getByText('Connection interrupted. Reconnecting…').waitFor();
  await li.locator('.tile.held').first().waitFor();
  await startServerProcess(t, {
    VISAVIS__DATA__DIRECTORY: first.dataDirectory,
    VISAVIS__SERVER__HTTP_PORT: new URL(first.httpUrl).port,
  });
  await seesPicture(anna, '李小雨');
  await seesPicture(li, 'Anna Wei');
});
