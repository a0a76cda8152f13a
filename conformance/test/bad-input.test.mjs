// What a client should never send. No SDK: fetch and bare sockets.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { call } from '../lib/http.mjs';
import { register } from '../lib/register.mjs';
import { Server } from '../lib/server.mjs';
import { COMMAND, decode, encode, frame, jid, provision, Wire } from '../lib/wire.mjs';

const TEST = { timeout: 60_000 };
const APP = '/lacuna/demo';
const server = new Server();
const tokens = {};

const api = (method, path, options = {}) => call(server.url, method, path.startsWith('/') ? path : `${APP}/${path}`, options);
const asAlice = (method, path, options = {}) => api(method, path, { token: tokens.alice, ...options });

before(async () => {
  await server.start();
  for (const user of ['alice', 'bob']) {
    await register(server, user);
    const answer = await api('POST', 'token', { body: { grant_type: 'password', username: user, password: 'correct horse' } });
    assert.equal(answer.status, 200, answer.text);
    tokens[user] = answer.json.access_token;
  }
});

after(async () => { assert.equal(await server.remove(), 0, server.output); });

/** Every error is a JSON object with `error` and `error_description`, whatever went wrong. */
function assertError(answer, status, { error, description } = {}) {
  const statuses = [status].flat();
  assert.ok(statuses.includes(answer.status), `status ${answer.status}, wanted ${statuses}: ${answer.text.slice(0, 300)}`);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(typeof answer.json?.error, 'string', answer.text);
  assert.equal(typeof answer.json.error_description, 'string', answer.text);
  assert.ok(answer.json.error && answer.json.error_description, answer.text);
  if (error) assert.equal(answer.json.error, error);
  if (description) assert.match(answer.json.error_description, description);
  assert.doesNotMatch(answer.text, /panicked|sqlite|src\/|\.rs\b/i, 'no insides');
}

/** The server still does its work. */
async function assertAlive() {
  assert.equal((await api('GET', '/healthz')).status, 200);
  const wire = new Wire(server.socketUrl);
  assert.equal(await wire.login({ user: 'alice', token: tokens.alice, resource: 'alive' }), 0);
  wire.end();
}

const ROAMING = 'sdk/message/roaming/chat/user/alice';
const list = (count) => Array.from({ length: count }, (_, n) => n + 1).join(',');

test('deletion by ids: what is refused', TEST, async () => {
  const remove = (query) => asAlice('DELETE', `${ROAMING}?${query}`);
  const tooMany = { error: 'param exception', description: /^delete msg list limit can not greater than 50$/ };
  assertError(await remove(`userId=bob&msgIdList=${list(51)}&resource=r`), 400, tooMany);
  assertError(await remove(`userId=bob&msgIdList=${list(500)}&resource=r`), 400, tooMany);
  assertError(await remove(`userId=bob&msgIdList=${Array(51).fill(7).join(',')}`), 400, tooMany);
  assert.equal((await remove(`userId=bob&msgIdList=${list(50)}&resource=r`)).status, 200);
  assertError(await remove('userId=bob&resource=r'), 400, { error: 'Bad Request' });
  assertError(await remove('userId=bob&msgIdList=&resource=r'), 400);
  assertError(await remove('userId=bob&msgIdList=,,&resource=r'), 400);
  for (const bad of ['abc', '1,abc', '1.5', '-1', '0x10', '99999999999999999999999', '%00', "1'%20OR%201=1"]) {
    assertError(await remove(`userId=bob&msgIdList=${bad}`), 400);
  }
  assertError(await remove(`msgIdList=${list(2)}`), 400);
  assertError(await remove(`userId=&msgIdList=${list(2)}`), 400);
  const group = await asAlice('DELETE', `sdk/message/roaming/group/user/alice?groupId=1&msgIdList=${list(51)}`);
  assertError(group, 400, tooMany);
  await assertAlive();
});

