import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const ASKED = { chatType: 'groupChat', msgConfig: { allowGroupAck: true } };

/** Says that `id` was read in `group`. */
const ack = (client, group, id, ackContent = '') => client.send({
  type: 'read', chatType: 'groupChat', to: group, id, msgConfig: { allowGroupAck: true }, ackContent,
});

/** The names of who has read, as the sender asks for them. */
const readers = async (client, groupId, msgId) => (await client.conn.getGroupMsgReadUser({ groupId, msgId })).data.userlist
  .map((row) => row.username ?? row);

test('the sender of a group message is told who has read it, and how many', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  const id = await alice.text(group, 'read me', ASKED);
  await Promise.all([bob.received(1), carol.received(1)]);
  assert.deepEqual(await readers(alice, group, id), []);
  await ack(bob, group, id, 'seen');
  const first = await alice.event('onReadMessage');
  assert.deepEqual([first.mid ?? first.ackId, first.from], [id, bob.user]);
  assert.deepEqual(first.groupReadCount, { [id]: 1 });
  assert.equal(first.ackContent, 'seen');
  await ack(bob, group, id, 'seen');
  await ack(carol, group, id);
  const second = await alice.event('onReadMessage', (data) => data.from === carol.user);
  assert.deepEqual(second.groupReadCount, { [id]: 2 });
  assert.equal(alice.events('onReadMessage').length, 2, 'once for each reader');
  assert.deepEqual(await readers(alice, group, id), [bob.user, carol.user].sort());
  const { data } = await alice.conn.getGroupMsgReadUser({ groupId: group, msgId: id });
  assert.deepEqual([data.ackmid, data.total, data.is_last], [id, 2, true]);
  assert.equal(data.userlist.find((row) => row.username === bob.user).ack_content, 'seen');
  assert.equal(bob.events('onReadMessage').length + carol.events('onReadMessage').length, 0);
  assert.deepEqual(await alice.history(group, { group: true }), [id], 'receipts are not history');
});

test('a sender that was away is told when it comes back', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const group = await world.group(alice, [bob]);
  const id = await alice.text(group, 'read me', ASKED);
  await bob.received(1);
  alice.close();
  await ack(bob, group, id);
  const back = await world.device(alice.user, 'one');
  assert.deepEqual((await back.event('onReadMessage')).groupReadCount, { [id]: 1 });
});

test('no receipt of what the sender deleted, of one\'s own, or of what one does not see', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob]);
  const [gone, kept] = (await alice.texts(group, 2, ASKED)).map((sent) => sent.id);
  await bob.received(2);
  await alice.conn.removeHistoryMessages({ targetId: group, chatType: 'groupChat', messageIds: [gone] });
  await ack(bob, group, gone);
  await ack(alice, group, kept);
  await alice.conn.inviteUsersToGroup({ groupId: group, users: [carol.user] });
  await ack(carol, group, kept);
  await ack(bob, group, kept);
  const told = await alice.event('onReadMessage');
  assert.deepEqual([told.mid ?? told.ackId, told.groupReadCount], [kept, { [kept]: 1 }]);
  assert.equal(alice.events('onReadMessage').length, 1);
  assert.deepEqual(await readers(alice, group, kept), [bob.user]);
  expectMissing(/acks/);
  await failure(alice.conn.getGroupMsgReadUser({ groupId: group, msgId: gone }));
  await failure(bob.conn.getGroupMsgReadUser({ groupId: group, msgId: kept }));
});

test('receipts come from members only', TEST, async () => {
  const [alice, bob, mallory] = await world.people('alice', 'bob', 'mallory');
  const group = await world.group(alice, [bob]);
  const id = await alice.text(group, 'read me', ASKED);
  assert.equal((await failure(ack(mallory, group, id))).type, 602);
  assert.deepEqual(await readers(alice, group, id), []);
});

noSurprises();
