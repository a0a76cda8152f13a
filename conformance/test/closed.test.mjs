// Who may not write to somebody, or in a group, reaches them by no other way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sdk } from '../lib/sdk.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();

/** An acknowledgement of a 1-1 message: `read` or `delivery`. */
const ack = (client, to, id, type = 'read') => client.send({ type, to: to.user, id, ackId: id });

const edit = (client, to, messageId, msg, chatType = 'singleChat') => client.conn.modifyMessage({
  messageId, modifiedMessage: sdk.message.create({ type: 'txt', to, chatType, msg }),
});

/** Returns when `to` has everything that was sent to it before. */
const barrier = async (from, to) => {
  const last = await from.text(to.user, 'the last one');
  await to.received(1, (message) => message.id === last);
};

test('who is blocked reaches nobody with an edit, a reaction or a receipt', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const mine = await bob.text(alice.user, 'before');
  await alice.received(1);
  const hers = await alice.text(bob.user, 'to bob');
  await bob.received(1);
  await alice.conn.addUsersToBlocklist({ name: bob.user });
  assert.equal((await failure(edit(bob, alice.user, mine, 'after'))).type, 603);
  await failure(bob.conn.addReaction({ messageId: mine, reaction: 'x' }));
  await ack(bob, alice, hers);
  await ack(bob, alice, hers, 'delivery');
  await bob.send({ type: 'channel', to: alice.user });
  await barrier(carol, alice);
  for (const event of ['onModifiedMessage', 'onReactionChange', 'onReadMessage', 'onDeliveredMessage', 'onChannelMessage']) {
    assert.deepEqual(alice.events(event), [], event);
  }
  await alice.conn.removeUserFromBlocklist({ name: bob.user });
  await ack(bob, alice, hers);
  assert.equal((await alice.event('onReadMessage')).mid, hers);
});

test('a receipt counts from the receiver, and for a message that its sender sees', TEST, async () => {
  const [alice, bob, mallory] = await world.people('alice', 'bob', 'mallory');
  const [gone, kept] = (await alice.texts(bob.user, 2)).map((sent) => sent.id);
  await bob.received(2);
  await alice.conn.removeHistoryMessages({ targetId: bob.user, chatType: 'singleChat', messageIds: [gone] });
  await ack(mallory, alice, kept);
  await mallory.send({ type: 'channel', to: alice.user });
  await ack(bob, alice, gone);
  await ack(bob, alice, gone, 'delivery');
  await ack(bob, alice, kept);
  const told = await alice.event('onReadMessage');
  assert.deepEqual([told.mid, told.from], [kept, bob.user]);
  await barrier(mallory, alice);
  assert.equal(alice.events('onReadMessage').length, 1);
  assert.deepEqual([...alice.events('onDeliveredMessage'), ...alice.events('onChannelMessage')], []);
});

test('who is muted is silent online, too', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  const id = await bob.text(group, 'before', { chatType: 'groupChat' });
  await carol.received(1);
  await alice.conn.muteGroupMember({ groupId: group, username: bob.user, muteDuration: 3_600_000 });
  const online = { chatType: 'groupChat', deliverOnlineOnly: true };
  assert.equal((await failure(bob.text(group, 'online', online))).type, 507);
  await failure(edit(bob, group, id, 'after', 'groupChat'));
  await alice.conn.unmuteGroupMember({ groupId: group, username: bob.user });
  await bob.text(group, 'again', online);
  await carol.received(2);
  assert.deepEqual(carol.messages().map((message) => message.msg), ['before', 'again']);
  assert.deepEqual(carol.events('onModifiedMessage'), []);
});

test('what is too large is refused, whatever it is', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'hello');
  await bob.received(1);
  await failure(alice.conn.recallMessage({ mid: id, to: bob.user, chatType: 'singleChat', ext: 'x'.repeat(40_000) }));
  assert.deepEqual(await bob.history(alice.user), [id]);
});

noSurprises();