test('deletion by time: what is refused', TEST, async () => {
  const remove = (query) => asAlice('DELETE', `${ROAMING}/time?${query}`);
  for (const bad of ['', 'abc', '-1', '0', '1.5', '1e12', '-9223372036854775808', '99999999999999999999999', 'NaN', 'null']) {
    assertError(await remove(`userId=bob&delTime=${bad}&&resource=r`), 400);
  }
  assertError(await remove('userId=bob&&resource=r'), 400);
  assertError(await remove('delTime=1'), 400);
  assert.equal((await remove('userId=bob&delTime=1&&resource=r')).status, 200);
  assert.equal((await remove(`userId=bob&delTime=${Date.now() + 1e9}&&resource=r`)).status, 200);
});

test('DELETE with and without a body', TEST, async () => {
  const channel = (options) => asAlice('DELETE', 'user/alice/user_channel?resource=r', options);
  assert.equal((await channel({ body: { channel: 'bob', type: 'chat', delete_roam: true } })).status, 200);
  assertError(await channel({}), 400);
  assertError(await channel({ raw: '' }), 400);
  assertError(await channel({ raw: 'not json' }), 400);
  assertError(await channel({ body: [] }), 400);
  assertError(await channel({ body: { type: 'chat', delete_roam: true } }), 400);
  assertError(await channel({ body: { channel: 'bob', delete_roam: true } }), 400);
  assertError(await channel({ body: { channel: '', type: 'chat', delete_roam: true } }), 400);
  assertError(await channel({ body: { channel: 'bob', type: 'nonsense', delete_roam: true } }), 400);
  const withBody = await asAlice('DELETE', `${ROAMING}?userId=bob&msgIdList=1&resource=r`, { body: { any: 'thing' } });
  assert.equal(withBody.status, 200, withBody.text);
});

test('tokens: none, wrong, somebody else\'s', TEST, async () => {
  const paths = [
    ['DELETE', `${ROAMING}?userId=bob&msgIdList=1`],
    ['DELETE', `${ROAMING}/time?userId=bob&delTime=1`],
    ['POST', 'sdk/message/roaming/user/alice/delete/all'],
    ['POST', 'users/alice/messageroaming', { queue: 'bob@easemob.com', start: -1 }],
    ['GET', 'sdk/user/alice/user_channels/list?limit=20'],
    ['DELETE', 'user/alice/user_channel', { channel: 'bob', type: 'chat', delete_roam: true }],
    ['POST', 'sdk/user/alice/user_channel/top', { type: 'chat', to: 'bob' }],
  ];
  for (const [method, path, body] of paths) {
    assertError(await api(method, path, { body }), 401);
    assertError(await api(method, path, { body, token: 'no such token' }), 401);
    assertError(await api(method, path, { body, headers: { authorization: 'Basic YTpi' } }), 401);
    assertError(await api(method, path, { body, headers: { authorization: 'Bearer' } }), 401);
    assertError(await api(method, path, { body, token: tokens.bob }), 403);
  }
});

test('token endpoint', TEST, async () => {
  const token = (body) => api('POST', 'token', { body });
  assertError(await token({ grant_type: 'password', username: 'alice', password: 'wrong' }), 400, { error: 'invalid_grant' });
  assertError(await token({ grant_type: 'password', username: 'nobody', password: 'wrong' }), [400, 404], { error: 'invalid_grant' });
  assertError(await token({ grant_type: 'password', username: 'alice' }), 400);
  assertError(await token({ grant_type: 'magic' }), 400);
  assertError(await token({}), 400);
  assertError(await token({ grant_type: 'client_credentials', client_id: 'demo', client_secret: 'wrong' }), [400, 401]);
  const extra = await token({ grant_type: 'password', username: 'alice', password: 'correct horse', timestamp: 1, unheard: { of: [] } });
  assert.equal(extra.status, 200, 'unknown keys do no harm');
});

