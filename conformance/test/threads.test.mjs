import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const GROUP = { chatType: 'groupChat' };
const THREAD = { chatType: 'groupChat', isChatThread: true };

/** Waits for the thread event `operation` of `id` at `client`. */
const told = (client, operation, id) => client.event('onChatThreadChange', (event) => event.operation === operation && event.id === id);

/** A group of `owner` with `others`, a message in it, and a thread of `owner` on it. */
async function thread(owner, others, name = 'about this') {
  const group = await world.group(owner, others);
  const message = await owner.text(group, 'worth a word', GROUP);
  const { data } = await owner.conn.createChatThread({ parentId: group, name, messageId: message });
  return { group, message, id: data.chatThreadId };
}

const ids = ({ entities }) => entities.map(({ id }) => id);

test('create: the group is told; one thread for each message', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const { group, message, id } = await thread(alice, [bob]);
  const event = await told(bob, 'create', id);
  assert.deepEqual([event.parentId, event.messageId, event.name, event.operator], [group, message, 'about this', alice.user]);
  const again = await failure(bob.conn.createChatThread({ parentId: group, name: 'mine', messageId: message }));
  assert.equal(again.type, 1301);
  assert.ok(await failure(bob.conn.createChatThread({ parentId: group, name: 'on nothing', messageId: '77' })));
  const { data } = await bob.conn.getChatThreadDetail({ chatThreadId: id });
  assert.deepEqual([data.id, data.name, data.owner, data.parentId, data.messageId, data.affiliationsCount],
    [id, 'about this', alice.user, group, message, 1]);
  assert.ok(data.created > 0);
});

test('join, talk, leave: only those in the thread hear, and it is marked as one', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const { group, message, id } = await thread(alice, [bob, carol]);
  const joined = await bob.conn.joinChatThread({ chatThreadId: id });
  assert.equal(joined.data.detail.id, id);
  assert.equal((await failure(bob.conn.joinChatThread({ chatThreadId: id }))).type, 1301, 'it is in it already');
  const sent = await bob.text(id, 'I think so', THREAD);
  const got = await alice.event('onTextMessage', ({ to }) => to === id);
  assert.deepEqual([got.id, got.msg, got.from, got.chatType], [sent, 'I think so', bob.user, 'groupChat']);
  assert.deepEqual(got.chatThread, { messageId: message, parentId: group, chatThreadName: 'about this' });
  assert.equal((await failure(carol.text(id, 'me too', THREAD))).type, 602);
  await bob.conn.leaveChatThread({ chatThreadId: id });
  assert.equal((await failure(bob.text(id, 'once more', THREAD))).type, 602);
  await alice.text(group, 'back to all', GROUP);
  await carol.received(2);
  assert.deepEqual(carol.messages(({ to }) => to === id), []);
  await alice.conn.leaveChatThread({ chatThreadId: id });
});

test('history and deletions of a thread are like those of a group', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const { group, id } = await thread(alice, [bob]);
  await bob.conn.joinChatThread({ chatThreadId: id });
  const sent = await alice.texts(id, 3, THREAD);
  await bob.received(3, ({ to }) => to === id);
  const all = sent.map((row) => row.id).reverse();
  assert.deepEqual(await bob.history(id, { group: true }), all);
  await bob.conn.removeHistoryMessages({ targetId: id, ...GROUP, messageIds: [all[0]] });
  assert.deepEqual(await bob.history(id, { group: true }), all.slice(1));
  await bob.conn.removeHistoryMessages({ targetId: id, ...GROUP, beforeTimeStamp: Date.now() });
  assert.deepEqual(await bob.history(id, { group: true }), []);
  assert.deepEqual(await alice.history(id, { group: true }), all);
  const listed = await alice.conversations();
  assert.deepEqual(listed.map(({ conversationId }) => conversationId), [group], 'no thread on the list');
});

test('the last messages of threads', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const one = await thread(alice, [bob], 'one');
  await alice.text(one.id, 'first', THREAD);
  const last = await alice.text(one.id, 'last', THREAD);
  const { entities } = await alice.conn.getChatThreadLastMessage({ chatThreadIds: [one.id] });
  assert.deepEqual(entities.map((row) => [row.chatThreadId, row.lastMessage.id, row.lastMessage.msg]), [[one.id, last, 'last']]);
});

test('members, and taking one out', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const { id } = await thread(alice, [bob, carol]);
  await bob.conn.joinChatThread({ chatThreadId: id });
  await carol.conn.joinChatThread({ chatThreadId: id });
  const first = await bob.conn.getChatThreadMembers({ chatThreadId: id, pageSize: 2 });
  assert.deepEqual(first.data.affiliations, [alice.user, bob.user]);
  const rest = await bob.conn.getChatThreadMembers({ chatThreadId: id, pageSize: 2, cursor: first.properties.cursor });
  assert.deepEqual(rest.data.affiliations, [carol.user]);
  assert.equal((await failure(bob.conn.removeChatThreadMember({ chatThreadId: id, username: carol.user }))).type, 603);
  await alice.conn.removeChatThreadMember({ chatThreadId: id, username: bob.user });
  const event = await told(bob, 'userRemove', id);
  assert.equal(event.userName, bob.user);
  assert.equal((await failure(bob.text(id, 'why?', THREAD))).type, 602);
});

