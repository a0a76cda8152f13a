// Chat rooms in their owner's hands: admins, mutes, block and allow lists, announcement, members. Each list by its old and its
// new name, since both are in use.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();

/** A room of the first, with the others in it. */
async function room(owner, ...others) {
  const { data } = await owner.conn.createChatRoom({ name: 'hall', description: 'a room', maxusers: 50, members: [] });
  await owner.conn.joinChatRoom({ roomId: data.id });
  for (const other of others) await other.conn.joinChatRoom({ roomId: data.id });
  return data.id;
}

const told = (client, operation, id) => client.event('onChatroomEvent', (event) => event.operation === operation && event.id === id);
/** Names in a list of names, or of rows that have one. */
const names = ({ data }) => (data ?? []).map((row) => row.user ?? row).sort();

test('admins come and go', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const chatRoomId = await room(alice, bob);
  await alice.conn.setChatRoomAdmin({ chatRoomId, username: bob.user });
  await told(bob, 'setAdmin', chatRoomId);
  assert.deepEqual(names(await bob.conn.getChatRoomAdmin({ chatRoomId })), [bob.user]);
  await alice.conn.removeChatRoomAdmin({ chatRoomId, username: bob.user });
  await told(bob, 'removeAdmin', chatRoomId);
  assert.deepEqual(names(await alice.conn.getChatRoomAdmin({ chatRoomId })), []);
  assert.equal((await failure(bob.conn.setChatRoomAdmin({ chatRoomId, username: alice.user }))).type, 603);
});

test('mutes: of one, of all, and who may write all the same', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const chatRoomId = await room(alice, bob);
  const say = () => bob.text(chatRoomId, 'hello', { chatType: 'chatRoom' });
  await say();
  await alice.conn.muteChatRoomMember({ chatRoomId, username: bob.user, muteDuration: 60_000 });
  await told(bob, 'muteMember', chatRoomId);
  assert.equal((await failure(say())).type, 507);
  for (const list of ['getChatRoomMuteList', 'getChatRoomMutelist', 'getChatRoomMuted']) {
    if (alice.conn[list]) assert.deepEqual(names(await alice.conn[list]({ chatRoomId })), [bob.user], list);
  }
  await alice.conn.unmuteChatRoomMember({ chatRoomId, username: bob.user });
  await told(bob, 'unmuteMember', chatRoomId);
  await say();
  await alice.conn.muteChatRoomMember({ chatRoomId, username: bob.user, muteDuration: 60_000 });
  await alice.conn.removeMuteChatRoomMember({ chatRoomId, username: bob.user });
  await alice.conn.disableSendChatRoomMsg({ chatRoomId });
  await told(bob, 'muteAllMembers', chatRoomId);
  assert.equal((await failure(say())).type, 507);
  await alice.conn.addUsersToChatRoomAllowlist({ chatRoomId, users: [bob.user] });
  await alice.conn.addUsersToChatRoomWhitelist({ chatRoomId, users: [bob.user] });
  await say();
  for (const list of ['getChatRoomAllowlist', 'getChatRoomWhitelist']) {
    assert.deepEqual(names(await alice.conn[list]({ chatRoomId })), [bob.user], list);
  }
  for (const asked of ['isInChatRoomAllowlist', 'isChatRoomWhiteUser']) {
    const { data } = await alice.conn[asked]({ chatRoomId, userName: bob.user });
    assert.equal(data.white, true, asked);
  }
  await alice.conn.removeChatRoomAllowlistMember({ chatRoomId, userName: bob.user });
  await alice.conn.rmUsersFromChatRoomWhitelist({ chatRoomId, userName: bob.user });
  assert.equal((await failure(say())).type, 507);
  await alice.conn.enableSendChatRoomMsg({ chatRoomId });
  await told(bob, 'unmuteAllMembers', chatRoomId);
  await say();
});