test('registration', TEST, async () => {
  const open = (body) => api('POST', 'users', { body });
  assertError(await open({ username: 'alice', password: 'x' }), 400, { error: 'duplicate_unique_property_exists' });
  assertError(await open({ username: 'ALICE', password: 'x' }), 400);
  for (const username of ['', ' ', 'a b', 'a/b', 'a#b', '../x', 'ü', 'x'.repeat(65), 7, null, {}]) {
    assertError(await open({ username, password: 'x' }), 400);
  }
  assertError(await open({ username: 'admin', password: 'x' }), [400, 403]);
  assertError(await open({ username: 'nopassword' }), 400);
  assertError(await open({ username: 'longpassword', password: 'x'.repeat(65) }), 400);
  assert.equal((await open({ username: 'extra.keys', password: 'x', nickname: '', unheard: 1 })).status, 200);
});

test('bodies that are no JSON, or other JSON', TEST, async () => {
  for (const raw of ['', '{', 'null', '[]', '"text"', '7', '{"a":', Buffer.from([0xff, 0xfe, 0x00]), '['.repeat(100_000)]) {
    assertError(await api('POST', 'users', { raw }), 400);
    assertError(await api('POST', 'token', { raw }), 400);
    assertError(await asAlice('POST', 'users/alice/messageroaming', { raw }), 400);
  }
});

test('a body over the limit: 413', TEST, async () => {
  const raw = JSON.stringify({ username: 'big', password: 'x', junk: 'x'.repeat(2 * 1024 * 1024) });
  assertError(await api('POST', 'users', { raw }), 413);
  assertError(await asAlice('POST', 'users/alice/messageroaming', { raw }), 413);
  await assertAlive();
});

test('history: odd parameters are refused or bounded, never an accident', TEST, async () => {
  const page = (body) => asAlice('POST', 'users/alice/messageroaming', { body: { queue: 'bob@easemob.com', start: -1, end: -1, ...body } });
  const fine = await page({ pull_number: 20, is_positive: false, unheard: true });
  assert.equal(fine.status, 200, fine.text);
  assert.equal(fine.json.data.is_last, true);
  for (const body of [{ pull_number: 0 }, { pull_number: -5 }, { pull_number: 1e9 }, { start: 'abc' }, { start: {} }, { start: '99999999999999999999999' },
    { startTime: -1 }, { endTime: 'x' }, { startTime: 9e15, endTime: 1 }, { msgType: 'nonsense' }, { queue: '' }, { queue: 'bob' }, { queue: 7 },
    { queue: '@easemob.com' }, { queue: 'a@b@c' }, { queue: '12@conference.easemob.com' }, { is_positive: 'maybe' }, { userId: 9 }]) {
    const answer = await page(body);
    if (answer.status !== 200) assertError(answer, [400, 403, 404]);
  }
  assertError(await asAlice('POST', 'users/alice/messageroaming', { body: {} }), 400);
});

test('unknown app, path and method', TEST, async () => {
  const app = { error: 'organization_application_not_found' };
  assertError(await api('POST', '/acme/none/users', { body: { username: 'a', password: 'b' } }), 404, app);
  assertError(await api('POST', '/acme/none/token', { body: { grant_type: 'password', username: 'a', password: 'b' } }), 404, app);
  assertError(await api('POST', '/lacuna/none/token', { body: { grant_type: 'password', username: 'a', password: 'b' } }), 404, app);
  assertError(await api('DELETE', '/acme/none/sdk/message/roaming/chat/user/alice?userId=bob&msgIdList=1', { token: tokens.alice }), 404, app);
  assertError(await asAlice('GET', 'no/such/path'), 404);
  assertError(await api('GET', '/'), 404);
  assertError(await asAlice('PATCH', ROAMING), [404, 405]);
  assertError(await asAlice('GET', 'token'), [404, 405]);
  assertError(await asAlice('GET', 'sdk/user/alice/user_channels/list%00'), [400, 404]);
});

test('app-wide paths need the app\'s own token', TEST, async () => {
  assertError(await asAlice('DELETE', 'rest/message/roaming/chat/user/bob?userId=alice&msgIdList=1'), [401, 403]);
  assertError(await asAlice('POST', 'rest/message/roaming/user/bob/delete/all'), [401, 403]);
});

