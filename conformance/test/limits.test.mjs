// What official SDKs make of a limit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite({
  env: { LACUNA__LIMITS__REQUESTS_PER_SECOND_PER_USER: '2', LACUNA__LIMITS__MESSAGES_PER_SECOND: '2', LACUNA__LIMITS__FAILED_LOGINS: '3' },
});

test('a user that asks too often is told that it is a limit', TEST, async () => {
  const [alice] = await world.people('alice');
  const asked = Array.from({ length: 20 }, () => alice.page('bob'));
  const answers = await Promise.allSettled(asked);
  const refused = answers.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  assert.ok(refused.length > 0 && refused.length < answers.length, `${refused.length} of ${answers.length}`);
  for (const { type, message } of refused) {
    assert.equal(type, 50); // MAX_LIMIT
    assert.match(message, /The request has reached the maximum limit/);
  }
});

test('a user that sends too fast is told that it is a limit', TEST, async () => {
  const [alice, bob] = await world.people('alice', 'bob');
  const sends = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => alice.text(bob.user, `text ${n}`)));
  const sent = sends.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
  assert.ok(sent.length >= 2 && sent.length < 10, `${sent.length}`);
  for (const { status, reason } of sends) {
    if (status === 'rejected') assert.match(String(reason.message), /traffic limit/);
  }
  const got = await bob.received(sent.length);
  assert.deepEqual(got.map(({ id }) => id), sent);
});

test('a password is guessed so many times', TEST, async () => {
  const user = await world.account('alice');
  const guess = () => failure(world.client(user).login({ pwd: 'wrong' }));
  for (let n = 0; n < 3; n += 1) assert.doesNotMatch(JSON.stringify(await guess()), /too many/);
  const { data } = await guess();
  assert.match(JSON.stringify(data), /too many failed logins/);
  await failure(world.client(user).login());
});

noSurprises();
