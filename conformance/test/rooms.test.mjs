import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite({ app: 'room_leave_seconds = 2' });
const roaming = suite({ app: 'room_roaming = true' });
const ROOM = { chatType: 'chatRoom' };

/** Waits for the room event `operation` of `id` at `client` that satisfies `filter`. */
const told = (client, operation, id, filter = () => true) => client.event('onChatroomEvent',
  (event) => event.operation === operation && event.id === id && filter(event));

/** A room of `owner`, joined by `others`; answers its id. */
async function room(owner, others = [], more = {}) {
  const { data } = await owner.conn.createChatRoom({ name: 'hall', description: 'a room', maxusers: 20, members: [], ...more });
  for (const other of others) await other.conn.joinChatRoom({ roomId: data.id });
  return data.id;
}

const names = async (client, chatRoomId) => {
  const { data } = await client.conn.listChatRoomMembers({ chatRoomId, pageNum: 1, pageSize: 50 });
  return data.map((row) => row.owner ?? row.admin ?? row.member).sort();
};

const joined = async (client) => {
  const { data } = await client.conn.getJoinedChatRooms({ pageNum: 1, pageSize: 20 });
  return data.map(({ id }) => id);
};

test('create, list, look at and change a room', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, [bob], { maxusers: 7 });
  const { data: [info] } = await bob.conn.getChatRoomDetails({ chatRoomId: roomId });
  assert.equal(info.id, roomId);
  assert.equal(info.name, 'hall');
  assert.equal(info.description, 'a room');
  assert.equal(info.owner, alice.user);
  assert.equal(info.maxusers, 7);
  assert.equal(info.affiliations_count, 2);
  const { data: rooms } = await bob.conn.getChatRooms({ pagenum: 1, pagesize: 20 });
  assert.deepEqual(rooms.find(({ id }) => id === roomId), { id: roomId, name: 'hall', owner: alice.user, affiliations_count: 2 });
  const changed = await alice.conn.modifyChatRoom({ chatRoomId: roomId, chatRoomName: 'attic', description: 'dark', maxusers: 9 });
  assert.deepEqual(changed.data, { groupname: true, description: true, maxusers: true });
  await told(bob, 'updateInfo', roomId);
  const { data: [after] } = await bob.conn.getChatRoomDetails({ chatRoomId: roomId });
  assert.deepEqual([after.name, after.description, after.maxusers], ['attic', 'dark', 9]);
  await failure(bob.conn.modifyChatRoom({ chatRoomId: roomId, chatRoomName: 'mine', description: '', maxusers: 9 }));
  assert.deepEqual(await joined(bob), [roomId]);
});

test('join: the others are told, the joiner learns what the room is like', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice);
  const { data } = await bob.conn.joinChatRoom({ roomId, ext: 'hello' });
  assert.equal(data.result, true);
  assert.equal(data.id, roomId);
  assert.deepEqual([data.info.memberCount, data.info.isAllMembersMuted, data.info.isInAllowlist, data.info.muteExpireTimestamp], [2, false, false, -1]);
  assert.ok(data.info.createTimestamp > 0);
  const event = await told(alice, 'memberPresence', roomId);
  assert.deepEqual([event.from, event.memberCount, event.ext], [bob.user, 2, 'hello']);
  assert.deepEqual(await names(alice, roomId), [alice.user, bob.user].sort());
  await bob.conn.joinChatRoom({ roomId });
  assert.equal(alice.events('onChatroomEvent', ({ operation }) => operation === 'memberPresence').length, 1, 'again is nothing new');
});

test('messages reach those who are there, with their priority, and nobody else', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const tablet = await world.device(alice.user, 'two');
  const roomId = await room(alice, [bob]);
  await alice.text(roomId, 'before carol', ROOM);
  await carol.conn.joinChatRoom({ roomId });
  const id = await alice.text(roomId, 'hello room', { ...ROOM, priority: 'high' });
  for (const client of [bob, carol, tablet]) {
    const got = await client.event('onTextMessage', ({ msg }) => msg === 'hello room');
    assert.deepEqual([got.id, got.chatType, got.from, got.to, got.priority], [id, 'chatRoom', alice.user, roomId, 'high']);
  }
  assert.deepEqual(carol.messages().map(({ msg }) => msg), ['hello room']);
  assert.equal(alice.messages().length, 0);
});

test('a room is no group, and a group no room', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice);
  const groupId = await world.group(alice, [bob]);
  assert.equal((await failure(alice.text(roomId, 'x', { chatType: 'groupChat' }))).type, 605);
  assert.equal((await failure(alice.text(groupId, 'x', ROOM))).type, 605);
  assert.equal((await failure(bob.conn.joinChatRoom({ roomId: groupId }))).type, 705);
  const mine = await alice.conn.getJoinedGroups({ pageNum: 0, pageSize: 20 });
  assert.deepEqual(mine.data.map((row) => row.groupid ?? row.groupId ?? row.id), [groupId]);
  assert.deepEqual(await joined(alice), [roomId]);
  expectMissing(/^GET \/lacuna\/demo\/chatgroups\//);
  assert.equal((await failure(alice.conn.getGroupInfo({ groupId: roomId }))).type, 605);
});

