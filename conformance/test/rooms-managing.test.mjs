// Chat rooms in the hands of their owner and admins, and messages of rooms that are recalled.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sdk } from '../lib/sdk.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const ROOM = { chatType: 'chatRoom' };

/** Waits for the room event `operation` of `id` at `client`. */
const told = (client, operation, id) => client.event('onChatroomEvent',
  (event) => event.operation === operation && event.id === id);

/** A room of `owner`, joined by `others`; answers its id. */
async function room(owner, others) {
  const { data } = await owner.conn.createChatRoom({ name: 'hall', description: 'a room', maxusers: 20, members: [] });
  for (const other of others) await other.conn.joinChatRoom({ roomId: data.id });
  return data.id;
}

test('kicked: told, and out; banned: not let in', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const chatRoomId = await room(alice, [bob, carol]);
  assert.equal((await failure(bob.conn.removeChatRoomMember({ chatRoomId, username: carol.user }))).type, 603);
  await alice.conn.removeChatRoomMember({ chatRoomId, username: bob.user });
  await told(bob, 'removeMember', chatRoomId);
  await told(carol, 'memberAbsence', chatRoomId);
  assert.equal((await failure(bob.text(chatRoomId, 'still?', ROOM))).type, 602);
  await bob.conn.joinChatRoom({ roomId: chatRoomId });
  await alice.conn.blockChatRoomMember({ chatRoomId, username: bob.user });
  await failure(bob.conn.joinChatRoom({ roomId: chatRoomId }));
  await alice.conn.unblockChatRoomMember({ chatRoomId, username: bob.user });
  await bob.conn.joinChatRoom({ roomId: chatRoomId });
});

test('an admin mutes, one and all', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const chatRoomId = await room(alice, [bob, carol]);
  await alice.conn.setChatRoomAdmin({ chatRoomId, username: bob.user });
  await told(bob, 'setAdmin', chatRoomId);
  await bob.conn.muteChatRoomMember({ chatRoomId, username: carol.user, muteDuration: -1 });
  await told(carol, 'muteMember', chatRoomId);
  assert.equal((await failure(carol.text(chatRoomId, 'psst', ROOM))).type, 507);
  await bob.conn.unmuteChatRoomMember({ chatRoomId, username: carol.user });
  await told(carol, 'unmuteMember', chatRoomId);
  await bob.conn.disableSendChatRoomMsg({ chatRoomId });
  await told(carol, 'muteAllMembers', chatRoomId);
  assert.equal((await failure(carol.text(chatRoomId, 'psst', ROOM))).type, 507);
  const { data: [info] } = await carol.conn.getChatRoomDetails({ chatRoomId });
  assert.equal(info.mute, true);
  await bob.conn.enableSendChatRoomMsg({ chatRoomId });
  await told(carol, 'unmuteAllMembers', chatRoomId);
  await carol.text(chatRoomId, 'thanks', ROOM);
  await alice.received(1);
});

test('the announcement is told to who is there', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, [bob]);
  await alice.conn.updateChatRoomAnnouncement({ roomId, announcement: 'welcome' });
  await told(bob, 'updateAnnouncement', roomId);
  const { data } = await bob.conn.fetchChatRoomAnnouncement({ roomId });
  assert.equal(data.announcement, 'welcome');
});

test('recall: whoever is there hears of it; an edit is refused', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, [bob]);
  const mid = await alice.text(roomId, 'oops', ROOM);
  await bob.received(1);
  const modifiedMessage = sdk.message.create({ type: 'txt', msg: 'better', to: roomId, ...ROOM });
  assert.equal((await failure(alice.conn.modifyMessage({ messageId: mid, modifiedMessage }))).type, 505);
  await failure(bob.conn.recallMessage({ mid, to: roomId, ...ROOM }));
  await alice.conn.recallMessage({ mid, to: roomId, ...ROOM });
  await bob.event('onRecallMessage', (event) => event.mid === mid);
});

noSurprises();
