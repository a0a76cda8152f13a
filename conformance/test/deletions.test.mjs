import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSurprises, suite, tick, TEST } from '../lib/suite.mjs';

const world = suite();
const ids = (rows) => rows.map(({ id }) => id);
const newestFirst = (list) => [...list].reverse();

/**
 * Alice with two devices, Bob with one, and a conversation of 8 messages between them: 1-1 or a
 * group. Both also know Carol, whose conversation serves as the barrier (Client.settled).
 */
async function scene(group) {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const tablet = await world.device(alice.user, 'two');
  await Promise.all([alice.text(carol.user, 'anchor'), bob.text(carol.user, 'anchor')]);
  const id = group ? await world.group(alice, [bob, carol]) : undefined;
  const how = group ? { chatType: 'groupChat' } : {};
  const sent = [];
  for (let n = 0; n < 4; n += 1) {
    sent.push(await alice.text(id ?? bob.user, `from alice ${n}`, how));
    sent.push(await bob.text(id ?? alice.user, `from bob ${n}`, how));
  }
  const of = (message) => sent.includes(message.id);
  await Promise.all([tablet.received(8, of), bob.received(4, of), alice.received(4, of)]);
  return {
    alice, bob, carol, tablet, sent,
    /** The conversation as Alice names it, and as Bob does. */
    forAlice: id ?? bob.user,
    forBob: id ?? alice.user,
    chatType: group ? 'groupChat' : 'singleChat',
    mine: (client = alice) => client.history(id ?? bob.user, { group }),
    theirs: () => bob.history(id ?? alice.user, { group }),
    remove: (options, client = alice) => client.conn.removeHistoryMessages({
      targetId: id ?? bob.user, chatType: group ? 'groupChat' : 'singleChat', ...options,
    }),
  };
}

/** What must hold after any deletion by Alice's phone that left `left` (newest first) of the conversation. */
async function holds({ alice, bob, carol, tablet, sent, forAlice, forBob, chatType, mine, theirs }, left, events = 1) {
  assert.deepEqual(await mine(), left, 'my history');
  assert.deepEqual(await mine(tablet), left, 'my history on the other device');
  assert.deepEqual(await theirs(), newestFirst(sent), 'the peer\'s history');
  await Promise.all([alice, bob, tablet].map((client) => client.settled(carol.user)));
  const told = tablet.deviceEvents('deleteRoaming');
  assert.equal(told.length, events, `events at the other device: ${JSON.stringify(told)}`);
  for (const event of told) {
    assert.equal(event.conversationId, forAlice);
    assert.equal(event.chatType, chatType);
    assert.equal(event.resource, alice.resource);
  }
  assert.deepEqual(alice.deviceEvents('deleteRoaming'), [], 'the deleting device is told nothing');
  assert.deepEqual(bob.deviceEvents('deleteRoaming'), [], 'the peer is told nothing');
  const theirList = await bob.conversations();
  assert.ok(theirList.some((row) => row.conversationId === forBob), 'the peer\'s list');
}

