// An integrator that is asked before messages are sent, and told what happens, as the SDKs' users see it.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const SECRET = 'between us';
const events = [];
const waiting = new Set();

/** Refuses what says "spam", and stars what says "rude". */
function answer({ payload }) {
  const text = payload.bodies[0].msg ?? '';
  if (text.includes('spam')) return { valid: false, code: 'no spam here' };
  if (text.includes('rude')) return { valid: true, payload: { msg: text.replaceAll('rude', '****') } };
  return { valid: true };
}

const integrator = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    const [, time, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(request.headers['x-lacuna-signature']) ?? [];
    const want = createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex');
    if (given !== want) return response.writeHead(401).end();
    const call = JSON.parse(body);
    if (request.url === '/ask') {
      // Every other question is answered late.
      const late = /[02468]$/.test(call.payload.bodies[0].msg ?? '') ? 40 : 0;
      return setTimeout(() => response.end(JSON.stringify(answer(call))), late);
    }
    events.push(call);
    for (const look of [...waiting]) look();
    return response.end();
  });
});
await new Promise((resolve) => { integrator.listen(0, '127.0.0.1', resolve); });
const url = `http://127.0.0.1:${integrator.address().port}`;

const world = suite({
  config: `
[server]
development = true
[limits]
requests_per_second = 0
[apps."lacuna#demo"]
client_id = "demo"
client_secret = "demo-secret"
open_registration = true
[apps."lacuna#demo".webhooks]
url = "${url}/told"
secret = "${SECRET}"
events = ["message.sent", "message.offline", "history.deleted"]
[apps."lacuna#demo".pre_send]
url = "${url}/ask"
secret = "${SECRET}"
timeout_ms = 5000
fail = "closed"
`,
});
after(() => integrator.close());

/** The first event that satisfies `filter`, waited for. */
function told(filter) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not told; last: ${JSON.stringify(events.slice(-3))}`)), 15_000);
    const look = () => {
      const found = events.find(filter);
      if (!found) return;
      clearTimeout(timer);
      waiting.delete(look);
      resolve(found);
    };
    waiting.add(look);
    look();
  });
}

test('a message that is refused reaches nobody, and its sender knows why', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const error = await failure(alice.text(bob.user, 'this is spam'));
  assert.equal(error.type, 502);
  await alice.text(bob.user, 'this is not');
  const got = await bob.received(1);
  assert.deepEqual(got.map(({ msg }) => msg), ['this is not']);
  assert.equal((await bob.history(alice.user)).length, 1);
});

test('a text that is replaced is what everybody gets, the sender too', TEST, async () => {
  const users = await Promise.all(['alice', 'bob'].map((stem) => world.account(stem)));
  const alice = await world.device(users[0], 'one', { useReplacedMessageContents: true });
  const bob = await world.device(users[1]);
  const { sdk } = await import('../lib/sdk.mjs');
  const built = sdk.message.create({ type: 'txt', chatType: 'singleChat', to: bob.user, msg: 'a rude word', ext: { kept: 1 } });
  const sent = await alice.conn.send(built);
  assert.equal(sent.message.msg, 'a **** word');
  const [got] = await bob.received(1);
  assert.equal(got.id, sent.serverMsgId);
  assert.equal(got.msg, 'a **** word');
  assert.deepEqual(got.ext, { kept: 1 });
  const page = await bob.page(alice.user);
  assert.equal(page.messages[0].msg, 'a **** word');
});

test('messages keep their order although each is asked about', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const texts = Array.from({ length: 20 }, (_, n) => `text ${n}`);
  await Promise.all(texts.map((text) => alice.text(bob.user, text)));
  const got = await bob.received(20);
  assert.deepEqual(got.map(({ msg }) => msg), texts);
});

test('what happens is told, and what is deleted is not said', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const absent = await world.account('carol');
  const id = await alice.text(bob.user, 'for the record');
  const sent = await told(({ event, msg_id: msg }) => event === 'message.sent' && msg === id);
  assert.equal(sent.from, alice.user);
  assert.equal(sent.to, bob.user);
  assert.equal(sent.payload.bodies[0].msg, 'for the record');
  const missed = await alice.text(absent, 'are you there');
  await told(({ event, msg_id: msg }) => event === 'message.offline' && msg === missed);
  assert.ok(!events.some(({ event, msg_id: msg }) => event === 'message.offline' && msg === id));
  await alice.conn.removeHistoryMessages({ targetId: bob.user, chatType: 'singleChat', messageIds: [id] });
  const deleted = await told(({ event, user }) => event === 'history.deleted' && user === alice.user);
  assert.equal(deleted.conversation, bob.user);
  assert.ok(!JSON.stringify(deleted).includes('record'));
});

noSurprises();
