// In a real browser, cross-origin: a page from another port loads the SDK file and talks to the server.
// Needs chromium (CHROMIUM, else /usr/bin/chromium); without one the tests are skipped, with CI=true they fail.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { PASSWORD, register } from '../lib/register.mjs';
import { Server } from '../lib/server.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const SDKS = { easemob: 'easemob-websdk', agora: 'agora-chat' };
const TEST = { timeout: 90_000, skip: !existsSync(CHROMIUM) && !process.env.CI && `no ${CHROMIUM}` };
const require = createRequire(import.meta.url);

const server = new Server();
let pages;
let browser;

before(async () => {
  if (TEST.skip) return;
  await server.start();
  pages = createServer((request, answer) => {
    const sdk = SDKS[request.url.slice(1).replace('.js', '')];
    if (!sdk) return answer.writeHead(404).end();
    if (request.url.endsWith('.js')) {
      return answer.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(require.resolve(sdk)));
    }
    return answer.writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="${request.url}.js"></script>`);
  });
  await new Promise((resolve) => { pages.listen(0, '127.0.0.1', resolve); });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});

after(async () => {
  await browser?.close();
  pages?.close();
  if (!TEST.skip) assert.equal(await server.remove(), 0, server.output);
});

/** A page in a browser profile of its own, logged in as one device of `user`. */
async function device(sdk, user, deviceId) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const answers = [];
  page.on('response', (response) => answers.push({ status: response.status(), url: response.url() }));
  page.on('requestfailed', (request) => answers.push({ status: 0, url: request.url() }));
  await page.goto(`http://127.0.0.1:${pages.address().port}/${sdk}`);
  await page.evaluate(async ({ server, user, password, deviceId }) => {
    const root = globalThis.websdk;
    const sdk = root.default ?? root;
    sdk.logger.disableAll();
    const conn = new sdk.connection({ appKey: 'lacuna#demo', url: server.socket, apiUrl: server.rest, isHttpDNS: false, deviceId, isFixedDeviceId: false });
    globalThis.test = { sdk, conn, seen: [] };
    const keep = (event) => (data) => globalThis.test.seen.push({ event, data });
    conn.addEventHandler('test', Object.fromEntries(['onConnected', 'onTextMessage', 'onMultiDeviceEvent', 'onError'].map((event) => [event, keep(event)])));
    await conn.open({ user, pwd: password });
  }, { server: { socket: server.socketUrl, rest: server.url }, user, password: PASSWORD, deviceId });
  return {
    page,
    answers,
    /** Waits for a callback. */
    until: (event, key, value) => page.waitForFunction(
      ([event, key, value]) => globalThis.test.seen.some((row) => row.event === event && (!key || row.data[key] === value)),
      [event, key, value], { timeout: 20_000 }),
  };
}

for (const sdk of Object.keys(SDKS)) {
  test(`${sdk}: login, send, history, delete by ids, the other device's event`, TEST, async () => {
    const [alice, bob] = [`${sdk}-alice`, `${sdk}-bob`];
    for (const user of [alice, bob]) await register(server, user);
    const phone = await device(sdk, alice, 'phone');
    const tablet = await device(sdk, alice, 'tablet');
    const peer = await device(sdk, bob, 'phone');
    for (const each of [phone, tablet, peer]) await each.until('onConnected');

    const ids = await phone.page.evaluate(async (to) => {
      const sent = [];
      for (const msg of ['one', 'two', 'three']) {
        const message = globalThis.test.sdk.message.create({ type: 'txt', chatType: 'singleChat', to, msg });
        sent.push((await globalThis.test.conn.send(message)).serverMsgId);
      }
      return sent;
    }, bob);
    await peer.until('onTextMessage', 'id', ids[2]);
    await tablet.until('onTextMessage', 'id', ids[2]);

    const history = (client, targetId) => client.page.evaluate(async (targetId) => {
      const page = await globalThis.test.conn.getHistoryMessages({ targetId, chatType: 'singleChat', pageSize: 20, cursor: -1 });
      return page.messages.map((message) => message.id);
    }, targetId);
    assert.deepEqual(await history(phone, bob), [...ids].reverse());

    await phone.page.evaluate(([targetId, id]) => globalThis.test.conn.removeHistoryMessages({ targetId, chatType: 'singleChat', messageIds: [id] }), [bob, ids[1]]);
    await tablet.until('onMultiDeviceEvent', 'operation', 'deleteRoaming');
    assert.deepEqual(await history(phone, bob), [ids[2], ids[0]]);
    assert.deepEqual(await history(tablet, bob), [ids[2], ids[0]]);
    assert.deepEqual(await history(peer, alice), [...ids].reverse());
    for (const each of [phone, peer]) {
      assert.deepEqual(await each.page.evaluate(() => globalThis.test.seen.filter((row) => row.event === 'onMultiDeviceEvent')), []);
    }
    for (const { page, answers } of [phone, tablet, peer]) {
      assert.deepEqual(answers.filter(({ status }) => status < 200 || status >= 400), [], 'requests that failed');
      await page.context().close();
    }
  });
}
