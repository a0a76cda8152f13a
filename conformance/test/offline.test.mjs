import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sockets } from '../lib/sdk.mjs';
import { noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const GROUP = { chatType: 'groupChat' };
const ids = (rows) => rows.map(({ id }) => id);

test('what came while I was away arrives once and in order', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  bob.close();
  const fromAlice = await alice.texts(bob.user, 5);
  const fromCarol = await carol.texts(bob.user, 5);
  const again = await world.device(bob.user);
  await again.received(10);
  await again.event('onOfflineMessageSyncFinish');
  assert.deepEqual(ids(again.messages(({ from }) => from === alice.user)), ids(fromAlice));
  assert.deepEqual(ids(again.messages(({ from }) => from === carol.user)), ids(fromCarol));
  // Acknowledged is acknowledged: a third login gets only what is new.
  again.close();
  const id = await alice.text(bob.user, 'one more');
  const third = await world.device(bob.user);
  await third.received(1);
  assert.deepEqual(ids(third.messages()), [id]);
});

test('150 waiting messages arrive exactly once and in order', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const group = await world.group(alice, [bob]);
  await bob.event('onGroupEvent', (event) => event.id === group);
  bob.close();
  const single = await Promise.all(Array.from({ length: 150 }, (_, n) => alice.text(bob.user, `single ${n}`)));
  const inGroup = await Promise.all(Array.from({ length: 150 }, (_, n) => alice.text(group, `group ${n}`, GROUP)));
  const again = await world.device(bob.user);
  await again.received(300, undefined, 60_000);
  const id = await alice.text(bob.user, 'the end');
  await again.received(1, (message) => message.id === id);
  assert.deepEqual(ids(again.messages(({ chatType }) => chatType === 'singleChat')), [...single, id]);
  assert.deepEqual(ids(again.messages(({ chatType }) => chatType === 'groupChat')), inGroup);
});

test('each device of an account has its own place', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(bob.user, 'two');
  tablet.close();
  const sent = await alice.texts(bob.user, 3);
  await bob.received(3);
  const again = await world.device(bob.user, 'two');
  await again.received(3);
  assert.deepEqual(ids(again.messages()), ids(sent));
  assert.deepEqual(ids(bob.messages()), ids(sent));
});

test('my own messages reach my device that was away', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  tablet.close();
  const mine = await alice.texts(bob.user, 2);
  const [theirs] = await bob.texts(alice.user, 1);
  const again = await world.device(alice.user, 'two');
  await again.received(3);
  assert.deepEqual(ids(again.messages()), [...ids(mine), theirs.id]);
});

test('a new device gets no backlog, but reads the history', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const sent = await alice.texts(bob.user, 3);
  await bob.received(3);
  const fresh = await world.device(bob.user, 'fresh');
  const id = await alice.text(bob.user, 'live');
  await fresh.received(1);
  assert.deepEqual(ids(fresh.messages()), [id]);
  assert.deepEqual(await fresh.history(alice.user), [id, ...ids(sent).reverse()]);
});

test('a message deleted before it was fetched never arrives', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(bob.user, 'two');
  tablet.close();
  const [first, second, third] = await alice.texts(bob.user, 3);
  await bob.received(3);
  await bob.conn.removeHistoryMessages({ targetId: alice.user, chatType: 'singleChat', messageIds: [second.id] });
  const again = await world.device(bob.user, 'two');
  await again.received(2);
  const last = await alice.text(bob.user, 'after');
  await again.received(1, (message) => message.id === last);
  assert.deepEqual(ids(again.messages()), [first.id, third.id, last]);
});

test('a line that breaks while messages come in loses and repeats nothing', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const sending = alice.texts(bob.user, 120);
  for (const count of [20, 50, 80]) {
    await bob.received(count, undefined, 30_000);
    const connected = bob.events('onConnected').length;
    bob.conn.sock.terminate();
    await bob.until(() => bob.events('onConnected').length > connected, 'reconnect', 30_000);
  }
  const sent = await sending;
  await bob.received(120, undefined, 30_000);
  assert.deepEqual(ids(bob.messages()), ids(sent));
  assert.ok(sockets.size >= 2);
});

noSurprises();
