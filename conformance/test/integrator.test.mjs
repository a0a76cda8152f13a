// What an integrator does over REST, seen by users on official SDKs: messages of the past, and devices.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const DAY_MS = 24 * 3600 * 1000;
let token;

/** A call of the server API; answers its JSON. */
async function api(method, path, body) {
  if (!token && path !== 'token') {
    const secret = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo-secret' };
    token = (await api('POST', 'token', secret)).access_token;
  }
  const answer = await call(world.server.url, method, `/lacuna/demo/${path}`, { token, body });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

test('messages of the past arrive with their times, and are history', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const start = Date.now() - 7 * DAY_MS;
  const ids = [];
  for (let day = 0; day < 3; day += 1) {
    const { data } = await api('POST', 'messages/users/import', {
      from: alice.user, target: bob.user, type: 'txt', body: { msg: `day ${day}` }, msg_timestamp: start + day * DAY_MS,
    });
    ids.push(data.msg_id);
  }
  const got = await bob.received(3);
  assert.deepEqual(got.map(({ id, msg, time }) => [id, msg, Number(time)]),
    ids.map((id, day) => [id, `day ${day}`, start + day * DAY_MS]));
  assert.deepEqual(await bob.history(alice.user), [...ids].reverse());
  const { messages } = await alice.page(bob.user);
  assert.deepEqual(messages.map(({ time }) => Number(time)), [2, 1, 0].map((day) => start + day * DAY_MS));
  const [row] = await bob.conversations();
  assert.equal(row.unReadCount, 3);
  const id = await alice.text(bob.user, 'today');
  await bob.received(4);
  assert.deepEqual(await bob.history(alice.user), [id, ...[...ids].reverse()]);
  await bob.conn.removeHistoryMessages({ targetId: alice.user, chatType: 'singleChat', beforeTimeStamp: start + DAY_MS });
  assert.deepEqual(await bob.history(alice.user), [id, ids[2]]);
});

test('who is away gets them when it comes', TEST, async () => {
  const [alice] = await world.people('alice');
  const user = await world.account('bob');
  const at = Date.now() - DAY_MS;
  const { data } = await api('POST', 'messages/users/import', {
    from: alice.user, target: user, type: 'txt', body: { msg: 'yesterday' }, msg_timestamp: at,
  });
  assert.deepEqual((await api('GET', `users/${user}/offline_msg_count`)).data, { [user]: 1 });
  const status = `users/${user}/offline_msg_status/${data.msg_id}`;
  assert.deepEqual((await api('GET', status)).data, { [data.msg_id]: 'undelivered' });
  const bob = await world.device(user);
  const [got] = await bob.received(1);
  assert.equal(Number(got.time), at);
  const online = { usernames: [user, alice.user, 'nobody'] };
  assert.deepEqual((await api('POST', 'users/batch/status', online)).data,
    [{ [user]: 'online' }, { [alice.user]: 'online' }, { nobody: 'offline' }]);
});

test('who is out of use is put out, and not let in', TEST, async () => {
  const [alice] = await world.people('alice');
  // Its login is answered before it counts as connected: what it sends is answered after.
  await alice.text(alice.user, 'here');
  const out = alice.event('onDisconnected');
  await api('POST', `users/${alice.user}/deactivate`);
  await out;
  const again = world.client(alice.user);
  const { data } = await failure(again.login());
  assert.match(JSON.stringify(data), /user not activated/);
  await failure(world.client(alice.user, 'two').login({ accessToken: alice.token }));
  await api('POST', `users/${alice.user}/activate`);
  await again.login();
});

noSurprises();
