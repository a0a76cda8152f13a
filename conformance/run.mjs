// `npm test`: every SDK through every scenario, then the bad input, then the browser.
//
// node run.mjs [--write] [easemob|agora|raw|browser ...] [-- file ...]
// `file`: scenario names without `.test.mjs`, to run only those. Ends with one line per part and the endpoints used.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from './lib/coverage.mjs';
import { binary } from './lib/server.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SDKS = ['easemob', 'agora'];
const NO_SDK = new Set(['bad-input']);

const split = process.argv.indexOf('--');
const given = process.argv.slice(2, split < 0 ? undefined : split);
const write = given.includes('--write');
const wanted = given.filter((part) => part !== '--write');
const only = split < 0 ? [] : process.argv.slice(split + 1);
const parts = wanted.length ? wanted : [...SDKS, 'raw', 'browser'];

const scenarios = readdirSync(join(HERE, 'test'))
  .filter((file) => file.endsWith('.test.mjs'))
  .map((file) => file.replace('.test.mjs', ''))
  .filter((scenario) => !only.length || only.includes(scenario));

const scratch = mkdtempSync(join(tmpdir(), 'lacuna-conformance-run-'));
const log = join(scratch, 'requests.jsonl');

/** Runs the node test runner over `files`; answers its counts. */
async function run(part, files, env) {
  if (!files.length) return { part, pass: 0, fail: 0, skipped: 0, ok: true };
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-force-exit', '--test-reporter=spec',
    ...files.map((scenario) => join(HERE, 'test', `${scenario}.test.mjs`))],
  { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CONFORMANCE_LOG: log, ...env } });
  let text = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    text += chunk;
  });
  const [status] = await once(child, 'close');
  const count = (name) => Number(new RegExp(`^ℹ ${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { part, pass: count('pass'), fail: count('fail') + count('cancelled'), skipped: count('skipped'), ok: status === 0 };
}

/** Every endpoint the SDKs called, names and ids left out: how often, with which statuses. */
function endpoints() {
  if (!existsSync(log)) return [];
  const seen = new Map();
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    const { method, path, status, own } = JSON.parse(line);
    if (own || !path) continue;
    const shape = path.replace(/\?.*/, '').replace(/\/(user|users|chatgroups|chatfiles)\/(?!list\b)[^/]+/g, '/$1/{}');
    const key = `${method} ${shape}`;
    const counts = seen.get(key) ?? {};
    counts[status] = (counts[status] ?? 0) + 1;
    seen.set(key, counts);
  }
  return [...seen].sort().map(([key, counts]) => `  ${key}  ${Object.entries(counts).map(([status, n]) => `${status}×${n}`).join(' ')}`);
}

/** Which methods of each SDK were seen to work. */
function methods() {
  const worked = new Map(SDKS.map((sdk) => [sdk, new Set()]));
  if (!existsSync(log)) return worked;
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    const { sdk, method, path } = JSON.parse(line);
    if (!path) worked.get(sdk)?.add(method);
  }
  return worked;
}

/** After a whole run: the table of what works must be the committed one. `--write` makes it so. */
function compatibility() {
  const { text, wrong } = table(methods());
  for (const line of wrong) process.stdout.write(`compatibility: ${line}\n`);
  const file = join(HERE, '..', 'docs', 'compatibility.md');
  if (write && !wrong.length) writeFileSync(file, text);
  const fresh = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (!fresh) process.stdout.write('compatibility: docs/compatibility.md is not what this run says; npm run compatibility writes it\n');
  return fresh && !wrong.length;
}

process.stdout.write(`server: ${binary()}\n`);
const BROWSER = scenarios.filter((scenario) => scenario === 'browser');
const RAW = scenarios.filter((scenario) => NO_SDK.has(scenario));
const DRIVEN = scenarios.filter((scenario) => !BROWSER.includes(scenario) && !RAW.includes(scenario));
const results = [];
for (const part of parts) {
  process.stdout.write(`\n== ${part}\n`);
  if (part === 'browser') results.push(await run(part, BROWSER, {}));
  else if (part === 'raw') results.push(await run(part, RAW, {}));
  else if (SDKS.includes(part)) results.push(await run(part, DRIVEN, { SDK: part }));
  else throw new Error(`unknown part ${part}: ${[...SDKS, 'raw', 'browser'].join(', ')}`);
}

const used = endpoints();
process.stdout.write(`\nendpoints the SDKs used:\n${used.join('\n')}\n\n`);
for (const { part, pass, fail, skipped, ok } of results) {
  process.stdout.write(`${part.padEnd(8)} pass ${pass}  fail ${fail}  skipped ${skipped}  ${ok ? 'ok' : 'FAILED'}\n`);
}
const whole = !only.length && SDKS.every((sdk) => parts.includes(sdk));
const told = results.every(({ ok }) => ok) && whole ? compatibility() : true;
rmSync(scratch, { recursive: true, force: true });
process.exitCode = results.every(({ ok }) => ok) && told ? 0 : 1;
