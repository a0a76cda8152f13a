import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, expectMissing } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const from = (user) => (event) => event.from === user;

/** Makes two clients contacts of each other. */
async function befriend(one, two) {
  await one.conn.addContact(two.user, 'hello');
  await two.event('onContactInvited', from(one.user));
  await two.conn.acceptContactInvite(one.user);
  await one.event('onContactAgreed', from(two.user));
}

const contacts = async (client) => (await client.conn.getContacts()).data;

/** A token of the application. */
async function appToken() {
  const body = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo-secret' };
  return (await call(world.server.url, 'POST', '/lacuna/demo/token', { body })).json.access_token;
}

test('a request is told, kept until it is answered, and accepted', TEST, async () => {
  const alice = (await world.people('alice'))[0];
  const bob = await world.account('bob');
  await alice.conn.addContact(bob, 'it is me');
  await alice.conn.addContact(bob, 'it is me');
  const phone = await world.device(bob, 'phone');
  const asked = await phone.event('onContactInvited');
  assert.equal(asked.from, alice.user);
  assert.equal(asked.status, 'it is me');
  assert.deepEqual(await contacts(phone), []);
  const tablet = await world.device(bob, 'tablet');
  await phone.conn.acceptContactInvite(alice.user);
  await alice.event('onContactAgreed', from(bob));
  for (const device of [phone, tablet]) await device.event('onContactAdded', from(alice.user));
  assert.deepEqual(await contacts(phone), [alice.user]);
  assert.deepEqual(await contacts(alice), [bob]);
  assert.equal(phone.events('onContactInvited').length, 1, 'asking again told nothing new');
  await phone.conn.acceptContactInvite(alice.user);
  assert.deepEqual((await alice.conn.getRoster()).data, [bob]);
});

test('a request is declined, and may be made again', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(bob.user, 'tablet');
  await alice.conn.addContact(bob.user, 'please');
  await bob.event('onContactInvited');
  await bob.conn.declineContactInvite(alice.user);
  assert.equal((await alice.event('onContactRefuse')).from, bob.user);
  assert.equal((await tablet.event('onContactRefuse')).from, alice.user);
  assert.deepEqual(await contacts(alice), []);
  await failure(bob.conn.acceptContactInvite(alice.user));
  await alice.conn.addContact(bob.user, 'please');
  await bob.until(() => bob.events('onContactInvited').length === 2, 'a second request');
  await bob.conn.declineInvitation(alice.user);
  await alice.until(() => alice.events('onContactRefuse').length === 2, 'a second refusal');
  assert.deepEqual(bob.events('onContactRefuse'), [], 'the device that declined knows');
});

test('who asks whom has asked accepts', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await alice.conn.addContact(bob.user, 'x');
  await bob.conn.addContact(alice.user, 'y');
  await alice.event('onContactAgreed', from(bob.user));
  assert.deepEqual(await contacts(bob), [alice.user]);
  assert.deepEqual(alice.events('onContactInvited'), []);
});

test('oneself, nobody, and a contact cannot be added', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await failure(alice.conn.addContact(alice.user, 'me'));
  expectMissing(/contacts\/(apply|accept)/);
  assert.equal((await failure(alice.conn.addContact('nobody-at-all', 'x'))).type, 204);
  await befriend(alice, bob);
  await failure(alice.conn.addContact(bob.user, 'again'));
  await failure(bob.conn.acceptInvitation('nobody-at-all'));
});

test('a contact is deleted on both sides; the messages stay', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(alice.user, 'tablet');
  await befriend(alice, bob);
  const id = await alice.text(bob.user, 'kept');
  await alice.conn.deleteContact(bob.user);
  assert.equal((await bob.event('onContactDeleted')).from, alice.user);
  assert.equal((await tablet.event('onContactDeleted')).from, bob.user);
  assert.deepEqual([await contacts(alice), await contacts(bob)], [[], []]);
  assert.deepEqual(await bob.history(alice.user), [id]);
  assert.deepEqual((await bob.conversations()).map((row) => row.conversationId), [alice.user]);
  await alice.text(bob.user, 'still allowed');
  assert.equal(alice.events('onContactDeleted').length, 0, 'the device that deleted knows');
  await alice.conn.deleteContact(bob.user);
});

