// Coming into a group: public groups, applications, invitations.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();

const told = (client, operation, id) => client.event('onGroupEvent', (event) => event.operation === operation && event.id === id);
const count = (client, operation, id) => client.events('onGroupEvent', (event) => event.operation === operation && event.id === id).length;

/** Names in the member list of a group. */
async function members(client, groupId) {
  const answer = await client.conn.listGroupMembers({ groupId, pageNum: 1, pageSize: 50 });
  return answer.data.map((row) => row.owner ?? row.member).sort();
}

test('public groups are found, page by page; private ones are not', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const ids = [];
  for (const isPublic of [true, false, true, true]) ids.push(await world.group(alice, [], { isPublic }));
  const found = [];
  let cursor = null;
  do {
    const page = await bob.conn.getPublicGroups({ limit: 2, cursor });
    found.push(...page.data.map((row) => row.groupid ?? row.id));
    cursor = page.cursor;
  } while (cursor);
  assert.deepEqual(found.filter((id) => ids.includes(id)), [ids[0], ids[2], ids[3]]);
  const listed = await bob.conn.listGroups({ limit: 100, cursor: null });
  assert.deepEqual(listed.data.map((row) => row.groupid ?? row.id), found);
  assert.equal((await failure(bob.conn.joinGroup({ groupId: ids[1], message: '' }))).type, 603);
});

test('an application waits for the owner: declined, then accepted', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob], { needApprovalToJoin: true });
  await carol.conn.joinGroup({ groupId, message: 'let me in' });
  const asked = await told(alice, 'requestToJoin', groupId);
  assert.deepEqual([asked.from, asked.reason], [carol.user, 'let me in']);
  await carol.conn.joinGroup({ groupId, message: 'let me in' });
  assert.deepEqual(await members(alice, groupId), [alice.user, bob.user].sort());
  assert.equal((await failure(bob.conn.acceptGroupJoinRequest({ groupId, applicant: carol.user }))).type, 603);
  await alice.conn.rejectGroupJoinRequest({ groupId, applicant: carol.user, reason: 'not today' });
  const declined = await told(carol, 'joinPublicGroupDeclined', groupId);
  assert.equal(declined.from, alice.user);
  assert.equal(count(alice, 'requestToJoin', groupId), 1, 'asked once');
  await alice.conn.setGroupAdmin({ groupId, username: bob.user });
  await carol.conn.joinGroup({ groupId, message: 'please' });
  await told(bob, 'requestToJoin', groupId);
  await bob.conn.acceptGroupJoinRequest({ groupId, applicant: carol.user });
  await told(carol, 'acceptRequest', groupId);
  await told(alice, 'memberPresence', groupId);
  assert.deepEqual(await members(carol, groupId), [alice.user, bob.user, carol.user].sort());
  assert.equal((await failure(carol.conn.joinGroup({ groupId, message: '' }))).type, 601);
  const id = await alice.text(groupId, 'welcome', { chatType: 'groupChat' });
  await carol.received(1, (message) => message.id === id);
});

test('an application reaches an owner who was away', TEST, async () => {
  const [alice, carol] = await world.people('alice', 'carol');
  const groupId = await world.group(alice, [], { needApprovalToJoin: true });
  alice.close();
  await carol.conn.joinGroup({ groupId, message: 'anybody?' });
  const again = await world.device(alice.user);
  await told(again, 'requestToJoin', groupId);
  await again.conn.agreeJoinGroup({ groupId, applicant: carol.user });
  await told(carol, 'acceptRequest', groupId);
});

test('the invited are asked, and in when they accept', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob], { inviteNeedConfirm: true });
  await told(bob, 'inviteToJoin', groupId);
  assert.deepEqual(await members(alice, groupId), [alice.user]);
  await bob.conn.acceptGroupInvite({ groupId, invitee: bob.user });
  const accepted = await told(alice, 'acceptInvite', groupId);
  assert.equal(accepted.from, bob.user);
  await told(alice, 'memberPresence', groupId);
  await bob.conn.inviteUsersToGroup({ groupId, users: [carol.user] });
  const invited = await told(carol, 'inviteToJoin', groupId);
  assert.deepEqual([invited.from, invited.name], [bob.user, 'readers']);
  await carol.conn.rejectGroupInvite({ groupId, invitee: carol.user });
  await told(bob, 'rejectInvite', groupId);
  assert.deepEqual(await members(alice, groupId), [alice.user, bob.user].sort());
  assert.equal((await failure(carol.conn.acceptGroupInvite({ groupId, invitee: carol.user }))).type, 603);
  assert.equal((await failure(alice.conn.inviteUsersToGroup({ groupId, users: [bob.user] }))).type, 601);
});

test('an invitation reaches who was away; older names of these calls', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  bob.close();
  const data = {
    groupname: 'old', desc: '', members: [bob.user, carol.user], public: true, approval: true, allowinvites: true, inviteNeedConfirm: true,
  };
  const groupId = (await alice.conn.createGroup({ data })).data.groupid;
  await told(carol, 'inviteToJoin', groupId);
  await carol.conn.rejectInviteIntoGroup({ groupId, invitee: carol.user });
  const again = await world.device(bob.user);
  await told(again, 'inviteToJoin', groupId);
  await again.conn.agreeInviteIntoGroup({ groupId, invitee: bob.user });
  await told(alice, 'acceptInvite', groupId);
  await carol.conn.joinGroup({ groupId, message: 'after all' });
  await told(alice, 'requestToJoin', groupId);
  await alice.conn.rejectJoinGroup({ groupId, applicant: carol.user, reason: '' });
  await told(carol, 'joinPublicGroupDeclined', groupId);
  const other = await alice.conn.createGroupNew({ data: { ...data, approval: false, inviteNeedConfirm: false } });
  await told(carol, 'directJoined', other.data.groupid);
});

test('my other devices learn that I came into a group', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(bob.user, 'two');
  await alice.text(bob.user, 'hello');
  const open = await world.group(alice, []);
  await bob.conn.joinGroup({ groupId: open, message: '' });
  const asking = await world.group(alice, [bob], { inviteNeedConfirm: true });
  await told(bob, 'inviteToJoin', asking);
  await bob.conn.acceptGroupInvite({ groupId: asking, invitee: bob.user });
  const joined = (groupId) => ({ type, gid }) => type === 'join' && gid === groupId;
  for (const group of [open, asking]) {
    assert.equal((await tablet.event('onGroupChange', joined(group))).from, bob.user);
    await told(alice, 'memberPresence', group);
    await bob.settled(alice.user);
    assert.deepEqual([alice, bob].map((client) => client.events('onGroupChange', joined(group))), [[], []]);
    for (const client of [bob, tablet]) assert.equal(count(client, 'memberPresence', group), 0);
  }
  const id = await alice.text(open, 'welcome', { chatType: 'groupChat' });
  await tablet.received(1, (message) => message.id === id);
});

noSurprises();