test('the block list keeps out', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const chatRoomId = await room(alice, bob, carol);
  await alice.conn.blockChatRoomMember({ chatRoomId, username: bob.user });
  await told(bob, 'removeMember', chatRoomId);
  await failure(bob.conn.joinChatRoom({ roomId: chatRoomId }));
  for (const list of ['getChatRoomBlocklist', 'getChatRoomBlacklist', 'getChatRoomBlacklistNew']) {
    if (alice.conn[list]) assert.deepEqual(names(await alice.conn[list]({ chatRoomId })), [bob.user], list);
  }
  await alice.conn.unblockChatRoomMember({ chatRoomId, username: bob.user });
  await bob.conn.joinChatRoom({ roomId: chatRoomId });
  await alice.conn.blockChatRoomMembers({ chatRoomId, usernames: [bob.user, carol.user] });
  await alice.conn.unblockChatRoomMembers({ chatRoomId, usernames: [bob.user, carol.user] });
  for (const other of [bob, carol]) await other.conn.joinChatRoom({ roomId: chatRoomId });
  await alice.conn.chatRoomBlockMulti({ chatRoomId, usernames: [bob.user, carol.user] });
  await alice.conn.removeChatRoomBlockMulti({ chatRoomId, usernames: [bob.user, carol.user] });
  await bob.conn.joinChatRoom({ roomId: chatRoomId });
  await alice.conn.chatRoomBlockSingle({ chatRoomId, username: bob.user });
  await alice.conn.removeChatRoomBlockSingle({ chatRoomId, username: bob.user });
  assert.deepEqual(names(await alice.conn.getChatRoomBlacklistNew({ chatRoomId })), []);
});

test('members are taken out', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const chatRoomId = await room(alice, bob, carol);
  await alice.conn.removeChatRoomMember({ chatRoomId, username: bob.user });
  await told(bob, 'removeMember', chatRoomId);
  await bob.conn.joinChatRoom({ roomId: chatRoomId });
  await alice.conn.removeChatRoomMembers({ chatRoomId, users: [bob.user, carol.user] });
  await told(carol, 'removeMember', chatRoomId);
  for (const other of [bob, carol]) await other.conn.joinChatRoom({ roomId: chatRoomId });
  await alice.conn.removeSingleChatRoomMember({ chatRoomId, username: bob.user });
  await alice.conn.removeMultiChatRoomMember({ chatRoomId, users: [carol.user] });
  const { data } = await alice.conn.getChatRoomMembers({ chatRoomId, limit: 10 });
  const rows = Array.isArray(data) ? data : data.members;
  assert.deepEqual(rows.map((row) => row.owner ?? row.admin ?? row.member ?? row.userId), [alice.user]);
  assert.equal((await failure(bob.conn.removeChatRoomMember({ chatRoomId, username: alice.user }))).type > 0, true);
});

test('the announcement', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const roomId = await room(alice, bob);
  await alice.conn.updateChatRoomAnnouncement({ roomId, announcement: 'doors open at eight' });
  await told(bob, 'updateAnnouncement', roomId);
  const { data } = await bob.conn.fetchChatRoomAnnouncement({ roomId });
  assert.equal(data.announcement, 'doors open at eight');
  assert.equal((await failure(bob.conn.updateChatRoomAnnouncement({ roomId, announcement: 'no' }))).type, 603);
});

test('shared files are listed, and go with whoever takes them out', TEST, async () => {
  const [alice] = await world.people('alice');
  const roomId = await room(alice);
  for (const list of ['fetchChatRoomSharedFileList', 'getChatRoomSharedFilelist']) {
    assert.deepEqual((await alice.conn[list]({ roomId })).data, [], list);
  }
  const data = new File(['seats'], 'seats.txt', { type: 'text/plain' });
  const told = await new Promise((resolve, reject) => {
    alice.conn.uploadChatRoomSharedFile({ roomId, file: { data, filename: 'seats.txt' }, onFileUploadComplete: resolve, onFileUploadError: reject });
  });
  const [row] = (await alice.conn.fetchChatRoomSharedFileList({ roomId })).data;
  assert.equal(row.file_name, 'seats.txt');
  assert.ok(JSON.stringify(told).includes(row.file_id));
  await alice.conn.deleteChatRoomSharedFile({ roomId, fileId: row.file_id });
  assert.deepEqual((await alice.conn.getChatRoomSharedFilelist({ roomId })).data, []);
});

noSurprises();