test('leave: the others are told, no more comes, and nothing is kept', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, [bob]);
  await alice.text(roomId, 'first', ROOM);
  await bob.received(1);
  const left = await bob.conn.leaveChatRoom({ roomId });
  assert.equal(left.data.result, true);
  const event = await told(alice, 'memberAbsence', roomId);
  assert.deepEqual([event.from, event.memberCount], [bob.user, 1]);
  await alice.text(roomId, 'second', ROOM);
  assert.equal((await failure(bob.text(roomId, 'still?', ROOM))).type, 602);
  await bob.conn.joinChatRoom({ roomId });
  await alice.text(roomId, 'third', ROOM);
  await bob.received(2);
  assert.deepEqual(bob.messages().map(({ msg }) => msg), ['first', 'third']);
  if (bob.conn.quitChatRoom) await bob.conn.quitChatRoom({ roomId });
  else await bob.conn.leaveChatRoom({ roomId });
  await bob.conn.leaveChatRoom({ roomId });
  assert.deepEqual(await joined(bob), []);
});

test('joining one room can leave the others', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const first = await room(alice, [bob]);
  const second = await room(alice);
  await bob.conn.joinChatRoom({ roomId: second, leaveOtherRooms: true });
  await told(alice, 'memberAbsence', first);
  assert.deepEqual(await joined(bob), [second]);
});

test('an unknown room, a full one', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  assert.equal((await failure(bob.conn.joinChatRoom({ roomId: '99999' }))).type, 705);
  const roomId = await room(alice, [], { maxusers: 1 });
  assert.equal((await failure(bob.conn.joinChatRoom({ roomId }))).type, 704);
  assert.equal((await failure(bob.conn.leaveChatRoom({ roomId: '99999' }))).type, 705);
  expectMissing(/^GET \/lacuna\/demo\/chatrooms\/99999/);
  assert.equal((await failure(bob.conn.getChatRoomDetails({ chatRoomId: '99999' }))).type, 705);
});

test('the owner puts users in; members come in pages', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const roomId = await room(alice, [bob]);
  const { data } = await alice.conn.addUsersToChatRoom({ chatRoomId: roomId, users: [carol.user] });
  assert.deepEqual(data.newmembers, [carol.user]);
  await told(carol, 'directJoined', roomId);
  await told(bob, 'memberPresence', roomId, ({ from }) => from === carol.user);
  await failure(bob.conn.addUsersToChatRoom({ chatRoomId: roomId, users: [carol.user] }));
  const first = await bob.conn.getChatRoomMembers({ chatRoomId: roomId, limit: 2, cursor: '' });
  const rest = await bob.conn.getChatRoomMembers({ chatRoomId: roomId, limit: 2, cursor: first.data.cursor });
  const users = [...first.data.members, ...rest.data.members].map(({ userId }) => userId);
  assert.deepEqual(users, [alice.user, bob.user, carol.user]);
  assert.equal(rest.data.cursor, '');
});

test('destroy: whoever is there is told, and nobody can send', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, [bob]);
  await failure(bob.conn.destroyChatRoom({ chatRoomId: roomId }));
  await alice.conn.destroyChatRoom({ chatRoomId: roomId });
  await told(bob, 'destroy', roomId);
  assert.equal((await failure(bob.text(roomId, 'hello?', ROOM))).type, 605);
  assert.deepEqual(await joined(bob), []);
});

test('who stays away has left; who comes back in time has not', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const roomId = await room(alice, [bob, carol]);
  bob.close();
  carol.close();
  const again = await world.device(carol.user);
  const event = await told(alice, 'memberAbsence', roomId);
  assert.equal(event.from, bob.user);
  const id = await alice.text(roomId, 'who is there?', ROOM);
  await again.received(1, (message) => message.id === id);
  assert.deepEqual(await names(alice, roomId), [alice.user, carol.user].sort());
  const back = await world.device(bob.user);
  assert.deepEqual(await joined(back), []);
});

test('rooms are on no list, and their history is not open', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, [bob]);
  const id = await alice.text(roomId, 'passing by', ROOM);
  await bob.received(1);
  assert.deepEqual(await bob.conversations(), []);
  assert.equal((await failure(bob.page(roomId, ROOM))).type, 505);
  assert.equal((await failure(bob.conn.removeHistoryMessages({ targetId: roomId, ...ROOM, messageIds: [id] }))).type, 505);
  assert.equal((await failure(bob.conn.removeHistoryMessages({ targetId: roomId, ...ROOM, beforeTimeStamp: Date.now() }))).type, 505);
});

