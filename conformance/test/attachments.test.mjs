// Attachments through the SDKs' own upload: what is sent is what is downloaded from the address that the SDK gives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sdk } from '../lib/sdk.mjs';
import { call, expectMissing, requests } from '../lib/http.mjs';
import { failure, noSurprises, suite, TEST } from '../lib/suite.mjs';

const world = suite();
const PURGED_MS_MAX = 60_000;
// A picture of one pixel.
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const MIB = 1024 * 1024;

const people = async (...stems) => {
  const users = await Promise.all(stems.map((stem) => world.account(stem)));
  return Promise.all(users.map((user) => world.device(user, 'one', { useOwnUploadFun: false })));
};

/** Bytes that a run of zeros or a repeated part would not pass for. */
function noise(bytes) {
  const data = new Uint8Array(bytes);
  let state = 12345;
  for (let n = 0; n < bytes; n += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    data[n] = state >>> 16;
  }
  return data;
}

/** Sends a file as an app does; answers what the SDK told of it. */
async function send(from, to, { bytes, type = 'file', mime = 'application/zip', filename = 'a.zip', ...more }) {
  const data = new File([bytes], filename, { type: mime });
  const told = [];
  const message = sdk.message.create({
    type, to, chatType: 'singleChat', ...more,
    file: { url: 'blob:', filename, filetype: filename.split('.').at(-1), data },
    onFileUploadComplete: (answer) => told.push(answer),
  });
  const sent = await from.conn.send(message);
  assert.equal(told.length, 1, 'onFileUploadComplete');
  return { id: sent.serverMsgId, told: told[0] };
}

