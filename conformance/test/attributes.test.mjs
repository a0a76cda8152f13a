import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();

test('attributes are set one by one and together, and read by anybody', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  await alice.conn.updateUserInfo({ nickname: 'Älice & Co', avatarurl: 'https://a.example/x?y=1', gender: 1 });
  await alice.conn.updateUserInfo('sign', 'hello world');
  const { data } = await bob.conn.fetchUserInfoById(alice.user);
  assert.deepEqual(data[alice.user], {
    nickname: 'Älice & Co', avatarurl: 'https://a.example/x?y=1', gender: '1', sign: 'hello world',
  });
  await carol.conn.updateOwnUserInfo({ nickname: 'Carol', mail: 'c@x.example', phone: '1', birth: '2000-01-01', ext: '{"a":1}' });
  const several = await bob.conn.fetchUserInfoById([alice.user, carol.user, 'nobody'], ['nickname', 'mail']);
  assert.deepEqual(several.data[alice.user], { nickname: 'Älice & Co' });
  assert.deepEqual(several.data[carol.user], { nickname: 'Carol', mail: 'c@x.example' });
  await alice.conn.updateUserInfo('nickname', 'Alice');
  assert.equal((await bob.conn.fetchUserInfoById(alice.user, 'nickname')).data[alice.user].nickname, 'Alice');
  assert.deepEqual(bob.log.filter((row) => !row.event.startsWith('onCon') && !row.event.startsWith('onOff') && !row.event.startsWith('onOn')), [],
    'nobody is told');
});

test('the nickname for notifications is another one', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const answer = await alice.conn.updateCurrentUserNick('Push');
  assert.equal(answer.entities[0].nickname, 'Push');
  assert.deepEqual((await bob.conn.fetchUserInfoById(alice.user)).data[alice.user], {});
});

test('limits', TEST, async () => {
  const [alice] = await world.people('alice');
  await failure(alice.conn.updateUserInfo('nickname', 'x'.repeat(65)));
  await alice.conn.updateUserInfo('ext', 'x'.repeat(1500));
  await failure(alice.conn.updateUserInfo({ sign: 'x'.repeat(250), avatarurl: 'y'.repeat(250), mail: 'z'.repeat(60) }));
  const { data } = await alice.conn.fetchUserInfoById(alice.user);
  assert.deepEqual(Object.keys(data[alice.user]), ['ext'], 'nothing of what was refused');
  const many = Array.from({ length: 101 }, (_, n) => `user${n}`);
  await failure(alice.conn.fetchUserInfoById(many));
  await alice.conn.fetchUserInfoById(many.slice(1));
});

test('over REST: errors have their numbers; delete empties', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const path = `/lacuna/demo/metadata/user/${alice.user}`;
  const { url } = world.server;
  const long = await call(url, 'PUT', path, { token: alice.token, body: { ext: 'x'.repeat(3000) } });
  assert.deepEqual([long.status, long.json.code], [400, 'attributes_too_long']);
  const many = Array.from({ length: 101 }, (_, n) => `user${n}`);
  const crowd = await call(url, 'POST', '/lacuna/demo/metadata/user/get', { token: alice.token, body: { targets: many } });
  assert.deepEqual([crowd.status, crowd.json.code], [400, 'too_many_users']);
  const set = await call(url, 'PUT', path, { token: alice.token, body: { nickname: 'A', gender: 2, own: true } });
  assert.deepEqual(set.json.data, { nickname: 'A', gender: '2', own: 'true' });
  assert.equal((await call(url, 'PUT', path, { token: bob.token, body: { nickname: 'B' } })).status, 403);
  assert.deepEqual((await call(url, 'GET', path, { token: bob.token })).json.data, set.json.data);
  assert.equal((await call(url, 'DELETE', path, { token: alice.token })).json.data, true);
  assert.deepEqual((await call(url, 'GET', path, { token: bob.token })).json.data, {});
  expectMissing(/metadata\/user\/nobody/);
  assert.equal((await call(url, 'GET', '/lacuna/demo/metadata/user/nobody', { token: bob.token })).status, 404);
});

noSurprises();