test('foreign Host and Origin', TEST, async () => {
  const { hostname, port } = new URL(server.url);
  const status = await new Promise((resolve, reject) => {
    request({ hostname, port, path: '/healthz', headers: { host: 'evil.example' } }, (answer) => { answer.resume(); resolve(answer.statusCode); })
      .on('error', reject).end();
  });
  assert.ok(status >= 400 && status < 500, `a foreign Host got ${status}`);
  const preflight = (origin) => call(server.url, 'OPTIONS', `${APP}/users/alice/messageroaming`, {
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
  });
  const own = await preflight('http://127.0.0.1:4000');
  assert.ok([200, 204].includes(own.status));
  assert.ok(['*', 'http://127.0.0.1:4000'].includes(own.headers.get('access-control-allow-origin')));
  assert.match(own.headers.get('access-control-allow-headers') ?? '', /authorization/i);
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) assert.match(own.headers.get('access-control-allow-methods') ?? '', new RegExp(method));
  const foreign = await preflight('https://evil.example');
  assert.equal(foreign.headers.get('access-control-allow-origin'), null);
});

const GARBAGE = {
  'random bytes': () => randomBytes(200),
  'nothing': () => Buffer.alloc(0),
  'a truncated frame': () => provision({ user: 'alice', token: tokens.alice }).subarray(0, 40),
  'a length beyond the end': () => Buffer.from([0x4a, 0xff, 0xff, 0xff, 0xff, 0x07]),
  'an endless varint': () => Buffer.alloc(64, 0xff),
  'an unknown command': () => frame(9, encode([1, 1])),
  'a payload that is no message': () => frame(COMMAND.sync, Buffer.from([0x0a, 0x7f, 0x01])),
  'no payload': () => frame(COMMAND.sync),
  'deep nesting': () => frame(COMMAND.sync, Array.from({ length: 2000 }).reduce((inner) => encode([1, inner]), Buffer.alloc(0))),
  'text': () => 'hello',
  'a frame over the limit': () => frame(COMMAND.sync, Buffer.alloc(512 * 1024)),
};

for (const [name, make] of Object.entries(GARBAGE)) {
  test(`socket: ${name}, before and after login`, TEST, async () => {
    const stranger = new Wire(server.socketUrl);
    await stranger.send(make());
    await stranger.send(frame(COMMAND.unread));
    const answer = await stranger.next(); // a refusal, or the end
    if (answer?.command === COMMAND.unread) assert.notEqual(Number(decode(answer.payload.get(1)[0]).get(1)?.[0] ?? 0n), 0);
    assert.equal(answer?.payload.get(4), undefined, 'no data for strangers');
    stranger.end();

    const wire = new Wire(server.socketUrl);
    assert.equal(await wire.login({ user: 'alice', token: tokens.alice, resource: 'garbage' }), 0);
    await wire.send(make());
    await wire.send(frame(COMMAND.unread));
    await wire.nextOf(COMMAND.unread); // goes on, or is closed; it does not hang
    wire.end();
    await assertAlive();
  });
}

test('socket: wrong logins are answered and closed', TEST, async () => {
  const cases = [
    { user: 'alice', token: 'no such token' },
    { user: 'alice', token: '' },
    { user: 'bob', token: tokens.alice },
    { user: '', token: tokens.alice },
    { user: 'nobody', token: tokens.alice },
    { user: 'alice', token: tokens.alice, appKey: 'acme#none' },
    { user: 'alice', token: tokens.alice, appKey: 'nonsense' },
  ];
  for (const who of cases) {
    const wire = new Wire(server.socketUrl);
    const status = await wire.login(who);
    assert.ok(status === undefined || status > 0, `${JSON.stringify({ ...who, token: '…' })}: ${status}`);
    await wire.closed;
  }
  await assertAlive();
});

test('socket: frames before the login get no service', TEST, async () => {
  const body = encode([1, 1], [4, encode([1, 0], [2, 'hi'])]);
  const meta = encode([1, 77], [3, jid('lacuna#demo', 'bob')], [5, 1], [6, body]);
  const wire = new Wire(server.socketUrl);
  await wire.send(frame(COMMAND.sync, encode([1, meta])));
  const answer = await wire.next();
  if (answer) assert.notEqual(Number(decode(answer.payload.get(1)?.[0] ?? Buffer.alloc(0)).get(1)?.[0] ?? 0n), 0);
  wire.end();
  const page = await asAlice('POST', 'users/alice/messageroaming', { body: { queue: 'bob@easemob.com', start: -1, end: -1 } });
  assert.deepEqual(page.json.data.msgs, []);
});

