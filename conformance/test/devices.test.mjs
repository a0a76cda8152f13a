import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../lib/http.mjs';
import { noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();

async function appToken() {
  const body = { grant_type: 'client_credentials', client_id: 'demo', client_secret: 'demo-secret' };
  return (await call(world.server.url, 'POST', '/lacuna/demo/token', { body })).json.access_token;
}

/** Waits until a device was logged out for good; answers the errors it was given. */
async function out(client) {
  await client.event('onDisconnected');
  assert.equal(client.events('onReconnecting').length, 0);
  return [...client.events('onError'), ...client.events('onDisconnected')].filter(Boolean);
}

test('a fifth device of a platform takes the place of the one that is connected longest, and says who it is', TEST, async () => {
  const name = await world.account('alice');
  const devices = [];
  for (const device of ['a', 'b', 'c', 'd']) devices.push(await world.device(name, device));
  const other = await world.device(name, 'phone', { customOSPlatform: 7, customDeviceName: 'my phone' });
  const fifth = world.client(name, 'e');
  fifth.conn.setLoginInfoCustomExt('from the office');
  await fifth.login();
  const errors = await out(devices[0]);
  const error = errors.find((row) => row.type === 206);
  assert.ok(error, JSON.stringify(errors));
  assert.equal(error.data?.loginInfoCustomExt, 'from the office');
  const { data } = await fifth.conn.getSelfIdsOnOtherPlatform();
  assert.deepEqual(data.sort(), [...devices.slice(1), other].map((device) => `${name}/${device.conn.context.jid.clientResource}`).sort());
  for (const device of [...devices.slice(1), other]) assert.equal(device.events('onDisconnected').length, 0);
});

test('the same device again takes its own place', TEST, async () => {
  const name = await world.account('alice');
  const devices = [];
  for (const device of ['a', 'b', 'c', 'd']) devices.push(await world.device(name, device));
  const again = world.client(name, 'd');
  again.conn.setLoginInfoCustomExt('me again');
  await again.login();
  const errors = await out(devices[3]);
  assert.equal(errors.find((row) => row.type === 206)?.data?.loginInfoCustomExt, 'me again');
  for (const device of devices.slice(0, 3)) assert.equal(device.events('onDisconnected').length, 0);
});

test('the devices that are connected, with their names', TEST, async () => {
  const name = await world.account('alice');
  const one = await world.device(name, 'one');
  const { json } = await call(world.server.url, 'GET', `/lacuna/demo/users/${name}/resources`, { token: one.token });
  assert.equal(json.data.length, 1);
  assert.equal(json.data[0].res, one.resource);
  assert.ok('device_uuid' in json.data[0] && 'device_name' in json.data[0]);
});

test('who of several is connected', TEST, async () => {
  const [bob] = await world.people('bob');
  const away = await world.account('away');
  const usernames = [bob.user, away, 'nobody-at-all'];
  const answer = await call(world.server.url, 'POST', '/lacuna/demo/users/batch/status', { token: await appToken(), body: { usernames } });
  assert.deepEqual(answer.json.data, [{ [bob.user]: 'online' }, { [away]: 'offline' }, { 'nobody-at-all': 'offline' }]);
  const mine = await call(world.server.url, 'POST', '/lacuna/demo/users/batch/status', { token: bob.token, body: { usernames } });
  assert.equal(mine.status, 403);
});

test('a new password, a removed account and a kick say why', TEST, async () => {
  const token = await appToken();
  const { url } = world.server;
  const [bob, carol, dave] = await world.people('bob', 'carol', 'dave');
  await call(url, 'PUT', `/lacuna/demo/users/${bob.user}/password`, { token, body: { newpassword: 'another' } });
  assert.ok((await out(bob)).some((error) => error.type === 216));
  await call(url, 'DELETE', `/lacuna/demo/users/${carol.user}`, { token });
  assert.ok((await out(carol)).some((error) => error.type === 207));
  await call(url, 'DELETE', `/lacuna/demo/users/${dave.user}/disconnect/${dave.resource}`, { token });
  assert.ok((await out(dave)).some((error) => error.type === 217));
});

noSurprises();
