import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const rows = (client, user) => client.events('onPresenceStatusChange').flat().filter((row) => row.userId === user);

/** The next presence of `user` that `client` is told and that satisfies `filter`. */
const told = (client, user, filter = () => true) => client.until(() => rows(client, user).find(filter), `presence of ${user}`);

const results = (answer) => answer.result ?? answer.data.result;

test('who subscribes is told what is published', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const [now] = results(await alice.conn.subscribePresence({ usernames: [bob.user], expiry: 1000 }));
  assert.deepEqual([now.uid, now.ext, now.status], [bob.user, '', { [bob.resource]: '1' }]);
  await bob.conn.publishPresence({ description: 'in a meeting' });
  const row = await told(alice, bob.user);
  assert.equal(row.ext, 'in a meeting');
  assert.deepEqual(row.statusDetails, [{ device: bob.resource, status: 1 }]);
  assert.ok(row.expire > 990 && row.expire <= 1000, `expires in ${row.expire}`);
  assert.ok(Math.abs(row.lastTime - Date.now() / 1000) < 60);
  assert.deepEqual(rows(carol, bob.user), []);
  const [found] = results(await carol.conn.getPresenceStatus({ usernames: [bob.user] }));
  assert.deepEqual([found.uid, found.ext, found.expiry], [bob.user, 'in a meeting', '0']);
  await alice.conn.unsubscribePresence({ usernames: [bob.user] });
  await bob.conn.publishPresence({ description: 'back' });
  await bob.text(alice.user, 'after');
  await alice.received(1);
  assert.equal(rows(alice, bob.user).length, 1);
});

test('who subscribes is told that somebody comes and goes, but not of a short absence', TEST, async () => {
  const [alice, carol] = await world.people('alice', 'carol');
  const bob = await world.account('bob');
  await alice.conn.subscribePresence({ usernames: [bob, carol.user], expiry: 1000 });
  const phone = await world.device(bob, 'phone');
  await told(alice, bob, (row) => row.statusDetails.some((detail) => detail.device === phone.resource && detail.status === 1));
  phone.close();
  const again = await world.device(bob, 'phone');
  const tablet = await world.device(bob, 'tablet');
  again.close();
  carol.close();
  // She went last: by now the server would have told that he went.
  await told(alice, carol.user, (row) => row.statusDetails.every((detail) => detail.status === 0));
  assert.equal(rows(alice, bob).length, 1, 'a reconnect and a second device are no news');
  tablet.close();
  const gone = await told(alice, bob, (row) => row.statusDetails.every((detail) => detail.status === 0));
  assert.deepEqual(gone.statusDetails, [{ device: tablet.resource, status: 0 }]);
  assert.equal(rows(alice, bob).length, 2);
  const [found] = results(await alice.conn.getPresenceStatus({ usernames: [bob] }));
  assert.deepEqual(found.status, {});
});

test('what is published while the subscriber is away is not told later', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await alice.conn.subscribePresence({ usernames: [bob.user], expiry: 1000 });
  alice.close();
  await bob.conn.publishPresence({ description: 'unheard' });
  await bob.text(alice.user, 'after');
  const back = await world.device(alice.user, 'one');
  await back.received(1);
  assert.deepEqual(rows(back, bob.user), []);
  const [found] = results(await back.conn.getPresenceStatus({ usernames: [bob.user] }));
  assert.equal(found.ext, 'unheard');
});

test('subscriptions are listed in pages', TEST, async () => {
  const [alice, ...others] = await world.people('alice', 'b', 'c', 'd');
  const names = others.map((other) => other.user);
  await alice.conn.subscribePresence({ usernames: names, expiry: 500 });
  const page = async (pageNum) => (await alice.conn.getSubscribedPresenceList({ pageNum, pageSize: 2 })).data.result;
  const [first, second] = [await page(1), await page(2)];
  assert.deepEqual([first.totalnum, first.sublist.length, second.sublist.length], [3, 2, 1]);
  assert.deepEqual([...first.sublist, ...second.sublist].map((row) => row.uid).sort(), names.sort());
  assert.ok(first.sublist.every((row) => row.expiry > 490 && row.expiry <= 500));
  assert.equal((await alice.conn.getSubscribedPresencelist({ pageNum: 1, pageSize: 10 })).data.result.totalnum, 3);
  await alice.conn.unsubscribePresence({ usernames: names });
  assert.equal((await page(1)).totalnum, 0);
});

test('limits', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await failure(alice.conn.publishPresence({ description: 'x'.repeat(65) }));
  const { url } = world.server;
  const path = `/lacuna/demo/users/${alice.user}/presence`;
  const post = async (rest, usernames) => (await call(url, 'POST', path + rest, { token: alice.token, body: { usernames } })).json.code;
  assert.equal(await post('/100', [alice.user]), 'presence_of_oneself');
  assert.equal(await post('/2592001', [bob.user]), 'presence_param_exceeded');
  assert.equal(await post('/0', [bob.user]), 'presence_param_exceeded');
  assert.equal(await post('/100', Array.from({ length: 101 }, (_, n) => `u${n}`)), 'presence_param_exceeded');
  assert.equal(await post('', Array.from({ length: 101 }, (_, n) => `u${n}`)), 'presence_param_exceeded');
  expectMissing(/presence\/100/);
  assert.equal((await failure(alice.conn.subscribePresence({ usernames: ['nobody-at-all'], expiry: 100 }))).type, 204);
  await failure(bob.conn.subscribePresence({ usernames: [bob.user], expiry: 100 }));
});

noSurprises();
