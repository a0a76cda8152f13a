// What every test file starts with: a server of its own, fresh account names, clients that are
// closed at the end, and the closing check that no request met an endpoint the server lacks.
// (SDK timers outlive close(): the runner is started with --test-force-exit.)

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from './client.mjs';
import { surprises } from './http.mjs';
import { register } from './register.mjs';
import { Server } from './server.mjs';

export const TEST = { timeout: 120_000 };
let serial = 0;

/** Registers start and end of a server for this file. */
export function suite(settings = {}) {
  const server = new Server(settings);
  const clients = [];
  before(() => server.start());
  after(async () => {
    for (const client of clients) client.close();
    const code = await server.remove();
    assert.equal(code ?? 0, 0, `the server's exit code; ${server.output.slice(-2000)}`);
  });

  const world = {
    server,
    /** A client that is not logged in. */
    client(user, device = 'one', options = {}) {
      const client = new Client(server, user, device, options);
      clients.push(client);
      return client;
    },
    /** A registered, unique account name. */
    async account(stem) {
      serial += 1;
      const user = `${stem}${serial}`;
      await register(server, user);
      return user;
    },
    /** A logged in device of `user`. */
    async device(user, device = 'one', options = {}) {
      const client = world.client(user, device, options);
      await client.login();
      return client;
    },
    /** One new account and one logged in device of it per name. */
    people(...stems) {
      return Promise.all(stems.map(async (stem) => world.device(await world.account(stem))));
    },
    /** A group of `owner` with `others` in it; answers its id. */
    async group(owner, others, more = {}) {
      const { data } = await owner.conn.createGroupVNext({
        groupName: 'readers', description: 'a group', members: others.map((other) => other.user),
        isPublic: true, needApprovalToJoin: false, allowMemberToInvite: true, inviteNeedConfirm: false,
        maxMemberCount: 200, ...more,
      });
      return data.groupId ?? data.groupid;
    },
  };
  return world;
}

/** The last test of a file. */
export function noSurprises() {
  test('no request met a missing endpoint', () => {
    assert.deepEqual(surprises().map(({ method, path, status }) => `${status} ${method} ${path}`), []);
  });
}

/** Returns once the clock has moved past the moment of the call: a time between two messages. */
export async function tick() {
  const start = Date.now();
  while (Date.now() < start + 3) await new Promise((resolve) => { setImmediate(resolve); });
  const between = Date.now();
  while (Date.now() < between + 3) await new Promise((resolve) => { setImmediate(resolve); });
  return between;
}

/** The SDK error a promise is rejected with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('expected an error');
}
