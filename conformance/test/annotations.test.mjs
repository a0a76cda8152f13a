// Marks of conversations, pinned messages, reactions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const single = (conversationId) => ({ conversationId, conversationType: 'singleChat' });

async function marked(client, mark) {
  const { data } = await client.conn.getServerConversationsByFilter({ pageSize: 10, cursor: '', filter: { mark } });
  return data.conversations.map((row) => row.conversationId).sort();
}

async function pinned(client, conversationId, conversationType = 'singleChat', more = {}) {
  const { data } = await client.conn.getServerPinnedMessages({ conversationId, conversationType, pageSize: 20, cursor: '', ...more });
  return data;
}

const reactions = async (client, messageId, more = {}) => {
  const { data } = await client.conn.getReactionlist({ chatType: 'singleChat', messageId, ...more });
  return data;
};

test('marks: of one account, told to its other devices, and a filter of its list', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const tablet = await world.device(alice.user, 'two');
  await alice.text(bob.user, 'hi');
  await alice.text(carol.user, 'hi');
  await alice.conn.addConversationMark({ conversations: [single(bob.user), single(carol.user)], mark: 3 });
  await alice.conn.addConversationMark({ conversations: [single(bob.user)], mark: 0 });
  const event = await tablet.event('onMultiDeviceEvent', (data) => data.operation === 'markConversation' && data.conversationId === carol.user);
  assert.equal(event.conversationMark, 3);
  assert.deepEqual(await marked(alice, 3), [bob.user, carol.user].sort());
  assert.deepEqual(await marked(alice, 0), [bob.user]);
  assert.deepEqual(await marked(bob, 3), []);
  const rows = await alice.conversations();
  assert.deepEqual(rows.find((row) => row.conversationId === bob.user).marks.sort(), [0, 3]);
  await alice.conn.removeConversationMark({ conversations: [single(bob.user)], mark: 3 });
  await tablet.event('onMultiDeviceEvent', (data) => data.operation === 'unMarkConversation' && data.conversationId === bob.user);
  assert.deepEqual(await marked(alice, 3), [carol.user]);
  await alice.conn.deleteConversation({ channel: carol.user, chatType: 'singleChat', deleteRoam: false });
  assert.deepEqual(await marked(alice, 3), []);
});

test('pinned messages: everybody is told and sees them, but who deleted the message', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  const [one, two] = await alice.texts(bob.user, 2);
  await bob.received(2);
  const pin = (client, to, messageId) => client.conn.pinMessage({ conversationId: to, conversationType: 'singleChat', messageId });
  await pin(alice, bob.user, one.id);
  await pin(bob, alice.user, two.id);
  // On the operator's own devices the SDK takes the operator for the conversation, whatever it is told.
  for (const [client, conversationId] of [[bob, alice.user], [tablet, alice.user]]) {
    const event = await client.event('onMessagePinEvent', (data) => data.messageId === one.id);
    assert.equal(event.operation, 'pin');
    assert.equal(event.operatorId, alice.user);
    assert.equal(event.conversationId, conversationId);
  }
  const page = await pinned(alice, bob.user);
  assert.deepEqual(page.list.map((row) => [row.message.id, row.operatorId]), [[two.id, bob.user], [one.id, alice.user]]);
  assert.equal(page.list[0].message.msg, 'text 1');
  await bob.conn.removeHistoryMessages({ targetId: alice.user, chatType: 'singleChat', messageIds: [one.id] });
  assert.deepEqual((await pinned(bob, alice.user)).list.map((row) => row.message.id), [two.id]);
  assert.equal((await pinned(alice, bob.user)).list.length, 2);
  expectMissing(/POST .*\/user_channel\/pin/);
  assert.equal((await failure(pin(bob, alice.user, one.id))).type, 51);
  assert.equal((await failure(pin(bob, alice.user, '12345'))).type, 51);
  await bob.conn.unpinMessage({ conversationId: alice.user, conversationType: 'singleChat', messageId: two.id });
  await alice.event('onMessagePinEvent', (data) => data.messageId === two.id && data.operation === 'unpin');
  await alice.conn.recallMessage({ mid: one.id, to: bob.user, chatType: 'singleChat' });
  assert.deepEqual((await pinned(alice, bob.user)).list, []);
});

