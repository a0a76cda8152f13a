// What a group is set to and what its members keep in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const GROUP = { chatType: 'groupChat' };

const told = (client, operation, id) => client.event('onGroupEvent', (event) => event.operation === operation && event.id === id);

test('settings: changed by owner and admins, seen and told by all', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const groupId = await world.group(alice, [bob]);
  const changes = { groupName: 'writers', description: 'no readers', ext: '{"a":1}', avatar: 'http://x/y.png' };
  assert.equal((await failure(bob.conn.modifyGroup({ groupId, ...changes }))).type, 603);
  const { data } = await alice.conn.modifyGroup({ groupId, ...changes });
  assert.equal(data.groupname, true);
  const { detail } = await told(bob, 'updateInfo', groupId);
  assert.deepEqual([detail.name, detail.description, detail.ext, detail.avatar], ['writers', 'no readers', '{"a":1}', 'http://x/y.png']);
  assert.equal(detail.maxUsers, 200);
  const { data: [info] } = await bob.conn.getGroupInfo({ groupId });
  assert.deepEqual([info.name, info.description, info.custom, info.avatar], ['writers', 'no readers', '{"a":1}', 'http://x/y.png']);
  await failure(alice.conn.modifyGroup({ groupId, groupName: 'x'.repeat(129) }));
  const other = await world.group(alice, [bob]);
  const both = await bob.conn.getGroupInfo({ groupId: [groupId, other] });
  assert.deepEqual(both.data.map(({ id }) => id), [groupId, other]);
});

test('my groups: with roles, and how many', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const mine = await world.group(bob, []);
  const admin = await world.group(alice, [bob]);
  const member = await world.group(alice, [bob]);
  await alice.conn.setGroupAdmin({ groupId: admin, username: bob.user });
  const { entities } = await bob.conn.getJoinedGroups({ pageNum: 0, pageSize: 20, needRole: true, needAffiliations: true });
  const roles = Object.fromEntries(entities.map((row) => [row.groupId, row.role ?? row.permission]));
  assert.deepEqual(roles, { [mine]: 'owner', [admin]: 'admin', [member]: 'member' });
  assert.equal((await bob.conn.getJoinedGroupsCount()).data, 3);
  const short = await bob.conn.getJoinedGroups({ pageNum: 1, pageSize: 2 });
  assert.equal(short.data.length, 2);
  assert.equal((await bob.conn.getGroup()).data.length, 3);
  assert.equal((await bob.conn.listGroupMember({ groupId: mine, pageNum: 1, pageSize: 5 })).data.length, 1);
});

test('announcement', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const groupId = await world.group(alice, [bob]);
  assert.equal((await bob.conn.fetchGroupAnnouncement({ groupId })).data.announcement, '');
  const { data } = await alice.conn.updateGroupAnnouncement({ groupId, announcement: 'hear, hear' });
  assert.deepEqual(data, { id: groupId, result: true });
  assert.equal((await told(bob, 'updateAnnouncement', groupId)).announcement, 'hear, hear');
  assert.equal((await bob.conn.fetchGroupAnnouncement({ groupId })).data.announcement, 'hear, hear');
  assert.equal((await failure(bob.conn.updateGroupAnnouncement({ groupId, announcement: 'x' }))).type, 603);
  await failure(alice.conn.updateGroupAnnouncement({ groupId, announcement: 'x'.repeat(513) }));
  await alice.conn.updateGroupAnnouncement({ groupId, announcement: '' });
  await told(bob, 'deleteAnnouncement', groupId);
});