test('where it is open, one deletes from a room for oneself', TEST, async () => {
  const [alice, bob] = await roaming.people('alice', 'bob');
  const phone = await roaming.device(bob.user, 'two');
  const roomId = await room(alice, [bob]);
  const sent = await alice.texts(roomId, 4, ROOM);
  await bob.received(4);
  const history = async (client) => (await client.page(roomId, ROOM)).messages.map(({ id }) => id);
  const ids = sent.map(({ id }) => id).reverse();
  assert.deepEqual(await history(bob), ids);
  await bob.conn.removeHistoryMessages({ targetId: roomId, ...ROOM, messageIds: [ids[0]] });
  assert.deepEqual(await history(bob), ids.slice(1));
  await phone.event('onMultiDeviceEvent', ({ operation, conversationId }) => operation === 'deleteRoaming' && conversationId === roomId);
  await bob.conn.removeHistoryMessages({ targetId: roomId, ...ROOM, beforeTimeStamp: Date.now() });
  assert.deepEqual(await history(bob), []);
  assert.deepEqual(await history(alice), ids);
  assert.deepEqual(await bob.conversations(), []);
  await bob.conn.leaveChatRoom({ roomId });
  await bob.conn.joinChatRoom({ roomId });
  assert.deepEqual(await history(bob), [], 'who leaves keeps nothing');
});

test('attributes: set, overwritten by their setter, by force by the owner, removed', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const chatRoomId = await room(alice, [bob, carol]);
  const set = await bob.conn.setChatRoomAttributes({ chatRoomId, attributes: { song: 'one', seat: '3' }, autoDelete: false, isForced: false });
  assert.deepEqual([set.data.status, set.data.successKeys.sort()], ['success', ['seat', 'song']]);
  const event = await told(alice, 'updateChatRoomAttributes', chatRoomId);
  assert.deepEqual([event.from, event.attributes], [bob.user, { song: 'one', seat: '3' }]);
  assert.ok(await failure(carol.conn.setChatRoomAttribute({ chatRoomId, attributeKey: 'song', attributeValue: 'x', isForced: false })));
  assert.ok(await failure(carol.conn.setChatRoomAttribute({ chatRoomId, attributeKey: 'song', attributeValue: 'x', isForced: true })));
  await alice.conn.setChatRoomAttribute({ chatRoomId, attributeKey: 'song', attributeValue: 'two', isForced: true });
  assert.deepEqual((await carol.conn.getChatRoomAttributes({ chatRoomId })).data, { song: 'two', seat: '3' });
  assert.deepEqual((await carol.conn.getChatRoomAttributes({ chatRoomId, attributeKeys: ['seat', 'none'] })).data, { seat: '3' });
  const some = await carol.conn.removeChatRoomAttributes({ chatRoomId, attributeKeys: ['seat'] });
  assert.deepEqual(some.data.successKeys, []);
  assert.ok(some.data.errorKeys.seat);
  await bob.conn.removeChatRoomAttribute({ chatRoomId, attributeKey: 'seat' });
  const gone = await told(alice, 'removeChatRoomAttributes', chatRoomId);
  assert.deepEqual(gone.attributes, ['seat']);
  const [outside] = await world.people('dave');
  assert.equal((await failure(outside.conn.getChatRoomAttributes({ chatRoomId }))).type, 702);
});

test('attributes go with whoever set them so', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const chatRoomId = await room(alice, [bob]);
  await bob.conn.setChatRoomAttributes({ chatRoomId, attributes: { mine: '1' }, autoDelete: true });
  await bob.conn.setChatRoomAttributes({ chatRoomId, attributes: { stays: '2' }, autoDelete: false });
  await bob.conn.leaveChatRoom({ roomId: chatRoomId });
  const gone = await told(alice, 'removeChatRoomAttributes', chatRoomId);
  assert.deepEqual(gone.attributes, ['mine']);
  assert.deepEqual((await alice.conn.getChatRoomAttributes({ chatRoomId })).data, { stays: '2' });
});

test('the server API speaks in rooms', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, [bob]);
  const ask = (path, token, body) => call(world.server.url, 'POST', `/lacuna/demo/${path}`, { token, body });
  const { json } = await ask('token', undefined, { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo-secret' });
  const body = { from: alice.user, to: [roomId], type: 'txt', body: { msg: 'from above' }, chatroom_msg_level: 'low' };
  const sent = await ask('messages/chatrooms', json.access_token, body);
  assert.equal(sent.status, 200, sent.text);
  const [got] = await bob.received(1);
  assert.deepEqual([got.msg, got.chatType, got.priority, got.id], ['from above', 'chatRoom', 'low', sent.json.data[roomId]]);
});

noSurprises();
