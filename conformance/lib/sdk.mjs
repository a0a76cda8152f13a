// Loads one unmodified official SDK into this Node process, with the browser globals it needs.
//
// One SDK per process: each puts state of its own into the globals.

import { createRequire } from 'node:module';
import { WebSocket as NodeSocket } from 'ws';
import XHR2 from 'xhr2';
import { record } from './http.mjs';

const PACKAGES = { easemob: 'easemob-websdk', agora: 'agora-chat' };

/** Which SDK this process drives: the environment variable SDK. */
export const name = process.env.SDK ?? 'easemob';

/** Sockets of this process that are open or opening, for tests that pull the plug. */
export const sockets = new Set();

class Socket extends NodeSocket {
  constructor(url) {
    super(url);
    sockets.add(this);
    this.on('close', () => sockets.delete(this));
    this.on('error', () => {}); // the SDK listens to `onclose` alone
  }
}

/** XMLHttpRequest that records what was asked and answered, and can send a FormData. */
class Request extends XHR2 {
  open(method, url, ...rest) {
    this.asked = { method: method.toUpperCase(), path: url.replace(/^https?:\/\/[^/]+/, '') };
    // As a browser does: what is no ASCII is escaped.
    return super.open(method, url.replace(/[^\x21-\x7e]+/gu, encodeURIComponent), ...rest);
  }

  send(body) {
    const { asked } = this;
    this.addEventListener('loadend', () => {
      record({ ...asked, body: typeof body === 'string' ? body : undefined, status: this.status, answer: this.responseText });
    });
    if (!(body instanceof FormData)) return super.send(body);
    const form = new Response(body);
    form.arrayBuffer().then((bytes) => {
      this.setRequestHeader('Content-Type', form.headers.get('content-type'));
      super.send(new Uint8Array(bytes));
    });
    return undefined;
  }
}

function install() {
  const define = (key, value) => Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  define('self', globalThis);
  define('window', globalThis);
  define('WebSocket', Socket);
  define('XMLHttpRequest', Request);
  define('navigator', { userAgent: 'node' });
  define('document', { addEventListener() {}, removeEventListener() {}, visibilityState: 'visible' });
  define('location', { protocol: 'http:' });
  const kept = new Map();
  define('localStorage', {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => { kept.set(key, String(value)); },
    removeItem: (key) => { kept.delete(key); },
  });
}

function load() {
  const wanted = PACKAGES[name];
  if (!wanted) throw new Error(`SDK=${name}: expected one of ${Object.keys(PACKAGES)}`);
  install();
  const loaded = createRequire(import.meta.url)(wanted);
  const sdk = loaded.default ?? loaded;
  sdk.logger.disableAll();
  return sdk;
}

/** The SDK's root object: `connection`, `message`, `logger`. */
export const sdk = load();
