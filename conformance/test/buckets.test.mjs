// Attachments of a server whose files lie in a bucket of S3 instead of a folder.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Bucket } from '../lib/bucket.mjs';
import { sdk } from '../lib/sdk.mjs';
import { noSurprises, suite, TEST } from '../lib/suite.mjs';

const bucket = new Bucket();
const endpoint = await bucket.start();
const world = suite({
  env: {
    LACUNA__FILES__URL: 's3://attachments/of/lacuna',
    AWS_ENDPOINT: endpoint,
    AWS_ALLOW_HTTP: 'true',
    AWS_REGION: 'nowhere-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  },
});
after(() => bucket.stop());
const PURGED_MS_MAX = 60_000;

const bytesOf = async (url, headers = {}) => Buffer.from(await (await fetch(url, { headers })).arrayBuffer());

for (const [what, size, parts] of [['small', 5000, 1], ['large', 9 * 1024 * 1024, 2]]) {
  test(`a ${what} file is kept in the bucket, and removed from it`, TEST, async () => {
    const users = await Promise.all(['alice', 'bob'].map((stem) => world.account(stem)));
    const [alice, bob] = await Promise.all(users.map((user) => world.device(user, 'one', { useOwnUploadFun: false })));
    const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, n) => (n * 7 + (n >> 8)) % 256));
    const message = sdk.message.create({
      type: 'file', to: bob.user, chatType: 'singleChat',
      file: { url: 'blob:', filename: 'a.zip', filetype: 'zip', data: new File([bytes], 'a.zip', { type: 'application/zip' }) },
    });
    const sent = await alice.conn.send(message);
    const [got] = await bob.received(1);
    assert.ok((await bytesOf(got.url)).equals(bytes));
    assert.ok((await bytesOf(got.url, { range: 'bytes=100-199' })).equals(bytes.subarray(100, 200)));
    const keys = [...bucket.objects.keys()];
    assert.equal(keys.length, 1, `${parts} parts became one object: ${keys}`);
    assert.match(keys[0], /^of\/lacuna\/[0-9a-f-]{36}\/file$/);
    for (const [client, peer] of [[alice, bob], [bob, alice]]) {
      await client.conn.removeHistoryMessages({ targetId: peer.user, chatType: 'singleChat', messageIds: [sent.serverMsgId] });
    }
    const end = Date.now() + PURGED_MS_MAX;
    while (bucket.objects.size > 0) {
      assert.ok(Date.now() < end, 'the object is still there');
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  });
}

noSurprises();