for (const group of [false, true]) {
  const where = group ? 'group' : '1-1';

  test(`${where}: by ids`, TEST, async () => {
    const it = await scene(group);
    const gone = [it.sent[0], it.sent[3], it.sent[7]];
    await it.remove({ messageIds: gone });
    await holds(it, newestFirst(it.sent.filter((id) => !gone.includes(id))));
  });

  test(`${where}: by ids again, unknown ids, ids of another conversation: success, nothing happens`, TEST, async () => {
    const it = await scene(group);
    const gone = [it.sent[1], it.sent[2]];
    const left = newestFirst(it.sent.filter((id) => !gone.includes(id)));
    await it.remove({ messageIds: gone });
    await holds(it, left);
    const elsewhere = await it.alice.text(it.carol.user, 'elsewhere');
    await it.remove({ messageIds: gone });
    await it.remove({ messageIds: ['1', '123456789', '9223372036854775807'] });
    await it.remove({ messageIds: [elsewhere] });
    await it.remove({ messageIds: [gone[0], gone[0]] });
    await holds(it, left);
    assert.ok((await it.alice.history(it.carol.user)).includes(elsewhere));
  });

  test(`${where}: by time, the message of that time included`, TEST, async () => {
    const it = await scene(group);
    await tick();
    const { messages } = await it.alice.page(it.forAlice, { group, pageSize: 50, searchDirection: 'down' });
    const cut = messages[3].time;
    const left = messages.filter((message) => message.time > cut).map((message) => message.id);
    assert.ok(left.length < 5);
    await it.remove({ beforeTimeStamp: cut });
    await holds(it, newestFirst(left));
    await it.remove({ beforeTimeStamp: cut });
    await it.remove({ beforeTimeStamp: 1 });
    await holds(it, newestFirst(left));
  });

  test(`${where}: by a time to come, which is no standing filter`, TEST, async () => {
    const it = await scene(group);
    await it.remove({ beforeTimeStamp: Date.now() + 86_400_000 });
    await holds(it, []);
    const how = group ? { chatType: 'groupChat' } : {};
    const id = await it.bob.text(it.forBob, 'afterwards', how);
    await it.tablet.received(1, (message) => message.id === id);
    assert.deepEqual(await it.mine(), [id]);
  });

  test(`${where}: the other device was away; it is told once when it is back`, TEST, async () => {
    const it = await scene(group);
    it.tablet.close();
    const gone = it.sent.slice(2, 5);
    await it.remove({ messageIds: gone });
    it.tablet = await world.device(it.alice.user, 'two');
    const left = newestFirst(it.sent.filter((id) => !gone.includes(id)));
    await holds(it, left);
    it.tablet.close();
    it.tablet = await world.device(it.alice.user, 'two');
    await holds(it, left, 0);
  });

  test(`${where}: the conversation, with its messages`, TEST, async () => {
    const it = await scene(group);
    await it.alice.conn.deleteConversation({ channel: it.forAlice, chatType: it.chatType, deleteRoam: true });
    assert.deepEqual(await it.mine(), []);
    assert.deepEqual(await it.theirs(), newestFirst(it.sent));
    await Promise.all([it.alice, it.bob, it.tablet].map((client) => client.settled(it.carol.user)));
    assert.equal(it.tablet.deviceEvents('deleteConversation', it.forAlice).length, 1);
    assert.ok(it.tablet.deviceEvents('deleteRoaming', it.forAlice).length <= 1);
    for (const client of [it.alice, it.bob]) {
      assert.deepEqual(client.deviceEvents('deleteConversation'), []);
      assert.deepEqual(client.deviceEvents('deleteRoaming'), []);
    }
    assert.ok(!(await it.alice.conversations()).some((row) => row.conversationId === it.forAlice));
    assert.ok((await it.bob.conversations()).some((row) => row.conversationId === it.forBob));
  });

  test(`${where}: the conversation alone; its messages stay`, TEST, async () => {
    const it = await scene(group);
    await it.alice.conn.deleteConversation({ channel: it.forAlice, chatType: it.chatType, deleteRoam: false });
    assert.deepEqual(await it.mine(), newestFirst(it.sent));
    await it.tablet.settled(it.carol.user);
    assert.equal(it.tablet.deviceEvents('deleteConversation', it.forAlice).length, 1);
    assert.deepEqual(it.tablet.deviceEvents('deleteRoaming'), []);
    assert.ok(!(await it.alice.conversations()).some((row) => row.conversationId === it.forAlice));
    const how = group ? { chatType: 'groupChat' } : {};
    const id = await it.bob.text(it.forBob, 'again', how);
    const back = (await it.alice.conversations()).find((row) => row.conversationId === it.forAlice);
    assert.equal(back.lastMessage.id, id);
    assert.deepEqual(await it.mine(), [id, ...newestFirst(it.sent)]);
  });

  test(`${where}: everything`, TEST, async () => {
    const it = await scene(group);
    await it.alice.conn.deleteAllMessagesAndConversations();
    assert.deepEqual(await it.alice.conversations(), []);
    assert.deepEqual(await it.alice.history(it.carol.user), []);
    await it.alice.text(it.carol.user, 'a new anchor');
    assert.deepEqual(await it.mine(), []);
    assert.deepEqual(await it.theirs(), newestFirst(it.sent));
    await Promise.all([it.alice, it.bob, it.tablet].map((client) => client.settled(it.carol.user)));
    for (const conversation of [it.forAlice, it.carol.user]) {
      assert.equal(it.tablet.deviceEvents('deleteRoaming', conversation).length, 1, conversation);
    }
    for (const client of [it.alice, it.bob]) assert.deepEqual(client.deviceEvents('deleteRoaming'), []);
    const how = group ? { chatType: 'groupChat' } : {};
    const id = await it.bob.text(it.forBob, 'a new start', how);
    assert.deepEqual(await it.mine(), [id]);
  });

  test(`${where}: both sides delete, each their own`, TEST, async () => {
    const it = await scene(group);
    await it.remove({ messageIds: it.sent.slice(0, 2) });
    await it.bob.conn.removeHistoryMessages({ targetId: it.forBob, chatType: it.chatType, messageIds: it.sent.slice(6) });
    assert.deepEqual(await it.mine(), newestFirst(it.sent.slice(2)));
    assert.deepEqual(await it.theirs(), newestFirst(it.sent.slice(0, 6)));
    await it.bob.conn.deleteAllMessagesAndConversations();
    assert.deepEqual(await it.theirs(), []);
    assert.deepEqual(await it.mine(), newestFirst(it.sent.slice(2)));
    if (group) assert.deepEqual(await it.carol.history(it.forAlice, { group: true }), newestFirst(it.sent));
  });
}

test('a stranger who knows the ids changes nothing', TEST, async () => {
  const it = await scene(false);
  const [mallory] = await world.people('mallory');
  for (const targetId of [it.alice.user, it.bob.user]) {
    await mallory.conn.removeHistoryMessages({ targetId, chatType: 'singleChat', messageIds: it.sent });
  }
  assert.deepEqual(await it.mine(), newestFirst(it.sent));
  assert.deepEqual(await it.theirs(), newestFirst(it.sent));
});

test('20 ids in one call, and 20 of them scattered', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const sent = ids(await alice.texts(bob.user, 60));
  const gone = sent.filter((_, n) => n % 3 === 0);
  await bob.conn.removeHistoryMessages({ targetId: alice.user, chatType: 'singleChat', messageIds: gone });
  assert.deepEqual(await bob.history(alice.user), newestFirst(sent.filter((_, n) => n % 3 !== 0)));
  assert.equal((await alice.history(bob.user)).length, 60);
});

test('deletions hold after leaving, after a new login and on a new device', TEST, async () => {
  const it = await scene(false);
  await it.remove({ messageIds: it.sent.slice(0, 4) });
  await world.server.restart();
  const again = await world.device(it.alice.user, 'fresh');
  assert.deepEqual(await it.mine(again), newestFirst(it.sent.slice(4)));
});

noSurprises();
