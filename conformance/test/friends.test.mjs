import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite({ app: `friends_only = true` });

test('strangers cannot send where only contacts may', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'tablet');
  const ways = [[alice.user, {}], [alice.user, { deliverOnlineOnly: true }], [`${alice.user}/${tablet.resource}`, {}]];
  for (const [to, more] of ways) assert.equal((await failure(bob.text(to, 'hello', more))).type, 221);
  await bob.conn.addContact(alice.user, 'may I?');
  await alice.event('onContactInvited');
  assert.equal((await failure(bob.text(alice.user, 'may I?'))).type, 221, 'asking is not enough');
  await alice.conn.acceptContactInvite(bob.user);
  await bob.text(alice.user, 'thanks');
  await alice.received(1);
  await bob.text(alice.user, 'online', { deliverOnlineOnly: true });
  await alice.received(2);
  await alice.text(bob.user, 'welcome');
  await bob.received(1);
  await alice.conn.deleteContact(bob.user);
  await bob.event('onContactDeleted');
  assert.equal((await failure(bob.text(alice.user, 'gone'))).type, 221);
  assert.equal((await bob.history(alice.user)).length, 2, 'the conversation stays');
});

test('notes to oneself need no contact', TEST, async () => {
  const [alice] = await world.people('alice');
  await alice.text(alice.user, 'note');
  await alice.text(alice.user, 'note', { deliverOnlineOnly: true });
});

noSurprises();