test('who deleted a pinned message may unpin it, and only those who have it hear of that', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const [one, two] = await alice.texts(bob.user, 2);
  await bob.received(2);
  const of = (messageId) => ({ conversationId: bob.user, conversationType: 'singleChat', messageId });
  await alice.conn.pinMessage(of(one.id));
  await alice.conn.removeHistoryMessages({ targetId: bob.user, chatType: 'singleChat', messageIds: [one.id] });
  const tablet = await world.device(alice.user, 'two');
  await alice.conn.unpinMessage(of(one.id));
  await bob.event('onMessagePinEvent', (data) => data.messageId === one.id && data.operation === 'unpin');
  assert.deepEqual((await pinned(bob, alice.user)).list, []);
  await alice.conn.pinMessage(of(two.id));
  await tablet.event('onMessagePinEvent', (data) => data.messageId === two.id);
  assert.equal(tablet.events('onMessagePinEvent', (data) => data.messageId === one.id).length, 0);
  expectMissing(/DELETE .*\/user_channel\/pin/);
  assert.equal((await failure(alice.conn.unpinMessage(of(one.id)))).type, 51);
});

test('pins and reactions in a chat room', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const { data } = await alice.conn.createChatRoom({ name: 'hall', description: 'a room', maxusers: 20, members: [] });
  const roomId = data.id;
  await bob.conn.joinChatRoom({ roomId });
  const id = await alice.text(roomId, 'hello room', { chatType: 'chatRoom' });
  await bob.received(1);
  const of = { conversationId: roomId, conversationType: 'chatRoom', messageId: id };
  await alice.conn.pinMessage(of);
  const event = await bob.event('onMessagePinEvent', (told) => told.messageId === id);
  assert.deepEqual([event.operation, event.conversationId, event.conversationType, event.operatorId], ['pin', roomId, 'chatRoom', alice.user]);
  const { list } = await pinned(bob, roomId, 'chatRoom');
  assert.deepEqual(list.map(({ message, operatorId }) => [message.id, message.chatType, message.msg, operatorId]), [[id, 'chatRoom', 'hello room', alice.user]]);
  await bob.conn.addReaction({ messageId: id, reaction: ':)' });
  const change = await alice.event('onReactionChange', (told) => told.messageId === id);
  assert.deepEqual([change.from, change.to, change.reactions[0].count], [bob.user, roomId, 1]);
  const [{ reactionList }] = await reactions(alice, id, { chatType: 'groupChat', groupId: roomId });
  assert.deepEqual(reactionList.map((row) => [row.reaction, row.userList]), [[':)', [bob.user]]]);
  assert.equal((await failure(carol.conn.pinMessage(of))).type, 51);
  await bob.conn.unpinMessage(of);
  await alice.event('onMessagePinEvent', (told) => told.messageId === id && told.operation === 'unpin');
  assert.deepEqual((await pinned(alice, roomId, 'chatRoom')).list, []);
});

test('at most 20 messages are pinned', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const sent = await alice.texts(bob.user, 21);
  const pin = (messageId) => alice.conn.pinMessage({ conversationId: bob.user, conversationType: 'singleChat', messageId });
  for (const { id } of sent.slice(0, 20)) await pin(id);
  assert.equal((await failure(pin(sent[20].id))).type, 50);
  await pin(sent[0].id);
  assert.equal((await pinned(alice, bob.user)).list.length, 20);
  const page = await pinned(alice, bob.user, 'singleChat', { pageSize: 15 });
  assert.equal(page.list.length, 15);
  assert.equal((await pinned(alice, bob.user, 'singleChat', { cursor: page.cursor })).list.length, 5);
});

