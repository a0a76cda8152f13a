// Who governs a group: its owner and admins; who may speak, and who may not be in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const GROUP = { chatType: 'groupChat' };

/** Waits for the group event `operation` of `id` at `client`, about `user` if one is named. */
const told = (client, operation, id, user) => client.event('onGroupEvent',
  (event) => event.operation === operation && event.id === id && (!user || event.userId === user));
const operations = (client, id) => client.events('onGroupEvent', (event) => event.id === id).map((event) => event.operation);
/** The one row of an answer about one user: SDKs unpack it or do not. */
const row = ({ data }) => (Array.isArray(data) ? data[0] : data);

test('admins: named, listed, removed; they and the staff are told', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob, carol]);
  const named = await alice.conn.setGroupAdmin({ groupId, username: bob.user });
  assert.deepEqual(named.data, { result: 'success', newadmin: bob.user });
  await told(bob, 'setAdmin', groupId);
  await alice.conn.setGroupAdmin({ groupId, username: carol.user });
  await told(carol, 'setAdmin', groupId, carol.user);
  await told(bob, 'setAdmin', groupId, carol.user);
  assert.deepEqual((await carol.conn.getGroupAdmin({ groupId })).data, [bob.user, carol.user].sort());
  const answer = await alice.conn.getGroupMembers({ groupId, limit: 10 });
  const rows = answer.data.members ?? answer.data;
  assert.ok(rows.some((one) => one.admin === bob.user || (one.role === 'admin' && one.userId === bob.user)), JSON.stringify(rows));
  const gone = await alice.conn.removeGroupAdmin({ groupId, username: bob.user });
  assert.deepEqual(gone.data, { result: 'success', oldadmin: bob.user });
  await told(bob, 'removeAdmin', groupId);
  assert.equal((await failure(bob.conn.setGroupAdmin({ groupId, username: bob.user }))).type, 603);
  assert.equal((await failure(carol.conn.removeGroupMember({ groupId, username: alice.user }))).type, 603);
});

test('a group changes hands; everybody is told', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob, carol]);
  assert.equal((await failure(bob.conn.changeGroupOwner({ groupId, newOwner: bob.user }))).type, 603);
  const { data } = await alice.conn.changeGroupOwner({ groupId, newOwner: bob.user });
  assert.equal(data.newowner, true);
  await told(bob, 'changeOwner', groupId);
  await told(carol, 'changeOwner', groupId);
  const { data: [info] } = await carol.conn.getGroupInfo({ groupId });
  assert.equal(info.owner, bob.user);
  await bob.conn.changeOwner({ groupId, newOwner: carol.user });
  await alice.conn.leaveGroup({ groupId });
  await carol.conn.destroyGroup({ groupId });
});

test('mute: silent until it ends or is lifted', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const groupId = await world.group(alice, [bob]);
  const muted = await alice.conn.muteGroupMember({ groupId, username: bob.user, muteDuration: 3_600_000 });
  assert.equal(row(muted).user, bob.user);
  assert.ok(row(muted).expire > Date.now());
  const event = await told(bob, 'muteMember', groupId, bob.user);
  assert.equal(event.muteTimestamp?.[bob.user] ?? row(muted).expire, row(muted).expire);
  assert.equal((await failure(bob.text(groupId, 'psst', GROUP))).type, 507);
  await alice.text(groupId, 'silence', GROUP);
  assert.equal((await bob.conn.isInGroupMutelist({ groupId })).data, true);
  const listed = await alice.conn.getGroupMutelist({ groupId });
  assert.deepEqual(listed.data, [{ user: bob.user, expire: row(muted).expire }]);
  assert.equal((await failure(bob.conn.getGroupMuteList({ groupId }))).type, 603);
  await alice.conn.unmuteGroupMember({ groupId, username: bob.user });
  await told(bob, 'unmuteMember', groupId, bob.user);
  await bob.text(groupId, 'thanks', GROUP);
  await alice.received(1);
  assert.equal((await bob.conn.isInGroupMutelist({ groupId })).data, false);
  await alice.conn.mute({ groupId, username: bob.user, muteDuration: 1 });
  await alice.conn.mute({ groupId, username: bob.user, muteDuration: -1 });
  assert.equal((await alice.conn.getMuted({ groupId })).data[0].expire, 4_638_873_600_000);
  await alice.conn.removeMute({ groupId, username: bob.user });
});