test('attributes of members: told to the others and to one\'s own other device', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(bob.user, 'two');
  const groupId = await world.group(alice, [bob]);
  await bob.conn.setGroupMemberAttributes({ groupId, userId: bob.user, memberAttributes: { nick: 'Bobby', hat: 'red' } });
  const event = await told(alice, 'memberAttributesUpdate', groupId);
  assert.deepEqual([event.from, event.attributes, event.userId], [bob.user, { nick: 'Bobby', hat: 'red' }, bob.user]);
  await tablet.until(() => tablet.deviceEvents('memberAttributesUpdate').length > 0, 'the event of the own device');
  await bob.conn.setGroupMemberAttributes({ groupId, userId: bob.user, memberAttributes: { hat: '' } });
  assert.deepEqual((await alice.conn.getGroupMemberAttributes({ groupId, userId: bob.user })).data, { nick: 'Bobby' });
  const several = await alice.conn.getGroupMembersAttributes({ groupId, userIds: [alice.user, bob.user], keys: ['nick'] });
  assert.deepEqual(several.data, { [alice.user]: {}, [bob.user]: { nick: 'Bobby' } });
  const set = (memberAttributes) => failure(bob.conn.setGroupMemberAttributes({ groupId, userId: bob.user, memberAttributes }));
  assert.equal((await set({ 'seventeen bytes..': 'x' })).type, 609);
  assert.equal((await set({ a: 'x'.repeat(513) })).type, 609);
  assert.equal((await set(Object.fromEntries([...Array(9).keys()].map((n) => [`k${n}`, 'x'.repeat(500)])))).type, 50);
});

test('a shielded group is not delivered, stays in history, and comes when it is unshielded', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const groupId = await world.group(alice, [bob]);
  const first = await alice.text(groupId, 'heard', GROUP);
  await bob.received(1);
  const { data } = await bob.conn.blockGroupMessage({ groupId });
  assert.equal(data.result, true);
  const second = await alice.text(groupId, 'not heard', GROUP);
  await bob.text(alice.user, 'so quiet');
  await bob.settled(alice.user);
  const third = await alice.text(bob.user, 'and now?');
  await bob.received(1, (message) => message.id === third);
  bob.close();
  const away = await alice.text(groupId, 'nor this', GROUP);
  const again = await world.device(bob.user);
  await again.settled(alice.user);
  assert.deepEqual(again.messages(), []);
  assert.deepEqual(bob.messages().map((message) => message.id), [first, third]);
  const { data: [info] } = await again.conn.getGroupInfo({ groupId });
  assert.equal(info.shieldgroup, true);
  await again.conn.unblockGroupMessage({ groupId });
  await again.received(2);
  assert.deepEqual(again.messages().map((message) => message.id), [second, away]);
  assert.deepEqual(await again.history(groupId, { group: true }), [away, second, first]);
  await again.conn.blockGroupMessages({ groupId });
  assert.equal((await again.conn.getGroupInfo({ groupId })).data[0].shieldgroup, true);
  await again.conn.blockGroup({ groupId });
});

test('my other devices learn that I shield myself from a group', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(bob.user, 'two');
  await alice.text(bob.user, 'hello');
  const groupId = await world.group(alice, [bob]);
  const told = (client, kind) => client.events('onGroupChange', ({ type, gid }) => type === kind && gid === groupId).length;
  await bob.conn.blockGroupMessage({ groupId });
  await bob.conn.blockGroupMessage({ groupId });
  await bob.conn.unblockGroupMessage({ groupId });
  await tablet.until(() => told(tablet, 'unblock') > 0, 'unblock');
  assert.equal(told(tablet, 'block'), 1, 'told once');
  await alice.settled(bob.user);
  await bob.settled(alice.user);
  for (const client of [alice, bob]) assert.deepEqual([told(client, 'block'), told(client, 'unblock')], [0, 0]);
});

test('shared files are listed; one that is not there is not deleted', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const groupId = await world.group(alice, [bob]);
  assert.deepEqual((await bob.conn.getGroupSharedFilelist({ groupId, pageNum: 1, pageSize: 10 })).data, []);
  assert.deepEqual((await bob.conn.fetchGroupSharedFileList({ groupId, pageNum: 1, pageSize: 10 })).data, []);
  const [org, app] = world.server.app.split('#');
  expectMissing(/share_files\/nothing$/);
  const answer = await call(world.server.url, 'DELETE', `/${org}/${app}/chatgroups/${groupId}/share_files/nothing`, { token: bob.token });
  assert.deepEqual([answer.status, answer.json.code], [404, 'group_file_not_found']);
});

noSurprises();