test('reactions: counted once each, told, listed, taken back', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'react!');
  await bob.received(1);
  await bob.conn.addReaction({ messageId: id, reaction: '👍' });
  await bob.conn.addReaction({ messageId: id, reaction: '👍' });
  const event = await alice.event('onReactionChange', (data) => data.messageId === id);
  assert.equal(event.from, bob.user);
  assert.equal(event.reactions[0].reaction, '👍');
  assert.equal(event.reactions[0].count, 1);
  assert.deepEqual(event.reactions[0].op, [{ operator: bob.user, reactionType: 'create' }]);
  await alice.conn.addReaction({ messageId: id, reaction: '👍' });
  await alice.conn.addReaction({ messageId: id, reaction: ':)' });
  const [{ msgId, reactionList }] = await reactions(bob, id);
  assert.equal(msgId, id);
  const shown = reactionList.map((row) => [row.reaction, row.count ?? row.userCount, row.isAddedBySelf, [...row.userList].sort()]);
  assert.deepEqual(shown.sort(), [[':)', 1, false, [alice.user]], ['👍', 2, true, [alice.user, bob.user].sort()]].sort());
  const { data: detail } = await bob.conn.getReactionDetail({ messageId: id, reaction: '👍', pageSize: 10 });
  assert.equal(detail.userCount, 2);
  assert.equal(detail.isAddedBySelf, true);
  assert.deepEqual([...detail.userList].sort(), [alice.user, bob.user].sort());
  await bob.conn.deleteReaction({ messageId: id, reaction: '👍' });
  await alice.event('onReactionChange', (data) => data.reactions.some((row) => row.op?.[0]?.reactionType === 'delete'));
  const [after] = await reactions(alice, id);
  assert.deepEqual(after.reactionList.map((row) => [row.reaction, row.userList]).sort(), [[':)', [alice.user]], ['👍', [alice.user]]].sort());
});

test('reactions come with history, and go with the message', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const [one, two] = await alice.texts(bob.user, 2);
  await bob.received(2);
  await bob.conn.addReaction({ messageId: one.id, reaction: 'x' });
  await bob.conn.addReaction({ messageId: two.id, reaction: 'y' });
  const fresh = await world.device(alice.user, 'fresh');
  const page = await fresh.page(bob.user);
  const row = page.messages.find((message) => message.id === one.id);
  assert.equal(row.reactions[0].reaction, 'x');
  assert.equal(row.reactions[0].count, 1);
  assert.equal(row.reactions[0].isAddedBySelf, false);
  await bob.conn.removeHistoryMessages({ targetId: alice.user, chatType: 'singleChat', messageIds: [two.id] });
  await failure(bob.conn.addReaction({ messageId: two.id, reaction: 'z' }));
  await alice.conn.addReaction({ messageId: two.id, reaction: 'silent' });
  await alice.conn.addReaction({ messageId: one.id, reaction: 'heard' });
  await bob.event('onReactionChange', (data) => data.reactions.some((told) => told.reaction === 'heard'));
  assert.equal(bob.events('onReactionChange', (data) => data.messageId === two.id && data.from === alice.user).length, 0);
  assert.deepEqual((await reactions(bob, two.id)), []);
  await alice.conn.recallMessage({ mid: one.id, to: bob.user, chatType: 'singleChat' });
  assert.deepEqual((await reactions(alice, one.id)), []);
});

test('reactions have bounds', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'react!');
  for (let n = 0; n < 20; n += 1) await alice.conn.addReaction({ messageId: id, reaction: `r${n}` });
  assert.equal((await failure(alice.conn.addReaction({ messageId: id, reaction: 'one more' }))).type, 50);
  await failure(alice.conn.addReaction({ messageId: id, reaction: 'l'.repeat(129) }));
  await failure(alice.conn.addReaction({ messageId: '12345', reaction: 'x' }));
  assert.equal((await reactions(bob, id))[0].reactionList.length, 20);
});

noSurprises();