test('mute all: only the owner, admins and the allowed speak', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob, carol]);
  assert.equal((await alice.conn.disableSendGroupMsg({ groupId })).data.mute, true);
  await Promise.all([told(bob, 'muteAllMembers', groupId), told(carol, 'muteAllMembers', groupId)]);
  assert.equal((await failure(bob.text(groupId, 'x', GROUP))).type, 507);
  const added = await alice.conn.addUsersToGroupAllowlist({ groupId, users: [bob.user] });
  assert.equal(row(added).user, bob.user);
  await told(bob, 'addUserToAllowlist', groupId);
  await bob.text(groupId, 'allowed', GROUP);
  assert.equal((await failure(carol.text(groupId, 'x', GROUP))).type, 507);
  assert.deepEqual((await alice.conn.getGroupAllowlist({ groupId })).data, [bob.user]);
  for (const [client, white] of [[bob, true], [carol, false]]) {
    const { data } = await client.conn.isInGroupAllowlist({ groupId, userName: client.user });
    assert.equal(data.white, white);
  }
  const gone = await alice.conn.removeGroupAllowlistMember({ groupId, userName: bob.user });
  assert.equal(row(gone).result, true);
  await told(bob, 'removeAllowlistMember', groupId);
  assert.equal((await failure(bob.text(groupId, 'x', GROUP))).type, 507);
  assert.equal((await alice.conn.enableSendGroupMsg({ groupId })).data.mute, false);
  await told(carol, 'unmuteAllMembers', groupId);
  await carol.text(groupId, 'at last', GROUP);
});

test('block list: out, told, and not in again before it is lifted', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob, carol]);
  const banned = await alice.conn.blockGroupMember({ groupId, username: bob.user });
  assert.equal(row(banned).user, bob.user);
  await told(bob, 'removeMember', groupId);
  await told(carol, 'memberAbsence', groupId);
  assert.deepEqual((await alice.conn.getGroupBlocklist({ groupId })).data, [bob.user]);
  assert.equal((await failure(bob.text(groupId, 'x', GROUP))).type, 602);
  assert.equal((await failure(bob.conn.joinGroup({ groupId, message: '' }))).type, 603);
  assert.equal((await failure(alice.conn.inviteUsersToGroup({ groupId, users: [bob.user] }))).type, 603);
  await alice.conn.unblockGroupMember({ groupId, username: bob.user });
  await told(bob, 'unblockMember', groupId);
  await bob.conn.joinGroup({ groupId, message: '' });
  const several = [bob.user, carol.user];
  await alice.conn.blockGroupMembers({ groupId, usernames: several });
  assert.deepEqual((await alice.conn.getGroupBlacklist({ groupId })).data, [...several].sort());
  await alice.conn.unblockGroupMembers({ groupId, usernames: several });
  assert.deepEqual((await alice.conn.getGroupBlacklistNew({ groupId })).data, []);
});

test('what happened while a member was away is told when it comes back', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const groupId = await world.group(alice, [bob]);
  await told(bob, 'directJoined', groupId);
  await bob.text(alice.user, 'bye');
  await bob.settled(alice.user);
  bob.close();
  await alice.conn.setGroupAdmin({ groupId, username: bob.user });
  await alice.conn.updateGroupAnnouncement({ groupId, announcement: 'where is bob?' });
  await alice.conn.disableSendGroupMsg({ groupId });
  await alice.conn.blockGroupMember({ groupId, username: bob.user });
  await alice.conn.unblockGroupMember({ groupId, username: bob.user });
  const again = await world.device(bob.user);
  await told(again, 'unblockMember', groupId);
  await told(again, 'removeMember', groupId);
  const missed = operations(again, groupId).filter((name) => name !== 'unblockMember' && name !== 'directJoined');
  assert.deepEqual(missed, ['setAdmin', 'updateAnnouncement', 'muteAllMembers', 'removeMember']);
});

test('the older names of these calls work as well', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob, carol]);
  const { conn } = alice;
  const one = { groupId, username: bob.user };
  await conn.setAdmin(one);
  await conn.removeAdmin(one);
  await conn.addUsersToGroupWhitelist({ groupId, users: [bob.user, carol.user] });
  assert.deepEqual((await conn.getGroupWhitelist({ groupId })).data, [bob.user, carol.user].sort());
  for (const call of ['isGroupWhiteUser', 'isInGroupWhiteList']) {
    assert.equal((await conn[call]({ groupId, userName: bob.user })).data.white, true, call);
  }
  await conn.rmUsersFromGroupWhitelist({ groupId, userName: bob.user });
  await conn.removeGroupWhitelistMember({ groupId, userName: carol.user });
  assert.deepEqual((await conn.getGroupWhitelist({ groupId })).data, []);
  await conn.groupBlockSingle(one);
  await conn.removeGroupBlockSingle(one);
  await conn.groupBlockMulti({ groupId, usernames: [bob.user, carol.user] });
  await conn.removeGroupBlockMulti({ groupId, usernames: [bob.user, carol.user] });
  await conn.inviteToGroup({ groupId, users: [bob.user, carol.user] });
  await conn.removeSingleGroupMember(one);
  await conn.inviteToGroup({ groupId, users: [bob.user] });
  await conn.removeMultiGroupMember({ groupId, users: [bob.user, carol.user] });
  await conn.inviteToGroup({ groupId, users: [bob.user, carol.user] });
  await conn.removeGroupMembers({ groupId, users: [bob.user] });
  await carol.conn.quitGroup({ groupId });
  await conn.dissolveGroup({ groupId });
});

noSurprises();