test('remarks and pages', TEST, async () => {
  const [alice, ...others] = await world.people('alice', 'b', 'c', 'd');
  for (const other of others) await befriend(alice, other);
  const [b] = others;
  await alice.conn.setContactRemark({ userId: b.user, remark: 'my friend' });
  const { data } = await alice.conn.getAllContacts();
  assert.deepEqual(data.find((row) => row.userId === b.user), { userId: b.user, remark: 'my friend' });
  assert.equal(data.length, 3);
  const seen = [];
  let cursor = '';
  do {
    const page = (await alice.conn.getContactsWithCursor({ pageSize: 2, cursor })).data;
    assert.ok(page.contacts.length <= 2);
    seen.push(...page.contacts.map((row) => row.userId));
    cursor = page.cursor;
  } while (cursor);
  assert.deepEqual(seen, others.map((other) => other.user).sort());
  const long = await failure(alice.conn.setContactRemark({ userId: b.user, remark: 'x'.repeat(101) }));
  assert.equal(long.type, 50);
  await failure(b.conn.setContactRemark({ userId: others[1].user, remark: 'no contact' }));
  assert.equal((await b.conn.getAllContacts()).data[0].remark, '', 'a remark is the owner\'s alone');
});

test('who is blocked cannot send, stays a contact, and is let go', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await befriend(alice, bob);
  const tablet = await world.device(alice.user, 'tablet');
  const blocked = await alice.conn.addUsersToBlocklist({ name: bob.user });
  assert.deepEqual(blocked.data.userIds ?? blocked.data, [bob.user]);
  assert.deepEqual((await alice.conn.getBlocklist()).data, [bob.user]);
  assert.deepEqual(await contacts(alice), [bob.user]);
  assert.equal((await failure(bob.text(alice.user, 'let me in'))).type, 603);
  assert.equal((await failure(bob.text(alice.user, 'online', { deliverOnlineOnly: true }))).type, 603);
  assert.equal((await failure(bob.text(`${alice.user}/${tablet.resource}`, 'one device'))).type, 603);
  const id = await alice.text(bob.user, 'but I can');
  assert.equal((await bob.received(1))[0].id, id);
  await alice.conn.removeUserFromBlocklist({ name: bob.user });
  assert.deepEqual((await alice.conn.getBlacklist()).data, []);
  const after = await bob.text(alice.user, 'thank you');
  assert.deepEqual((await alice.received(1)).map((message) => message.id), [after]);
  await bob.text(alice.user, 'online again', { deliverOnlineOnly: true });
  await alice.received(2);
});

test('block lists in the older spellings, several at once', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  await alice.conn.addToBlackList({ name: [bob.user, carol.user] });
  assert.deepEqual((await alice.conn.getBlocklist()).data.sort(), [bob.user, carol.user].sort());
  await alice.conn.removeFromBlackList({ name: bob.user });
  await alice.conn.removeUserFromBlackList({ name: carol.user });
  assert.deepEqual((await alice.conn.getBlocklist()).data, []);
  await failure(alice.conn.addUsersToBlacklist({ name: alice.user }));
  await alice.conn.addUsersToBlacklist({ name: bob.user });
  await failure(bob.conn.addContact(alice.user, 'please'));
});

test('the server API makes and ends contacts, and blocks', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const token = await appToken();
  const base = `/lacuna/demo/users/${alice.user}`;
  const joined = await call(world.server.url, 'POST', `${base}/contacts/users/${bob.user}`, { token });
  assert.equal(joined.json.entities[0].username, bob.user);
  await alice.event('onContactAdded', from(bob.user));
  await bob.event('onContactAdded', from(alice.user));
  assert.deepEqual(await contacts(bob), [alice.user]);
  const mine = await call(world.server.url, 'POST', `${base}/contacts/users/${bob.user}`, { token: alice.token });
  assert.equal(mine.status, 403, 'a user has to ask');
  const list = await call(world.server.url, 'GET', `${base}/contacts/users`, { token });
  assert.deepEqual([list.json.data, list.json.count], [[bob.user], 1]);
  await call(world.server.url, 'DELETE', `${base}/contacts/users/${bob.user}`, { token });
  await alice.event('onContactDeleted', from(bob.user));
  await bob.event('onContactDeleted', from(alice.user));
  const block = await call(world.server.url, 'POST', `${base}/blocks/users`, { token, body: { usernames: [bob.user] } });
  assert.deepEqual(block.json.data, [bob.user]);
  assert.equal((await failure(bob.text(alice.user, 'x'))).type, 603);
  await call(world.server.url, 'DELETE', `${base}/blocks/users/${bob.user}`, { token });
  await bob.text(alice.user, 'y');
});

noSurprises();
