import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const EXT = { text: 'é✓', whole: 7, negative: -3, real: 1.5, yes: true, no: false, nested: { list: [1, 'two'] } };

/** Body kinds that need no upload: what is sent, and what the receiver must see of it. */
const KINDS = [
  { sent: { type: 'txt', msg: 'hello, wörld 🙂' }, seen: { type: 'txt', msg: 'hello, wörld 🙂' } },
  { sent: { type: 'cmd', action: 'typing' }, seen: { type: 'cmd', action: 'typing' }, history: false },
  {
    sent: { type: 'custom', customEvent: 'gift', customExts: { name: 'rose', count: '3' } },
    seen: { type: 'custom', customEvent: 'gift', customExts: { name: 'rose', count: '3' } },
  },
  {
    sent: { type: 'loc', addr: 'Main Street 1', buildingName: 'Town Hall', lat: 52.5, lng: 13.25 },
    seen: { type: 'loc', addr: 'Main Street 1', buildingName: 'Town Hall', lat: 52.5, lng: 13.25 },
  },
  {
    sent: { type: 'img', url: 'https://files.example/a.png', width: 640, height: 480, file_length: 1234, body: { url: 'https://files.example/a.png', type: 'png', filename: 'a.png' } },
    seen: { type: 'img', url: 'https://files.example/a.png', width: 640, height: 480 },
  },
  {
    sent: { type: 'audio', url: 'https://files.example/a.amr', length: 4, filename: 'a.amr', body: { url: 'https://files.example/a.amr', type: 'audio', filename: 'a.amr', length: 4 } },
    seen: { type: 'audio', url: 'https://files.example/a.amr' },
  },
  {
    sent: { type: 'video', url: 'https://files.example/a.mp4', length: 9, filename: 'a.mp4', body: { url: 'https://files.example/a.mp4', type: 'video', filename: 'a.mp4', length: 9 } },
    seen: { type: 'video', url: 'https://files.example/a.mp4' },
  },
  {
    sent: { type: 'file', url: 'https://files.example/a.zip', filename: 'a.zip', file_length: 77, body: { url: 'https://files.example/a.zip', type: 'file', filename: 'a.zip' } },
    seen: { type: 'file', url: 'https://files.example/a.zip', filename: 'a.zip' },
  },
];

function assertSees(got, seen, text) {
  for (const [key, value] of Object.entries(seen)) assert.deepEqual(got[key], value, `${text}: ${key}`);
}

for (const { sent, seen, history = true } of KINDS) {
  test(`a ${sent.type} message reaches the peer and my other device, with its ext`, TEST, async () => {
    const [alice, bob] = await world.people('alice', 'bob');
    const tablet = await world.device(alice.user, 'two');
    const id = await alice.send({ ...sent, to: bob.user, ext: EXT });
    assert.match(id, /^[1-9][0-9]{15,18}$/);
    for (const receiver of [bob, tablet]) {
      const [got] = await receiver.received(1);
      assert.equal(got.id, id);
      assert.equal(got.from, alice.user);
      assert.equal(got.to, bob.user);
      assert.equal(got.chatType, 'singleChat');
      assertSees(got, seen, receiver.resource);
      assert.deepEqual(got.ext, EXT);
    }
    // What comes from the log is what was pushed; a command is never history.
    const fresh = await world.device(bob.user, 'fresh');
    const page = await fresh.page(alice.user);
    if (history) {
      assert.equal(page.messages.length, 1);
      assertSees(page.messages[0], seen, 'history');
      assert.deepEqual(page.messages[0].ext, EXT);
    } else {
      assert.deepEqual(page.messages, []);
    }
    assert.equal(alice.messages().length, 0, 'the sending device gets no echo');
  });
}

test('ids grow, times are the server\'s', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const start = Date.now();
  const sent = await alice.texts(bob.user, 5);
  const got = await bob.received(5);
  assert.deepEqual(got.map((message) => message.id), sent.map(({ id }) => id));
  const ids = got.map((message) => BigInt(message.id));
  assert.ok(ids.every((id, n) => n === 0 || id > ids[n - 1]));
  for (const { time } of got) assert.ok(time >= start - 1000 && time <= Date.now() + 1000);
});

