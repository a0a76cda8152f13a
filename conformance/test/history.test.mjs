import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSurprises, suite, tick, TEST } from '../lib/suite.mjs';

const world = suite();
const GROUP = { chatType: 'groupChat' };
const ids = (rows) => rows.map(({ id }) => id);

/** Pages of ids until the last, and what each said about being the last. */
async function walk(client, target, more) {
  const pages = [];
  let cursor = -1;
  for (;;) {
    const page = await client.page(target, { cursor, ...more });
    pages.push({ ids: ids(page.messages), last: page.isLast });
    if (page.isLast || pages.length > 20) return pages;
    cursor = page.cursor;
  }
}

for (const [direction, order] of [['up', (list) => [...list].reverse()], ['down', (list) => list]]) {
  test(`all pages, ${direction}: sizes, order and the exact last page`, TEST, async () => {
    const [alice, bob] = await world.people('alice', 'bob');
    const sent = ids(await alice.texts(bob.user, 130));
    for (const client of [alice, bob]) {
      const peer = client === alice ? bob.user : alice.user;
      const pages = await walk(client, peer, { pageSize: 50, searchDirection: direction });
      assert.deepEqual(pages.map((page) => [page.ids.length, page.last]), [[50, false], [50, false], [30, true]]);
      assert.deepEqual(pages.flatMap((page) => page.ids), order(sent));
    }
  });

  test(`the last page may be full, ${direction}`, TEST, async () => {
    const [alice, bob] = await world.people('alice', 'bob');
    const sent = ids(await alice.texts(bob.user, 20));
    const pages = await walk(bob, alice.user, { pageSize: 10, searchDirection: direction });
    assert.deepEqual(pages.map((page) => [page.ids.length, page.last]), [[10, false], [10, true]]);
    assert.deepEqual(pages.flatMap((page) => page.ids), order(sent));
    // Deleted messages take no room in a page and do not spoil its end.
    await bob.conn.removeHistoryMessages({ targetId: alice.user, chatType: 'singleChat', messageIds: [...sent.slice(0, 5), ...sent.slice(15)] });
    const left = await walk(bob, alice.user, { pageSize: 5, searchDirection: direction });
    assert.deepEqual(left.map((page) => [page.ids.length, page.last]), [[5, false], [5, true]]);
    assert.deepEqual(left.flatMap((page) => page.ids), order(sent.slice(5, 15)));
  });
}

test('an empty history is one empty last page', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const page = await alice.page(bob.user);
  assert.deepEqual(page.messages, []);
  assert.equal(page.isLast, true);
});

test('a cursor may name a message: what lies beyond it, without it', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const sent = ids(await alice.texts(bob.user, 6));
  const older = await bob.page(alice.user, { cursor: sent[3], searchDirection: 'up' });
  assert.deepEqual(ids(older.messages), [sent[2], sent[1], sent[0]]);
  const newer = await bob.page(alice.user, { cursor: sent[3], searchDirection: 'down' });
  assert.deepEqual(ids(newer.messages), [sent[4], sent[5]]);
});

test('startTime and endTime cut exactly', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const first = ids(await alice.texts(bob.user, 3));
  const one = await tick();
  const second = ids(await alice.texts(bob.user, 3));
  const two = await tick();
  const third = ids(await alice.texts(bob.user, 3));
  const within = async (searchOptions) => ids((await bob.page(alice.user, { searchDirection: 'down', searchOptions })).messages);
  assert.deepEqual(await within({ startTime: one, endTime: two }), second);
  assert.deepEqual(await within({ startTime: one, endTime: Date.now() }), [...second, ...third]);
  assert.deepEqual(await within({ startTime: 1, endTime: one }), first);
  const up = await bob.page(alice.user, { searchDirection: 'up', searchOptions: { startTime: one, endTime: two } });
  assert.deepEqual(ids(up.messages), [...second].reverse());
  assert.equal(up.isLast, true);
});

test('msgTypes selects kinds', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const to = bob.user;
  const txt = await alice.text(to, 'words');
  const loc = await alice.send({ type: 'loc', to, addr: 'here', buildingName: '', lat: 1, lng: 2 });
  const custom = await alice.send({ type: 'custom', to, customEvent: 'gift', customExts: { a: 'b' } });
  const img = await alice.send({ type: 'img', to, url: 'https://files.example/a.png', width: 1, height: 1, body: { url: 'https://files.example/a.png', type: 'png', filename: 'a.png' } });
  const kinds = async (msgTypes) => ids((await bob.page(alice.user, { searchDirection: 'down', searchOptions: { msgTypes } })).messages);
  assert.deepEqual(await kinds(['txt']), [txt]);
  assert.deepEqual(await kinds(['loc', 'img']), [loc, img]);
  assert.deepEqual(await kinds(['custom']), [custom]);
  assert.deepEqual(await kinds(['video']), []);
});

test('in a group the sender can be asked for', TEST, async () => {
  const [alice, bob, carol] = await world.people('alice', 'bob', 'carol');
  const group = await world.group(alice, [bob, carol]);
  const byAlice = [];
  const byBob = [];
  for (let n = 0; n < 4; n += 1) {
    byAlice.push(await alice.text(group, `a ${n}`, GROUP));
    byBob.push(await bob.text(group, `b ${n}`, GROUP));
  }
  const from = async (user) => ids((await carol.page(group, { group: true, searchDirection: 'down', searchOptions: { from: user } })).messages);
  assert.deepEqual(await from(alice.user), byAlice);
  assert.deepEqual(await from(bob.user), byBob);
  assert.deepEqual(await from(carol.user), []);
  assert.equal((await carol.history(group, { group: true, pageSize: 3 })).length, 8);
});

test('fetchHistoryMessages, the older call, gives the same messages', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const sent = ids(await alice.texts(bob.user, 30));
  const first = await bob.conn.fetchHistoryMessages({ queue: alice.user, count: 20, isGroup: false });
  const rest = await bob.conn.fetchHistoryMessages({ queue: alice.user, count: 20, isGroup: false });
  assert.equal(first.length, 20);
  assert.equal(rest.length, 10);
  assert.deepEqual([...new Set([...ids(first), ...ids(rest)])].sort(), [...sent].sort());
  const group = await world.group(alice, [bob]);
  const inGroup = ids(await alice.texts(group, 3, GROUP));
  const got = await bob.conn.fetchHistoryMessages({ queue: group, count: 20, isGroup: true });
  assert.deepEqual(ids(got).sort(), inGroup);
});

test('history of a stranger\'s group is closed', TEST, async () => {
  const [alice, bob, mallory] = await world.people('alice', 'bob', 'mallory');
  const group = await world.group(alice, [bob]);
  await alice.text(group, 'secret', GROUP);
  const outcome = await mallory.page(group, { group: true }).then((page) => page.messages, () => []);
  assert.deepEqual(outcome, []);
});

test('a page of more than 50 is refused by the SDK or cut', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await alice.texts(bob.user, 55);
  const page = await bob.page(alice.user, { pageSize: 100 }).catch((error) => ({ messages: [], error }));
  assert.ok(page.messages.length <= 50);
});

noSurprises();