test('rename and destroy: by its creator or the owner of the group; the group is told', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const group = await world.group(alice, [bob]);
  const message = await alice.text(group, 'worth a word', GROUP);
  const { data } = await bob.conn.createChatThread({ parentId: group, name: 'bobs', messageId: message });
  const id = data.chatThreadId;
  const { data: renamed } = await bob.conn.changeChatThreadName({ chatThreadId: id, name: 'ours' });
  assert.equal(renamed.name, 'ours');
  assert.equal((await told(alice, 'update', id)).name, 'ours');
  await alice.conn.destroyChatThread({ chatThreadId: id });
  await told(bob, 'destroy', id);
  expectMissing(new RegExp(`^[A-Z]+ /lacuna/demo/thread/${id}`));
  assert.equal((await failure(bob.conn.getChatThreadDetail({ chatThreadId: id }))).type, 1300);
  assert.equal((await failure(bob.conn.joinChatThread({ chatThreadId: id }))).type, 1300);
  const other = await thread(alice, [bob]);
  assert.equal((await failure(bob.conn.destroyChatThread({ chatThreadId: other.id }))).type, 603);
  assert.equal((await failure(bob.conn.changeChatThreadName({ chatThreadId: other.id, name: 'x' }))).type, 603);
});

test('its creator, and the owner and admins of the group, recall what others say', TEST, async () => {
  const [alice, bob, carol, dave] = await world.people('alice', 'bob', 'carol', 'dave');
  const group = await world.group(alice, [bob, carol, dave]);
  const message = await alice.text(group, 'worth a word', GROUP);
  const { data } = await bob.conn.createChatThread({ parentId: group, name: 'bobs', messageId: message });
  const id = data.chatThreadId;
  for (const client of [alice, carol, dave]) await client.conn.joinChatThread({ chatThreadId: id });
  const recall = (client, mid) => client.conn.recallMessage({ mid, to: id, ...THREAD });
  const sent = await carol.texts(id, 3, THREAD);
  assert.equal((await failure(recall(dave, sent[0].id))).type, 603);
  await recall(bob, sent[0].id);
  await recall(alice, sent[1].id);
  await alice.conn.setGroupAdmin({ groupId: group, username: dave.user });
  await recall(dave, sent[2].id);
  for (const { id: mid } of sent) await carol.event('onRecallMessage', (event) => event.mid === mid);
  assert.deepEqual(await carol.history(id, { group: true }), []);
});

test('lists: of a group, mine, mine of a group', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const one = await thread(alice, [bob], 'one');
  const message = await alice.text(one.group, 'another', GROUP);
  const { data } = await alice.conn.createChatThread({ parentId: one.group, name: 'two', messageId: message });
  const two = data.chatThreadId;
  const other = await thread(alice, [bob], 'elsewhere');
  const first = await bob.conn.getChatThreads({ parentId: one.group, pageSize: 1 });
  assert.deepEqual(ids(first), [two]);
  const rest = await bob.conn.getChatThreads({ parentId: one.group, pageSize: 1, cursor: first.properties.cursor });
  assert.deepEqual(ids(rest), [one.id]);
  assert.equal(rest.properties.cursor, '');
  assert.deepEqual(ids(await alice.conn.getJoinedChatThreads({ pageSize: 20 })), [other.id, two, one.id]);
  assert.deepEqual(ids(await alice.conn.getJoinedChatThreads({ parentId: one.group, pageSize: 20 })), [two, one.id]);
  assert.deepEqual(ids(await bob.conn.getJoinedChatThreads({ pageSize: 20 })), []);
});

test('who leaves the group leaves its threads; outsiders see none', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const { group, id } = await thread(alice, [bob]);
  await bob.conn.joinChatThread({ chatThreadId: id });
  await bob.conn.leaveGroup({ groupId: group });
  assert.equal((await failure(bob.text(id, 'still here?', THREAD))).type, 602);
  assert.deepEqual((await alice.conn.getChatThreadMembers({ chatThreadId: id })).data.affiliations, [alice.user]);
  await alice.text(id, 'gone', THREAD);
  assert.ok(await failure(carol.conn.joinChatThread({ chatThreadId: id })));
  assert.ok(await failure(carol.conn.getChatThreadDetail({ chatThreadId: id })));
  assert.ok(await failure(carol.conn.getChatThreads({ parentId: group, pageSize: 20 })));
  assert.deepEqual(bob.messages(({ to }) => to === id), []);
});

test('my other devices learn what I did in threads', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  const { group, id } = await thread(alice, [bob]);
  await alice.conn.changeChatThreadName({ chatThreadId: id, name: 'new' });
  await alice.conn.leaveChatThread({ chatThreadId: id });
  await alice.conn.joinChatThread({ chatThreadId: id });
  await alice.conn.destroyChatThread({ chatThreadId: id });
  for (const operation of ['chatThreadCreate', 'chatThreadNameUpdate', 'chatThreadLeave', 'chatThreadJoin', 'chatThreadDestroy']) {
    const event = await tablet.event('onMultiDeviceEvent', (data) => data.operation === operation && data.chatThreadId === id);
    assert.equal(event.parentId, group);
  }
  assert.deepEqual(alice.events('onMultiDeviceEvent', ({ chatThreadId }) => chatThreadId === id), []);
});

noSurprises();
