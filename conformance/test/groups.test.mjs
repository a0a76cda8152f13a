import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const GROUP = { chatType: 'groupChat' };

/** Waits for the group event `operation` of `id` at `client`. */
const told = (client, operation, id) => client.event('onGroupEvent', (event) => event.operation === operation && event.id === id);

/** Names in the member list of a group, in whichever role. */
async function members(client, groupId) {
  const answer = await client.conn.getGroupMembers({ groupId, limit: 50 });
  const rows = Array.isArray(answer.data) ? answer.data : answer.data.members;
  return rows.map((row) => row.owner ?? row.admin ?? row.member ?? row.userId).sort();
}

test('create: the invited are in, told, and see what comes after', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob]);
  assert.match(group, /^[0-9]+$/);
  await told(bob, 'directJoined', group);
  const id = await alice.text(group, 'welcome', GROUP);
  const [got] = await bob.received(1);
  assert.equal(got.id, id);
  assert.equal(got.chatType, 'groupChat');
  assert.equal(got.from, alice.user);
  assert.equal(got.to, group);
  assert.deepEqual(await bob.history(group, { group: true }), [id]);
  assert.equal(carol.messages().length, 0);
});

test('my other devices learn that I created a group', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  await alice.text(bob.user, 'hello');
  const open = await world.group(alice, [bob]);
  const asking = await world.group(alice, [bob], { inviteNeedConfirm: true });
  for (const group of [open, asking]) assert.equal((await told(tablet, 'create', group)).from, alice.user);
  await alice.settled(bob.user);
  await bob.settled(alice.user);
  assert.deepEqual([alice, bob].map((client) => client.events('onGroupEvent', ({ operation }) => operation === 'create')), [[], []]);
});

test('info, members and my groups', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  const { data: [info] } = await alice.conn.getGroupInfo({ groupId: group });
  assert.equal(info.id, group);
  assert.equal(info.name, 'readers');
  assert.equal(info.description, 'a group');
  assert.equal(info.owner, alice.user);
  assert.equal(info.affiliations_count, 3);
  const everyone = [alice.user, bob.user, carol.user].sort();
  assert.deepEqual(await members(bob, group), everyone);
  const listed = await bob.conn.listGroupMembers({ groupId: group, pageNum: 1, pageSize: 20 });
  assert.deepEqual(listed.data.map((row) => row.owner ?? row.admin ?? row.member).sort(), everyone);
  const mine = await bob.conn.getJoinedGroups({ pageNum: 0, pageSize: 20 });
  assert.deepEqual(mine.data.map((row) => row.groupid ?? row.groupId ?? row.id), [group]);
  const roles = await alice.conn.getJoinedGroups({ pageNum: 0, pageSize: 20, needAffiliations: true, needRole: true });
  assert.equal(roles.entities[0].groupId, group);
});

test('getGroupMembers walks pages by its cursor', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob, carol]);
  const names = [];
  let cursor = '';
  do {
    const { data } = await alice.conn.getGroupMembers({ groupId, limit: 2, cursor });
    const rows = Array.isArray(data) ? data : data.members;
    assert.ok(rows.length <= 2);
    names.push(...rows.map((row) => row.owner ?? row.admin ?? row.member ?? row.userId));
    cursor = data.cursor ?? '';
  } while (cursor);
  assert.deepEqual([...new Set(names)].length, names.length);
  if (names.length !== 3) assert.equal(names.length, 2, 'a client that drops the cursor sees the first page');
});

test('join: the others are told; the joiner sees only what comes after', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob]);
  await alice.texts(group, 3, GROUP);
  await carol.conn.joinGroup({ groupId: group, message: '' });
  await told(alice, 'memberPresence', group);
  await told(bob, 'memberPresence', group);
  const id = await bob.text(group, 'hello carol', GROUP);
  await carol.received(1);
  assert.deepEqual(carol.messages().map((message) => message.id), [id]);
  assert.deepEqual(await carol.history(group, { group: true }), [id]);
});

test('invite: in, told, and nothing from before', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob]);
  await alice.texts(group, 2, GROUP);
  await alice.conn.inviteUsersToGroup({ groupId: group, users: [carol.user] });
  await told(carol, 'directJoined', group);
  const id = await alice.text(group, 'now', GROUP);
  await carol.received(1);
  assert.deepEqual(await carol.history(group, { group: true }), [id]);
  assert.deepEqual(await members(alice, group), [alice.user, bob.user, carol.user].sort());
});

