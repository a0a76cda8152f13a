// One `lacuna serve` process on a data directory of its own.
//
// The first start picks a free port; later starts of the same object use that port and that
// directory again, so that an SDK that lost its server finds it by itself.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const READY_MS_MAX = 20_000;
const STOP_MS_MAX = 20_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The server binary: `LACUNA_BIN`, else the release build, else the debug build. */
export function binary() {
  const found = [process.env.LACUNA_BIN, join(ROOT, 'target/release/lacuna'), join(ROOT, 'target/debug/lacuna')]
    .find((path) => path && existsSync(path));
  if (!found) throw new Error('no server binary: build `lacuna` or set LACUNA_BIN');
  return found;
}

export class Server {
  #child = null;
  #exited = null;
  #output = '';
  #env;
  #data = null;
  #app;

  /** `env`: settings as `LACUNA__SECTION__KEY`; `app`: lines of TOML for the app's section of a configuration file. */
  constructor({ env = {}, app = undefined } = {}) {
    this.#env = env;
    this.#app = app;
    this.address = '127.0.0.1:0';
    this.app = 'lacuna#demo';
  }

  get url() { return `http://${this.address}`; }
  get socketUrl() { return `ws://${this.address}/websocket`; }
  get output() { return this.#output; }

  async start() {
    this.#data ??= await mkdtemp(join(tmpdir(), 'lacuna-conformance-'));
    const config = this.#app === undefined ? [] : ['--config', await this.#configuration()];
    const child = spawn(binary(), ['serve', '--listen', this.address, '--data', this.#data, ...config], {
      env: { ...process.env, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => resolve({ error }));
    });
    const keep = (chunk) => { this.#output = (this.#output + chunk).slice(-64 * 1024); };
    child.stderr.on('data', keep);
    let line = '';
    const ready = new Promise((resolve) => {
      child.stdout.on('data', (chunk) => {
        keep(chunk);
        line += chunk;
        const found = /listening on http:\/\/(\S+)/.exec(line);
        if (found) resolve(found[1]);
      });
    });
    const address = await Promise.race([
      ready,
      this.#exited.then((end) => { throw new Error(`server ended at start: ${JSON.stringify(end)} ${this.#output}`); }),
      timeout(READY_MS_MAX, () => `server not ready: ${this.#output}`),
    ]);
    this.address = address;
    return this;
  }

  /** Writes the configuration file of a development server whose app has switches of its own. */
  async #configuration() {
    const file = join(this.#data, 'lacuna.toml');
    await writeFile(file, `[server]
development = true
[limits]
requests_per_second = 0
[apps."${this.app}"]
client_id = "demo"
client_secret = "demo-secret"
open_registration = true
${this.#app}
`);
    return file;
  }

  /** SIGTERM; answers the exit code. */
  async stop() {
    if (!this.#child) return null;
    this.#child.kill('SIGTERM');
    const end = await Promise.race([this.#exited, timeout(STOP_MS_MAX, () => 'server did not stop').catch((error) => ({ error }))]);
    if (end.error) this.#child.kill('SIGKILL');
    this.#child = null;
    if (end.error) throw end.error;
    return end.code;
  }

  /** SIGKILL: nothing is flushed that was not flushed before. */
  async kill() {
    this.#child?.kill('SIGKILL');
    await this.#exited;
    this.#child = null;
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Stops the server and removes its directory. */
  async remove() {
    try {
      return await this.stop();
    } finally {
      if (this.#data) await rm(this.#data, { recursive: true, force: true });
      this.#data = null;
    }
  }
}

function timeout(ms, text) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(text())), ms).unref();
  });
}
