// Just enough protobuf and MSync to say wrong things on a socket (docs: protocol notes on frames).

import { WebSocket } from 'ws';

export const COMMAND = { sync: 0, unread: 1, notice: 2, provision: 3, logout: 4 };

function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes = [];
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** A message from `[number, value]` pairs: numbers become varints, strings and buffers become bytes. */
export function encode(...fields) {
  return Buffer.concat(fields.flatMap(([number, value]) => {
    if (typeof value === 'number' || typeof value === 'bigint') return [varint(number << 3), varint(value)];
    const bytes = Buffer.from(value);
    return [varint((number << 3) | 2), varint(bytes.length), bytes];
  }));
}

/** Fields of a message: number → list of BigInt or Buffer. */
export function decode(bytes) {
  const fields = new Map();
  let at = 0;
  const read = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(read());
    let value;
    switch (key & 7) {
      case 0: value = read(); break;
      case 1: value = bytes.subarray(at, at += 8); break;
      case 2: { const length = Number(read()); value = bytes.subarray(at, at += length); break; }
      case 5: value = bytes.subarray(at, at += 4); break;
      default: throw new Error(`wire type ${key & 7}`);
    }
    const number = key >> 3;
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

export const jid = (appKey, name, resource) => encode([1, appKey], [2, name], [3, 'easemob.com'],
  ...(resource ? [[4, resource]] : []));

/** A client frame. */
export const frame = (command, payload, ...more) => encode([8, command], ...(payload ? [[9, payload]] : []), ...more);

/** The first frame of a connection. */
export function provision({ appKey = 'lacuna#demo', user, token, resource = 'raw_one' }) {
  const body = encode([1, 16], [2, '4.21.1'], [9, resource], [12, resource], [13, resource],
    [18, JSON.stringify({ token: `$t$${token}` })]);
  return frame(COMMAND.provision, body, [2, jid(appKey, user, resource)], [3, `$t$${token}`], [10, 0]);
}

/** A socket whose frames can be awaited one by one. */
export class Wire {
  #frames = [];
  #waiting = [];

  constructor(url) {
    this.socket = new WebSocket(url);
    this.closed = new Promise((resolve) => { this.socket.on('close', resolve); });
    this.socket.on('error', () => {});
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
    });
    this.opened.catch(() => {});
    this.socket.on('message', (bytes) => {
      const fields = decode(bytes);
      const got = { command: Number(fields.get(8)?.[0] ?? 0n), payload: decode(fields.get(9)?.[0] ?? Buffer.alloc(0)) };
      const waiter = this.#waiting.shift();
      if (waiter) waiter(got); else this.#frames.push(got);
    });
  }

  async send(bytes) {
    await this.opened;
    this.socket.send(bytes);
  }

  /** The next frame, or null once the server has closed. */
  next(ms = 10_000) {
    const queued = this.#frames.shift();
    if (queued) return Promise.resolve(queued);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no frame and no close within ${ms} ms`)), ms);
      const done = (value) => { clearTimeout(timer); resolve(value); };
      this.#waiting.push(done);
      this.closed.then(() => done(null));
    });
  }

  /** The next frame of `command`; null once the server has closed. */
  async nextOf(command) {
    for (;;) {
      const got = await this.next();
      if (!got || got.command === command) return got;
    }
  }

  /** Logs in; answers the status code of the reply (undefined: closed without one). */
  async login(who) {
    await this.send(provision(who));
    const reply = await this.nextOf(COMMAND.provision);
    const status = reply?.payload.get(8)?.[0];
    return status && Number(decode(status).get(1)?.[0] ?? 0n);
  }

  end() { this.socket.terminate(); }
}
