// As much of S3 as the server uses, in memory: for a server whose files lie in a bucket.

import { createServer } from 'node:http';

export class Bucket {
  /** Objects by key. */
  objects = new Map();
  #uploads = new Map();
  #server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => this.#answer(request, Buffer.concat(chunks), response));
  });

  async start() {
    await new Promise((resolve) => { this.#server.listen(0, '127.0.0.1', resolve); });
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() { this.#server.close(); }

  #answer({ method, url, headers }, body, response) {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
    const end = (status, text = '', more = {}) => response.writeHead(status, more).end(text);
    if (!/^AWS4-HMAC-SHA256 /.test(headers.authorization ?? '')) return end(403);
    const upload = searchParams.get('uploadId');
    if (method === 'GET' && searchParams.get('list-type') === '2') return end(200, this.#list(searchParams.get('prefix') ?? ''));
    if (method === 'POST' && searchParams.has('uploads')) {
      const id = String(this.#uploads.size + 1);
      this.#uploads.set(id, []);
      return end(200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (method === 'PUT' && upload) {
      this.#uploads.get(upload)[Number(searchParams.get('partNumber')) - 1] = body;
      return end(200, '', { etag: `"${searchParams.get('partNumber')}"` });
    }
    if (method === 'POST' && upload) {
      this.objects.set(key, Buffer.concat(this.#uploads.get(upload)));
      this.#uploads.delete(upload);
      return end(200, '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
    }
    if (method === 'DELETE' && upload) return end(this.#uploads.delete(upload) ? 204 : 404);
    if (method === 'POST' && searchParams.has('delete')) {
      const keys = [...body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, name]) => name);
      for (const name of keys) this.objects.delete(name);
      return end(200, `<DeleteResult>${keys.map((name) => `<Deleted><Key>${name}</Key></Deleted>`).join('')}</DeleteResult>`);
    }
    if (method === 'PUT') {
      this.objects.set(key, body);
      return end(200, '', { etag: '"e"' });
    }
    if (method === 'DELETE') {
      this.objects.delete(key);
      return end(204);
    }
    return this.#get(key, headers.range, end);
  }

  #get(key, range, end) {
    const object = this.objects.get(key);
    if (!object) return end(404, '<Error><Code>NoSuchKey</Code></Error>');
    const more = { etag: '"e"', 'last-modified': new Date().toUTCString() };
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (from === undefined) return end(200, object, { ...more, 'content-length': object.length });
    const part = object.subarray(Number(from), Number(to) + 1);
    return end(206, part, { ...more, 'content-length': part.length, 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${object.length}` });
  }

  #list(prefix) {
    const rows = [...this.objects].filter(([key]) => key.startsWith(prefix)).map(([key, bytes]) =>
      `<Contents><Key>${key}</Key><LastModified>${new Date().toISOString()}</LastModified><ETag>"e"</ETag><Size>${bytes.length}</Size></Contents>`);
    return `<ListBucketResult><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`;
  }
}