test('sends that overlap all arrive, once and in the order of their acknowledgements\' ids', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => alice.text(bob.user, `burst ${n}`)));
  const got = await bob.received(60);
  assert.deepEqual(got.map((message) => message.id), [...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
  assert.deepEqual(got.map((message) => message.msg), ids.map((_, n) => `burst ${n}`));
});

test('two people who write at once see the same order', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await Promise.all([alice.texts(bob.user, 20, { prefix: 'a' }), bob.texts(alice.user, 20, { prefix: 'b' })]);
  await Promise.all([alice.received(20), bob.received(20)]);
  const [mine, theirs] = await Promise.all([alice.history(bob.user), bob.history(alice.user)]);
  assert.equal(mine.length, 40);
  assert.deepEqual(mine, theirs);
});

test('a note to self reaches my other device', TEST, async () => {
  const [alice] = await world.people('alice');
  const tablet = await world.device(alice.user, 'two');
  const id = await alice.text(alice.user, 'note');
  assert.equal((await tablet.received(1))[0].id, id);
  assert.deepEqual(await alice.history(alice.user), [id]);
});

test('a message to one resource reaches only that device', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const tablet = await world.device(bob.user, 'two');
  await alice.text(`${bob.user}/${tablet.resource}`, 'for the tablet');
  await alice.text(bob.user, 'for all');
  await Promise.all([tablet.received(2), bob.received(1)]);
  assert.deepEqual(tablet.messages().map(({ msg }) => msg), ['for the tablet', 'for all']);
  assert.deepEqual(bob.messages().map(({ msg }) => msg), ['for all']);
});

test('an online-only message is pushed and nothing else', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  await alice.text(bob.user, 'now or never', { deliverOnlineOnly: true });
  assert.equal((await bob.received(1))[0].msg, 'now or never');
  assert.deepEqual(await bob.history(alice.user), []);
  assert.deepEqual(await alice.conversations(), []);
  bob.close();
  await alice.text(bob.user, 'missed', { deliverOnlineOnly: true });
  const id = await alice.text(bob.user, 'kept');
  const again = await world.device(bob.user);
  await again.received(1);
  assert.deepEqual(again.messages().map((message) => message.id), [id]);
  assert.deepEqual(await again.history(alice.user), [id]);
});

test('receipts reach the sender', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const id = await alice.text(bob.user, 'read me');
  await bob.received(1);
  await bob.send({ type: 'delivery', to: alice.user, ackId: id, id });
  await bob.send({ type: 'read', to: alice.user, id });
  await bob.send({ type: 'channel', to: alice.user });
  assert.equal((await alice.event('onDeliveredMessage')).mid, id);
  assert.equal((await alice.event('onReadMessage')).mid, id);
  assert.equal((await alice.event('onChannelMessage')).from, bob.user);
  assert.deepEqual(await alice.history(bob.user), [id], 'receipts are not history');
});

test('to an unknown user: 204', TEST, async () => {
  const [alice] = await world.people('alice');
  assert.equal((await failure(alice.text('nobody-here', 'hello?'))).type, 204);
  assert.deepEqual(await alice.conversations(), []);
});

test('to a group I am not in: 602', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const group = await world.group(alice, []);
  assert.equal((await failure(bob.text(group, 'let me in', { chatType: 'groupChat' }))).type, 602);
});

test('to a group that does not exist: refused', TEST, async () => {
  const [alice] = await world.people('alice');
  const error = await failure(alice.text('123456789', 'anyone?', { chatType: 'groupChat' }));
  assert.ok([602, 605].includes(error.type), `type ${error.type}`);
});

test('too large: 511, and the connection lives on', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  assert.equal((await failure(alice.text(bob.user, 'x'.repeat(8 * 1024)))).type, 511);
  await alice.text(bob.user, 'small');
  await bob.received(1);
  assert.deepEqual(bob.messages().map(({ msg }) => msg), ['small']);
});

noSurprises();