async function download(url, headers = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

const withoutSecret = (url) => url.replace(/&?share-secret=[^&]*/, '');

test('a picture arrives with an address that gives it, and a small one', TEST, async () => {
  const [alice, bob] = await people('alice', 'bob');
  const { id } = await send(alice, bob.user, { bytes: PICTURE, type: 'img', mime: 'image/png', filename: 'a.png', width: 1, height: 1 });
  const [got] = await bob.received(1);
  assert.equal(got.id, id);
  assert.equal(got.type, 'img');
  assert.ok(got.url.startsWith(`${world.server.url}/lacuna/demo/chatfiles/`), got.url);
  const whole = await download(got.url);
  assert.equal(whole.status, 200);
  assert.ok(whole.bytes.equals(PICTURE));
  assert.equal(whole.headers.get('content-type'), 'image/png');
  assert.equal(whole.headers.get('x-content-type-options'), 'nosniff');
  const small = await download(got.thumb);
  assert.equal(small.headers.get('content-type'), 'image/jpeg');
  // Another device reads the same from history.
  const page = await (await world.device(bob.user, 'two', { useOwnUploadFun: false })).page(alice.user);
  assert.ok((await download(page.messages[0].url)).bytes.equals(PICTURE));
});

test('a file is given only to those who know its secret', TEST, async () => {
  const [alice, bob] = await people('alice', 'bob');
  const bytes = noise(3 * MIB);
  await send(alice, bob.user, { bytes });
  const [got] = await bob.received(1);
  assert.match(got.url, /share-secret=/);
  assert.ok((await download(got.url)).bytes.equals(Buffer.from(bytes)));
  const bare = withoutSecret(got.url);
  assert.equal((await download(bare)).status, 403);
  assert.equal((await download(bare, { 'share-secret': 'wrong' })).status, 403);
  assert.equal((await download(bare, { 'share-secret': got.secret })).status, 200);
  const part = await download(got.url, { range: 'bytes=10-19' });
  assert.equal(part.status, 206);
  assert.ok(part.bytes.equals(Buffer.from(bytes.subarray(10, 20))));
});

test('a large file goes in parts', TEST, async () => {
  const [alice, bob] = await people('alice', 'bob');
  const bytes = noise(9 * MIB + 7);
  const from = requests.length;
  await send(alice, bob.user, { bytes });
  const parts = requests.slice(from).filter(({ method, path }) => method === 'PUT' && path.includes('part-upload'));
  assert.equal(parts.length, 2);
  const [got] = await bob.received(1);
  assert.ok((await download(got.url)).bytes.equals(Buffer.from(bytes)));
});

test('too large a file is a clear error, and nothing is sent', TEST, async () => {
  const [alice, bob] = await people('alice', 'bob');
  const error = await failure(send(alice, bob.user, { bytes: noise(11 * MIB) }));
  assert.equal(error.type, 101);
  assert.match(JSON.stringify(error), /exceeds the maximum limit|body_too_large/);
  assert.equal(bob.messages().length, 0);
  const form = new FormData();
  form.append('file', new Blob([noise(10 * MIB + 1)]), 'a.bin');
  const raw = await fetch(`${world.server.url}/lacuna/demo/chatfiles`, {
    method: 'POST', body: form, headers: { authorization: `Bearer ${alice.token}` },
  });
  assert.equal(raw.status, 413);
  assert.equal((await raw.json()).code, 'body_too_large');
});

test('a file is gone once everybody deleted its message', TEST, async () => {
  const [alice, bob] = await people('alice', 'bob');
  const { id } = await send(alice, bob.user, { bytes: noise(5000) });
  const [got] = await bob.received(1);
  const remove = (client, targetId, messageId = id) => client.conn.removeHistoryMessages({ targetId, chatType: 'singleChat', messageIds: [messageId] });
  await remove(alice, bob.user);
  // A round trip of the purge that has something to do: the other side still has the file after it.
  const note = await send(alice, alice.user, { bytes: noise(100) });
  await remove(alice, alice.user, note.id);
  await gone(note.told.url);
  assert.equal((await download(got.url)).status, 200);
  await remove(bob, alice.user);
  await gone(got.url);
});

test('a picture whose extension is edited keeps its file', TEST, async () => {
  const [alice, bob] = await people('alice', 'bob');
  const picture = { type: 'img', mime: 'image/png', filename: 'a.png', width: 1, height: 1 };
  const { id } = await send(alice, bob.user, { bytes: PICTURE, ...picture });
  const [got] = await bob.received(1);
  const remove = (client, targetId, messageId = id) => client.conn.removeHistoryMessages({ targetId, chatType: 'singleChat', messageIds: [messageId] });
  const modifiedMessage = sdk.message.create({
    type: 'img', to: bob.user, chatType: 'singleChat', file: { url: got.url, filename: 'a.png', filetype: 'png', data: {} }, ext: { seen: 'twice' },
  });
  await alice.conn.modifyMessage({ messageId: id, modifiedMessage });
  const event = await bob.event('onModifiedMessage', (message) => message.id === id);
  assert.deepEqual(event.ext, { seen: 'twice' });
  // A round trip of the purge, which overwrites the body before the edit too.
  const note = await send(alice, alice.user, { bytes: noise(100) });
  await remove(alice, alice.user, note.id);
  await gone(note.told.url);
  assert.ok((await download(got.url)).bytes.equals(PICTURE));
  const page = await bob.page(alice.user);
  assert.equal(page.messages[0].url, got.url);
  await alice.conn.recallMessage({ mid: id, to: bob.user, chatType: 'singleChat' });
  await gone(got.url);
});

/** What an upload that the SDK makes by callbacks comes to. */
const uploaded = (start) => new Promise((resolve, reject) => {
  start({ onFileUploadComplete: resolve, onFileUploadError: reject, onFileUploadProgress() {}, onFileUploadCanceled: reject });
});

/** A file as pages hand it to the SDK. */
const page = (bytes, filename) => ({ url: 'blob:', filename, filetype: 'zip', data: new File([bytes], filename, { type: 'application/zip' }) });

test('a file that a member shares with a group is given to its members until it is deleted', TEST, async () => {
  const [alice, bob, carol] = await people('alice', 'bob', 'carol');
  const groupId = await world.group(alice, [bob]);
  const bytes = noise(MIB);
  const told = await uploaded((callbacks) => bob.conn.uploadGroupSharedFile({ groupId, file: page(bytes, 'été.zip'), ...callbacks }));
  const { data: [row] } = await alice.conn.fetchGroupSharedFileList({ groupId, pageNum: 1, pageSize: 10 });
  assert.deepEqual(told.data, row, JSON.stringify(told));
  assert.deepEqual([row.file_name, row.file_owner, row.file_size], ['été.zip', bob.user, MIB]);
  const [org, app] = world.server.app.split('#');
  const url = `${world.server.url}/${org}/${app}/chatgroups/${groupId}/share_files/${row.file_id}`;
  const got = await download(url, { authorization: `Bearer ${alice.token}` });
  assert.equal(got.status, 200);
  assert.ok(got.bytes.equals(Buffer.from(bytes)));
  assert.equal((await download(url, { authorization: `Bearer ${carol.token}` })).status, 403);
  const { data } = await bob.conn.deleteGroupSharedFile({ groupId, fileId: row.file_id });
  assert.deepEqual([data.result, data.file_id], [true, row.file_id]);
  assert.deepEqual((await alice.conn.fetchGroupSharedFileList({ groupId, pageNum: 1, pageSize: 10 })).data, []);
  assert.equal((await download(url, { authorization: `Bearer ${alice.token}` })).status, 404);
});

/** Waits until an address gives nothing any more. */
async function gone(url) {
  expectMissing(/GET .*chatfiles/);
  const end = Date.now() + PURGED_MS_MAX;
  for (;;) {
    const { status } = await call(url.replace(/^(https?:\/\/[^/]+).*/, '$1'), 'GET', url.replace(/^https?:\/\/[^/]+/, ''));
    if (status === 404) return;
    assert.equal(status, 200);
    assert.ok(Date.now() < end, 'the file is still there');
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

noSurprises();
