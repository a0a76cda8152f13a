import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, tick, TEST } from '../lib/suite.mjs';

const world = suite();
const names = (list) => list.map((row) => row.conversationId);
const find = async (client, id) => (await client.conversations()).find((row) => row.conversationId === id);

test('newest first, with last message and unread count', TEST, async () => {
  const [alice, bob, carol, dave] = await world.people('alice', 'bob', 'carol', 'dave');
  const group = await world.group(bob, [alice]);
  await bob.texts(alice.user, 3);
  await tick();
  await carol.texts(alice.user, 2);
  await tick();
  const inGroup = await bob.text(group, 'hello', { chatType: 'groupChat' });
  await tick();
  const last = await dave.text(alice.user, 'the last', { ext: { a: 1 } });
  const list = await alice.conversations();
  assert.deepEqual(names(list), [dave.user, group, carol.user, bob.user]);
  assert.deepEqual(list.map((row) => row.unReadCount), [1, 1, 2, 3]);
  assert.deepEqual(list.map((row) => row.conversationType), ['singleChat', 'groupChat', 'singleChat', 'singleChat']);
  assert.equal(list[0].lastMessage.id, last);
  assert.equal(list[0].lastMessage.msg, 'the last');
  assert.equal(list[0].lastMessage.from, dave.user);
  assert.equal(list[0].lastMessage.to, alice.user);
  assert.equal(list[1].lastMessage.id, inGroup);
  await tick();
  await carol.text(alice.user, 'up again');
  assert.deepEqual(names(await alice.conversations()), [carol.user, dave.user, group, bob.user]);
});

test('pages by cursor name each conversation once', TEST, async () => {
  const [alice] = await world.people('alice');
  const senders = await world.people(...Array.from({ length: 7 }, () => 'peer'));
  for (const sender of senders) await sender.text(alice.user, 'hi');
  const list = await alice.conversations({ pageSize: 3 });
  assert.deepEqual(names(list).sort(), senders.map(({ user }) => user).sort());
});

test('a channel ack makes it read; sending does too', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await bob.texts(alice.user, 3);
  assert.equal((await find(alice, bob.user)).unReadCount, 3);
  await alice.send({ type: 'channel', to: bob.user });
  assert.equal((await find(alice, bob.user)).unReadCount, 0);
  await bob.texts(alice.user, 2);
  assert.equal((await find(alice, bob.user)).unReadCount, 2);
  await alice.text(bob.user, 'an answer');
  assert.equal((await find(alice, bob.user)).unReadCount, 0);
  assert.equal((await find(bob, alice.user)).unReadCount, 1);
});

test('unread and last message follow a deletion', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const [first, second, third] = (await bob.texts(alice.user, 3)).map(({ id }) => id);
  const remove = (messageIds) => alice.conn.removeHistoryMessages({ targetId: bob.user, chatType: 'singleChat', messageIds });
  await remove([third]);
  let row = await find(alice, bob.user);
  assert.deepEqual([row.lastMessage.id, row.unReadCount], [second, 2]);
  await remove([first]);
  row = await find(alice, bob.user);
  assert.deepEqual([row.lastMessage.id, row.unReadCount], [second, 1]);
  await remove([second]);
  assert.equal(await find(alice, bob.user), undefined, 'empty: gone from the list');
  assert.equal((await find(bob, alice.user)).lastMessage.id, third);
  const fourth = await bob.text(alice.user, 'back');
  row = await find(alice, bob.user);
  assert.deepEqual([row.lastMessage.id, row.unReadCount], [fourth, 1]);
});

test('pin and unpin: order of the pinned list, flags, events at the other device', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const tablet = await world.device(alice.user, 'two');
  const group = await world.group(bob, [alice]);
  await bob.text(alice.user, 'a');
  await carol.text(alice.user, 'b');
  await bob.text(group, 'c', { chatType: 'groupChat' });
  const pin = (conversationId, isPinned, conversationType = 'singleChat') => alice.conn.pinConversation({ conversationId, conversationType, isPinned });
  const { data } = await pin(bob.user, true);
  assert.equal(data.isPinned, true);
  assert.ok(data.pinnedTime > 0);
  await pin(group, true, 'groupChat');
  await tablet.until(() => tablet.deviceEvents('pinnedConversation').length === 2, 'two pins');
  assert.deepEqual(tablet.deviceEvents('pinnedConversation').map((event) => [event.conversationId, event.conversationType]),
    [[bob.user, 'singleChat'], [group, 'groupChat']]);
  const pinned = async () => (await alice.conn.getServerPinnedConversations({ pageSize: 20, cursor: '' })).data.conversations;
  assert.deepEqual(names(await pinned()).sort(), [bob.user, group].sort());
  assert.ok((await pinned()).every((row) => row.isPinned));
  assert.equal((await find(alice, bob.user)).isPinned, true);
  assert.equal((await find(alice, carol.user)).isPinned, false);
  await pin(bob.user, false);
  await tablet.until(() => tablet.deviceEvents('unpinnedConversation', bob.user).length === 1, 'the unpin');
  assert.deepEqual(names(await pinned()), [group]);
  assert.deepEqual(alice.deviceEvents('pinnedConversation'), []);
  assert.deepEqual(bob.deviceEvents('pinnedConversation'), []);
});

test('what is on no list is not pinned, nor is more than 50', TEST, async () => {
  const [alice] = await world.people('alice');
  expectMissing(/POST .*\/user_channel\/top/);
  const pin = (conversationId, conversationType) => alice.conn.pinConversation({ conversationId, conversationType, isPinned: true });
  assert.equal((await failure(pin('nobody-at-all', 'singleChat'))).type, 1400);
  const { data: room } = await alice.conn.createChatRoom({ name: 'hall', description: 'a room', maxusers: 20, members: [] });
  // The SDK itself refuses the word for rooms here.
  assert.equal((await failure(pin(room.id, 'groupChat'))).type, 1400);
  for (let n = 0; n < 50; n += 1) await pin(await world.group(alice, []), 'groupChat');
  assert.equal((await failure(pin(await world.group(alice, []), 'groupChat'))).type, 50);
});

test('a pin reaches a device that was away', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  await bob.text(alice.user, 'a');
  await tablet.received(1);
  tablet.close();
  await alice.conn.pinConversation({ conversationId: bob.user, conversationType: 'singleChat', isPinned: true });
  const again = await world.device(alice.user, 'two');
  await again.until(() => again.deviceEvents('pinnedConversation', bob.user).length === 1, 'the pin');
});

test('the older calls for the list, and the older way to listen', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const seen = [];
  bob.conn.listen({ onTextMessage: (message) => seen.push(message.id) });
  const id = await alice.text(bob.user, 'hi');
  await bob.received(1);
  assert.deepEqual(seen, [id]);
  const { data: page } = await bob.conn.getConversationlist({ pageNum: 1, pageSize: 10 });
  assert.equal(page.channel_infos.length, 1);
  const { data: sessions } = await bob.conn.getSessionList();
  assert.equal(sessions.channel_infos.length, 1);
});

noSurprises();
