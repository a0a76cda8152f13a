// Recall and edit: messages that are changed for everybody, and the silence about those that I deleted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../lib/http.mjs';
import { sdk } from '../lib/sdk.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const GROUP = { chatType: 'groupChat' };

const recall = (client, to, mid, more = {}) => client.conn.recallMessage({ mid, to, chatType: 'singleChat', ...more });
const edit = (client, to, messageId, msg, more = {}) => client.conn.modifyMessage({
  messageId, modifiedMessage: sdk.message.create({ type: 'txt', msg, to, chatType: 'singleChat', ...more }),
});
const recalled = (client, mid) => client.event('onRecallMessage', (event) => event.mid === mid);
const modified = (client, id, msg) => client.event('onModifiedMessage', (event) => event.id === id && event.msg === msg);

/** A call of the server API with the application's token. */
async function api(path, body) {
  const [org, app] = world.server.app.split('#');
  const token = await call(world.server.url, 'POST', `/${org}/${app}/token`,
    { body: { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo-secret' } });
  return call(world.server.url, 'POST', `/${org}/${app}/${path}`, { token: token.json.access_token, body });
}

test('recall: gone for everybody, on every device', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  const [kept, gone] = await alice.texts(bob.user, 2);
  await bob.received(2);
  await recall(alice, bob.user, gone.id, { ext: 'sorry' });
  for (const client of [bob, tablet]) {
    const event = await recalled(client, gone.id);
    assert.equal(event.from, alice.user);
    assert.equal(event.ext, 'sorry');
  }
  assert.deepEqual(await alice.history(bob.user), [kept.id]);
  assert.deepEqual(await bob.history(alice.user), [kept.id]);
  const [row] = await bob.conversations();
  assert.equal(row.lastMessage.id, kept.id);
  assert.equal(row.unReadCount, 1);
});

test('recall reaches who was away, who never gets the message', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  bob.close();
  const id = await alice.text(bob.user, 'never seen');
  await recall(alice, bob.user, id);
  const later = await alice.text(bob.user, 'seen');
  await bob.login();
  await bob.received(1, (message) => message.id === later);
  assert.deepEqual(bob.messages().map((message) => message.id), [later]);
  await recalled(bob, id);
});

test('a recall or an edit of what I deleted is silent', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const [one, two, three] = await alice.texts(bob.user, 3);
  await bob.received(3);
  await bob.conn.removeHistoryMessages({ targetId: alice.user, chatType: 'singleChat', messageIds: [one.id, two.id] });
  await recall(alice, bob.user, one.id);
  await edit(alice, bob.user, two.id, 'changed');
  await edit(alice, bob.user, three.id, 'the last');
  await modified(bob, three.id, 'the last');
  assert.equal(bob.events('onRecallMessage').length, 0);
  assert.equal(bob.events('onModifiedMessage').length, 1);
  assert.deepEqual(await bob.history(alice.user), [three.id]);
});

test('only its sender recalls, in time, what is there', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'mine');
  await bob.received(1);
  assert.equal((await failure(recall(bob, alice.user, id))).type, 603);
  await recall(alice, bob.user, id);
  await failure(recall(alice, bob.user, id));
  await failure(recall(alice, bob.user, '12345'));
});

test('edit: the last one is shown everywhere', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'two');
  const id = await alice.text(bob.user, 'first', { ext: { kept: 'yes' } });
  await bob.received(1);
  await edit(alice, bob.user, id, 'second', { ext: { other: 1 } });
  for (const client of [bob, tablet]) {
    const event = await modified(client, id, 'second');
    assert.equal(event.from, alice.user);
    assert.equal(event.modifiedInfo.operatorId, alice.user);
    assert.equal(event.modifiedInfo.operationCount, 1);
    assert.deepEqual(event.ext, { other: 1 });
  }
  const fresh = await world.device(bob.user, 'fresh');
  const page = await fresh.page(alice.user);
  assert.deepEqual(page.messages.map((message) => [message.id, message.msg]), [[id, 'second']]);
  assert.equal(page.messages[0].modifiedInfo.operationCount, 1);
});

test('edits end at ten, and nobody edits what another wrote', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'zero');
  await bob.received(1);
  assert.equal((await failure(edit(bob, alice.user, id, 'no'))).type, 603);
  for (let n = 1; n <= 10; n += 1) await edit(alice, bob.user, id, `edit ${n}`);
  assert.equal((await failure(edit(alice, bob.user, id, 'eleven'))).type, 50);
  assert.equal((await failure(edit(alice, bob.user, '12345', 'none'))).type, 1302);
  await modified(bob, id, 'edit 10');
});

test('a device that was away hears of the last edit only', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'zero');
  await bob.received(1);
  await bob.settled(alice.user);
  bob.close();
  await edit(alice, bob.user, id, 'one');
  await edit(alice, bob.user, id, 'two');
  await bob.login();
  await modified(bob, id, 'two');
  assert.deepEqual(bob.events('onModifiedMessage').map((event) => event.msg), ['two']);
});

test('in a group the owner may recall and edit, members only their own', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  const one = await bob.text(group, 'one', GROUP);
  const two = await bob.text(group, 'two', GROUP);
  await carol.received(2);
  assert.equal((await failure(recall(carol, group, one, GROUP))).type, 603);
  await recall(alice, group, one, GROUP);
  await recalled(carol, one);
  await edit(alice, group, two, 'changed', GROUP);
  const event = await modified(carol, two, 'changed');
  assert.equal(event.modifiedInfo.operatorId, alice.user);
  assert.deepEqual(await carol.history(group, { group: true }), [two]);
});

test('the server API recalls', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'to be recalled');
  await bob.received(1);
  const good = { msg_id: id, to: bob.user, chat_type: 'chat', from: alice.user, force: true };
  for (const [change, text] of [
    [{ msg_id: '' }, "param msg_id can't be empty"], [{ to: '' }, "param to can't be empty"],
    [{ chat_type: '' }, "param chat_type can't be empty"], [{ msg_id: 'x' }, 'not_found msg'],
  ]) {
    const answer = await api('messages/msg_recall', { ...good, ...change });
    assert.ok([400, 403].includes(answer.status), answer.text);
    assert.equal(answer.json.error_description, text);
  }
  const answer = await api('messages/msg_recall', good);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.data, { recalled: 'yes', chattype: 'chat', from: alice.user, to: bob.user, msg_id: id });
  await recalled(bob, id);
  assert.deepEqual(await bob.history(alice.user), []);
});

test('the server API recalls in nobody\'s name', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const phone = await world.device(alice.user, 'phone');
  const [one, two, kept] = await alice.texts(bob.user, 3);
  await bob.received(3);
  for (const [id, more] of [[one.id, {}], [two.id, { from: 'admin', sync_device: false }]]) {
    const answer = await api('messages/msg_recall', { msg_id: id, to: bob.user, chat_type: 'chat', ...more });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json.data, { recalled: 'yes', chattype: 'chat', from: 'admin', to: bob.user, msg_id: id });
    for (const client of [bob, alice, phone]) assert.equal((await recalled(client, id)).from, 'admin');
  }
  assert.deepEqual([await bob.history(alice.user), await alice.history(bob.user)], [[kept.id], [kept.id]]);
  assert.deepEqual((await alice.conversations()).map((row) => row.conversationId), [bob.user]);
  const again = await api('messages/msg_recall', { msg_id: one.id, to: bob.user, chat_type: 'chat' });
  assert.deepEqual([again.status, again.json.error], [403, 'message_recall_error']);
});

noSurprises();
