import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';
import { PASSWORD } from '../lib/client.mjs';
import { name as sdkName } from '../lib/sdk.mjs';

const world = suite({ app: `devices_per_platform = 2
too_many_devices = "refuse"` });

/** An SDK that does not know the status says only that the login failed. */
const TOO_MANY = sdkName === 'easemob' ? 214 : 2;

test('one device too many is turned away, until another one goes', TEST, async () => {
  const name = await world.account('alice');
  const devices = [await world.device(name, 'a'), await world.device(name, 'b')];
  const third = world.client(name, 'c');
  const refused = await failure(third.conn.open({ user: name, pwd: PASSWORD }));
  assert.equal(refused.type, TOO_MANY);
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
    assert.ok(error.type === TOO_MANY && tries < 50, `type ${error.type}`);
  }
});

noSurprises();
