// The server dies without warning (SIGKILL). What it acknowledged is there, once and in order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const IN_FLIGHT = 16;
const newestFirst = (list) => [...list].reverse();

/** Sends `count` texts, several at a time; calls `onAck` after each; answers the acknowledged `{id, msg}`. */
async function flood(client, to, count, onAck) {
  const acked = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const msg = `flood ${next}`;
      next += 1;
      const id = await client.text(to, msg).catch(() => null);
      if (id) acked.push({ id, msg });
      onAck(acked.length);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return acked;
}

test('killed in the middle of many sends', { timeout: 180_000 }, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const connected = [alice, bob].map((client) => client.events('onConnected').length);
  let killed;
  const acked = await flood(alice, bob.user, 1000, (count) => {
    if (count >= 400) killed ??= world.server.kill().then(() => world.server.start());
  });
  await killed;
  await Promise.all([alice, bob].map((client, n) => client.until(
    () => client.events('onConnected').length > connected[n], 'reconnect', 60_000)));
  const last = await alice.text(bob.user, 'the end');
  await bob.received(1, (message) => message.id === last, 60_000);

  const stored = newestFirst(await bob.history(alice.user));
  assert.equal(new Set(stored).size, stored.length, 'no id twice');
  assert.deepEqual(newestFirst(await alice.history(bob.user)), stored, 'both sides have one log');
  const wanted = acked.map(({ id }) => id);
  assert.deepEqual(wanted.filter((id) => !stored.includes(id)), [], 'acknowledged and lost');
  const live = bob.messages().map(({ id }) => id);
  assert.deepEqual(live, stored, 'the receiver got all of it once and in order');
  const texts = bob.messages().map(({ msg }) => msg);
  assert.equal(new Set(texts).size, texts.length, 'a resent message is stored once');
});

test('acknowledged deletions hold', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob]);
  const how = { chatType: 'groupChat' };
  const single = (await alice.texts(bob.user, 10)).map(({ id }) => id);
  const inGroup = (await alice.texts(group, 10, how)).map(({ id }) => id);
  await alice.texts(carol.user, 10);
  const tablet = await world.device(alice.user, 'two');
  tablet.close();
  await alice.conn.removeHistoryMessages({ targetId: bob.user, chatType: 'singleChat', messageIds: single.slice(0, 5) });
  await alice.conn.removeHistoryMessages({ targetId: group, chatType: 'groupChat', beforeTimeStamp: Date.now() + 1000 });
  await alice.conn.deleteConversation({ channel: carol.user, chatType: 'singleChat', deleteRoam: true });
  await world.server.kill();
  await world.server.start();

  const again = await world.device(alice.user, 'two');
  assert.deepEqual(await again.history(bob.user), newestFirst(single.slice(5)));
  assert.deepEqual(await again.history(group, { group: true }), []);
  assert.deepEqual(await again.history(carol.user), []);
  assert.deepEqual((await again.conversations()).map((row) => row.conversationId), [bob.user]);
  await again.settled(bob.user);
  assert.equal(again.deviceEvents('deleteRoaming', bob.user).length, 1);
  assert.equal(again.deviceEvents('deleteRoaming', group).length, 1);
  const other = await world.device(bob.user, 'two');
  assert.deepEqual(await other.history(alice.user), newestFirst(single));
  assert.deepEqual(await other.history(group, { group: true }), newestFirst(inGroup));
});

noSurprises();
