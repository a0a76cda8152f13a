import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD } from '../lib/client.mjs';
import { call, expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();

test('registration through the SDK, then a password login', TEST, async () => {
  const client = world.client('registered');
  const answer = await client.conn.registerUser({ username: 'registered', password: PASSWORD, nickname: '' });
  assert.equal(answer.entities[0].username, 'registered');
  const { accessToken, duration } = await client.login();
  assert.ok(accessToken);
  assert.ok(duration > 0);
  assert.equal(client.conn.context.jid.clientResource, client.resource);
});

test('a name can be registered once', TEST, async () => {
  const name = await world.account('twice');
  const error = await failure(world.client(name).conn.registerUser({ username: name, password: PASSWORD }));
  assert.equal(error.type, 17);
});

test('a token login', TEST, async () => {
  const name = await world.account('token');
  const first = await world.device(name);
  const second = world.client(name, 'two');
  await second.login({ accessToken: first.token });
  assert.ok(second.events('onConnected').length === 1);
});

test('a wrong password is refused', TEST, async () => {
  const name = await world.account('wrong');
  const error = await failure(world.client(name).conn.open({ user: name, pwd: 'not it' }));
  assert.equal(error.type, 1);
});

test('an unknown user is refused', TEST, async () => {
  expectMissing(/^POST \/lacuna\/demo\/token/);
  const error = await failure(world.client('nobody-here').conn.open({ user: 'nobody-here', pwd: PASSWORD }));
  assert.equal(error.type, 1);
});

test('a wrong token is refused, at once', TEST, async () => {
  const name = await world.account('badtoken');
  const error = await failure(world.client(name).conn.open({ user: name, accessToken: 'no such token' }));
  assert.ok([2, 28, 56].includes(error.type), `type ${error.type} ${error.message}`);
});

test('the token of somebody else is refused', TEST, async () => {
  const [alice] = await world.people('alice');
  const name = await world.account('mallory');
  const error = await failure(world.client(name).conn.open({ user: name, accessToken: alice.token }));
  assert.ok([2, 28].includes(error.type), `type ${error.type} ${error.message}`);
});

test('renewToken takes a new token and refuses a wrong one', TEST, async () => {
  const [alice] = await world.people('alice');
  const fresh = await call(world.server.url, 'POST', '/lacuna/demo/token', {
    body: { grant_type: 'password', username: alice.user, password: PASSWORD },
  });
  const answer = await alice.conn.renewToken(fresh.json.access_token);
  assert.equal(answer.status, true);
  const wrong = await alice.conn.renewToken('no such token').then((result) => result.status, () => false);
  assert.notEqual(wrong, true);
  const [bob] = await world.people('bob');
  await alice.text(bob.user, 'still here');
  await bob.received(1);
});

test('a second socket with the same resource replaces the first', TEST, async () => {
  const [bob] = await world.people('bob');
  const name = await world.account('alice');
  const first = await world.device(name, 'same');
  const second = await world.device(name, 'same');
  await first.event('onDisconnected');
  const types = [...first.events('onError'), ...first.events('onDisconnected')].map((error) => error?.type);
  assert.ok(types.some((type) => type === 206 || type === 217), `types ${types}`);
  assert.equal(first.events('onReconnecting').length, 0);
  await bob.text(name, 'to the second');
  await second.received(1);
  assert.equal(first.messages().length, 0);
  assert.equal(second.events('onDisconnected').length, 0);
});

test('getSelfIdsOnOtherPlatform names my other devices', TEST, async () => {
  const name = await world.account('alice');
  const one = await world.device(name, 'one');
  const two = await world.device(name, 'two');
  const { data } = await one.conn.getSelfIdsOnOtherPlatform();
  assert.deepEqual(data, [`${name}/${two.resource}`]);
});

test('after a restart of the server the SDK comes back by itself', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const connected = [alice, bob].map((client) => client.events('onConnected').length);
  await world.server.restart();
  await Promise.all([alice, bob].map((client, n) => client.until(
    () => client.events('onConnected').length > connected[n], 'reconnect', 30_000)));
  const id = await alice.text(bob.user, 'back');
  assert.equal((await bob.received(1))[0].id, id);
});

noSurprises();