test('leave: the others are told; what I saw stays mine, what follows does not come', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  const before = await alice.text(group, 'before', GROUP);
  await bob.received(1);
  await bob.conn.leaveGroup({ groupId: group });
  await told(alice, 'memberAbsence', group);
  await alice.text(group, 'after', GROUP);
  await carol.received(2);
  assert.equal((await failure(bob.text(group, 'still?', GROUP))).type, 602);
  assert.deepEqual(await bob.history(group, { group: true }), [before]);
  assert.deepEqual(bob.messages(({ msg }) => msg === 'after'), []);
  assert.deepEqual(await members(alice, group), [alice.user, carol.user].sort());
});

test('leave and join again: neither the time away nor the time before comes back', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const group = await world.group(alice, [bob]);
  await alice.text(group, 'first stay', GROUP);
  await bob.received(1);
  await bob.conn.leaveGroup({ groupId: group });
  await alice.text(group, 'away', GROUP);
  await bob.conn.joinGroup({ groupId: group, message: '' });
  const id = await alice.text(group, 'second stay', GROUP);
  await bob.received(1, (message) => message.id === id);
  assert.deepEqual(await bob.history(group, { group: true }), [id]);
});

test('kick: the kicked and the rest are told; no more messages', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  const before = await alice.text(group, 'before', GROUP);
  await Promise.all([bob.received(1), carol.received(1)]);
  await alice.conn.removeGroupMember({ groupId: group, username: bob.user });
  await told(bob, 'removeMember', group);
  await told(carol, 'memberAbsence', group);
  await alice.text(group, 'after', GROUP);
  await carol.received(2);
  assert.equal(bob.messages().length, 1);
  assert.deepEqual(await bob.history(group, { group: true }), [before]);
  await bob.conn.removeHistoryMessages({ targetId: group, chatType: 'groupChat', messageIds: [before] });
  assert.deepEqual(await bob.history(group, { group: true }), []);
  assert.equal((await failure(bob.text(group, 'let me in', GROUP))).type, 602);
});

test('only an owner or admin may kick; nobody may invite from outside', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob]);
  await failure(bob.conn.removeGroupMember({ groupId: group, username: alice.user }));
  await failure(carol.conn.inviteUsersToGroup({ groupId: group, users: [carol.user] }));
  await failure(bob.conn.destroyGroup({ groupId: group }));
  assert.deepEqual(await members(alice, group), [alice.user, bob.user].sort());
});

test('destroy: members are told, nobody can send, everybody keeps what they had', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const group = await world.group(alice, [bob]);
  const id = await alice.text(group, 'last words', GROUP);
  await bob.received(1);
  await alice.conn.destroyGroup({ groupId: group });
  await told(bob, 'destroy', group);
  const error = await failure(bob.text(group, 'hello?', GROUP));
  assert.ok([602, 605].includes(error.type), `type ${error.type}`);
  assert.deepEqual(await bob.history(group, { group: true }), [id]);
  assert.deepEqual((await bob.conn.getJoinedGroups({ pageNum: 0, pageSize: 20 })).data, []);
});

test('an unknown group has no info', TEST, async () => {
  const [alice] = await world.people('alice');
  expectMissing(/^GET \/lacuna\/demo\/chatgroups\/999999/);
  assert.ok(await failure(alice.conn.getGroupInfo({ groupId: '999999' })));
});

test('my other device sees what I write to a group', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  const group = await world.group(alice, [bob]);
  const id = await alice.text(group, 'to all', GROUP);
  const [got] = await tablet.received(1);
  assert.deepEqual([got.id, got.from, got.to], [id, alice.user, group]);
  await bob.received(1);
  assert.equal(alice.messages().length, 0);
});

test('a directed message reaches only those it names, and is nobody\'s history', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  await alice.text(group, 'psst', { ...GROUP, receiverList: [bob.user] });
  const id = await alice.text(group, 'everybody', GROUP);
  await Promise.all([bob.received(2), carol.received(1)]);
  assert.deepEqual(bob.messages().map(({ msg }) => msg), ['psst', 'everybody']);
  assert.deepEqual(carol.messages().map(({ msg }) => msg), ['everybody']);
  for (const client of [alice, bob, carol]) assert.deepEqual(await client.history(group, { group: true }), [id]);
});

test('group events reach a member who was away', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  bob.close();
  const group = await world.group(alice, [bob]);
  const sent = await alice.texts(group, 3, GROUP);
  const again = await world.device(bob.user);
  await told(again, 'directJoined', group);
  await again.received(3);
  assert.deepEqual(again.messages().map((message) => message.id), sent.map(({ id }) => id));
});

noSurprises();
