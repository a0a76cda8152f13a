import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const NONE = { paramType: 0, remindType: 'NONE' };

test('for everything: type, times of day and a pause; my other devices are told', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'tablet');
  assert.equal((await alice.conn.getSilentModeForAll()).data.type, 'ALL');
  await alice.conn.setSilentModeForAll({ options: { paramType: 0, remindType: 'AT' } });
  const event = await tablet.event('onMultiDeviceEvent', (data) => data.operation === 'setSilentModeForUser');
  assert.deepEqual([event.resource, event.data], [alice.resource, { type: 'AT', ignoreInterval: '' }]);
  await alice.conn.setSilentModeForAll({
    options: { paramType: 2, startTime: { hours: 8, minutes: 5 }, endTime: { hours: 20, minutes: 30 } },
  });
  const before = Date.now();
  await alice.conn.setSilentModeForAll({ options: { paramType: 1, duration: 60_000 } });
  const { data } = await tablet.conn.getSilentModeForAll();
  assert.deepEqual([data.type, data.ignoreInterval], ['AT', '8:5-20:30']);
  assert.ok(data.ignoreDuration >= before + 59_000 && data.ignoreDuration <= Date.now() + 61_000, 'the time it ends');
  assert.equal((await bob.conn.getSilentModeForAll()).data.type, 'ALL');
  assert.equal(alice.deviceEvents('setSilentModeForUser').length, 0, 'the device that set it knows');
});

test('for a conversation: set, read, told, cleared', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const tablet = await world.device(alice.user, 'tablet');
  const group = await world.group(alice, [bob]);
  await alice.conn.setSilentModeForConversation({ conversationId: bob.user, type: 'singleChat', options: NONE });
  await alice.conn.setSilentModeForConversation({ conversationId: group, type: 'groupChat', options: { paramType: 0, remindType: 'AT' } });
  const one = await tablet.event('onMultiDeviceEvent', (data) => data.conversationId === bob.user);
  assert.deepEqual([one.operation, one.type, one.data], ['setSilentModeForConversation', 'singleChat', { type: 'NONE' }]);
  const two = await tablet.event('onMultiDeviceEvent', (data) => data.conversationId === group);
  assert.deepEqual([two.operation, two.type, two.data], ['setSilentModeForConversation', 'groupChat', { type: 'AT' }]);
  const single = await tablet.conn.getSilentModeForConversation({ conversationId: bob.user, type: 'singleChat' });
  assert.deepEqual(single.data, { type: 'NONE' });
  const several = await alice.conn.getSilentModeForConversations({
    conversationList: [{ id: bob.user, type: 'singleChat' }, { id: carol.user, type: 'singleChat' }, { id: group, type: 'groupChat' }],
  });
  assert.deepEqual(several.data, { user: { [bob.user]: { type: 'NONE' }, [carol.user]: {} }, group: { [group]: { type: 'AT' } } });
  await alice.conn.clearRemindTypeForConversation({ conversationId: bob.user, type: 'singleChat' });
  await tablet.event('onMultiDeviceEvent', (data) => data.operation === 'removeSilentModeForConversation' && data.conversationId === bob.user);
  const cleared = await alice.conn.getSilentModeForConversation({ conversationId: bob.user, type: 'singleChat' });
  assert.deepEqual(cleared.data, {});
  await bob.text(alice.user, 'delivered all the same');
  await alice.received(1);
});

test('conversations with a type of their own, in pages', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob]);
  for (const [conversationId, type] of [[bob.user, 'singleChat'], [carol.user, 'singleChat'], [group, 'groupChat']]) {
    await alice.conn.setSilentModeForConversation({ conversationId, type, options: NONE });
  }
  await alice.conn.setSilentModeForConversation({ conversationId: 'other', type: 'singleChat', options: { paramType: 1, duration: 1000 } });
  const seen = [];
  let cursor = '';
  do {
    const { data } = await alice.conn.getSilentModeRemindTypeConversations({ pageSize: 2, cursor });
    assert.ok(data.conversations.length <= 2);
    seen.push(...data.conversations);
    cursor = data.cursor;
  } while (cursor);
  const row = (conversationId, type) => ({ conversationId, type, remindType: 'NONE' });
  assert.deepEqual(seen, [row(bob.user, 'singleChat'), row(carol.user, 'singleChat'), row(group, 'groupChat')]);
});

test('the language of notifications', TEST, async () => {
  const [alice] = await world.people('alice');
  assert.equal((await alice.conn.getPushPerformLanguage()).data.language, '');
  await alice.conn.setPushPerformLanguage({ language: 'EU' });
  assert.equal((await alice.conn.getPushPerformLanguage()).data.language, 'EU');
});

test('what makes no sense is refused', TEST, async () => {
  const [alice] = await world.people('alice');
  const path = `/lacuna/demo/users/${alice.user}/notification/user/bob`;
  const refused = [{ type: 'SOME' }, { ignoreInterval: '25:00-8:00' }, { ignoreInterval: '8:00' }, { ignoreDuration: 604_800_001 },
    { ignoreDuration: -1 }, { ignoreDuration: 'x' }, {}];
  for (const body of refused) {
    const answer = await call(world.server.url, 'PUT', path, { token: alice.token, body });
    assert.equal(answer.status, 400, JSON.stringify(body));
  }
  await failure(alice.conn.setSilentModeForConversation({ conversationId: 'no group', type: 'groupChat', options: NONE }));
});

noSurprises();
