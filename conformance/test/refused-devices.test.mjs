import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';
import { PASSWORD } from '../lib/client.mjs';

const world = suite({ app: `devices_per_platform = 2
too_many_devices = "refuse"` });

test('one device too many is turned away, until another one goes', TEST, async () => {
  const name = await world.account('alice');
  const devices = [await world.device(name, 'a'), await world.device(name, 'b')];
  const third = world.client(name, 'c');
  assert.equal((await failure(third.conn.open({ user: name, pwd: PASSWORD }))).type, 214);
  for (const device of devices) assert.equal(device.events('onDisconnected').length, 0);
  await world.device(name, 'phone', { customOSPlatform: 7, customDeviceName: 'phone' });
  const again = await world.device(name, 'b');
  await devices[1].event('onDisconnected');
  again.close();
  devices[0].close();
  await again.event('onDisconnected');
  const fourth = world.client(name, 'd');
  for (let tries = 0; ; tries += 1) {
    const error = await fourth.login().then(() => null, (reason) => reason);
    if (!error) break;
    assert.ok(error.type === 214 && tries < 50, `type ${error.type}`);
  }
});

noSurprises();