test('socket: a sender cannot be made up', TEST, async () => {
  const alice = new Wire(server.socketUrl);
  assert.equal(await alice.login({ user: 'alice', token: tokens.alice, resource: 'forger' }), 0);
  const body = encode([1, 1], [2, encode([2, 'carol'])], [3, encode([2, 'bob'])], [4, encode([1, 0], [2, 'forged'])]);
  const meta = encode([1, 78], [2, jid('lacuna#demo', 'carol')], [3, jid('lacuna#demo', 'bob')], [4, 1], [5, 1], [6, body]);
  await alice.send(frame(COMMAND.sync, encode([1, meta])));
  await alice.nextOf(COMMAND.sync);
  alice.end();
  const history = await api('POST', 'users/bob/messageroaming', { token: tokens.bob, body: { queue: 'alice@easemob.com', start: -1, end: -1, pull_number: 20 } });
  for (const { msg } of history.json.data.msgs) {
    const fields = decode(Buffer.from(msg, 'base64'));
    assert.equal(decode(fields.get(2)[0]).get(2)[0].toString(), 'alice');
    assert.ok(Number(fields.get(4)[0]) > 1e12, 'the time is the server\'s');
    const inner = decode(fields.get(6)[0]).get(2)?.[0];
    if (inner) assert.equal(decode(inner).get(2)[0].toString(), 'alice', 'the name inside the body');
  }
});

test('socket: an acknowledgement beyond everything sent skips nothing', TEST, async () => {
  const bob = new Wire(server.socketUrl);
  assert.equal(await bob.login({ user: 'bob', token: tokens.bob, resource: 'greedy' }), 0);
  await bob.send(frame(COMMAND.sync, encode([2, 9223372036854775807n], [3, jid('lacuna#demo', 'alice')])));
  await bob.nextOf(COMMAND.sync);
  const alice = new Wire(server.socketUrl);
  assert.equal(await alice.login({ user: 'alice', token: tokens.alice, resource: 'sender' }), 0);
  const body = encode([1, 1], [2, encode([2, 'alice'])], [3, encode([2, 'bob'])], [4, encode([1, 0], [2, 'still due'])]);
  await alice.send(frame(COMMAND.sync, encode([1, encode([1, 79], [3, jid('lacuna#demo', 'bob')], [5, 1], [6, body])])));
  for (;;) {
    const got = await bob.next();
    assert.ok(got, 'closed');
    if (got.command === COMMAND.notice) await bob.send(frame(COMMAND.sync, encode([3, got.payload.get(1)[0]])));
    if (got.command === COMMAND.sync && got.payload.get(4)) break;
  }
  alice.end();
  bob.end();
});

test('socket: two with one resource: the first is told and closed', TEST, async () => {
  const first = new Wire(server.socketUrl);
  assert.equal(await first.login({ user: 'alice', token: tokens.alice, resource: 'twin' }), 0);
  const second = new Wire(server.socketUrl);
  assert.equal(await second.login({ user: 'alice', token: tokens.alice, resource: 'twin' }), 0);
  const kick = await first.nextOf(COMMAND.sync);
  const meta = decode(kick.payload.get(4)[0]);
  assert.equal(Number(meta.get(5)?.[0] ?? 0n), 0, 'ns STATISTIC');
  assert.ok([2, 4].includes(Number(decode(meta.get(6)[0]).get(1)?.[0] ?? 0n)));
  await first.closed;
  await second.send(frame(COMMAND.unread));
  assert.ok(await second.nextOf(COMMAND.unread), 'the second goes on');
  second.end();
});

test('plain HTTP on the socket path, and a socket on others', TEST, async () => {
  assertError(await api('GET', '/websocket'), [400, 404, 405, 426]);
  const wire = new Wire(`${server.socketUrl}/elsewhere`);
  await assert.rejects(wire.opened);
});
