import http from 'node:http';
import { sdk } from './lib/sdk.mjs';
import { Client } from './lib/client.mjs';
import { Server } from './lib/server.mjs';
import { register } from './lib/register.mjs';
const reads = [];
const wrap = (v, path) => (v && typeof v === 'object' ? new Proxy(v, { get(t, k) { const x = t[k]; if (typeof k === 'string') { reads.push(`${path}.${k}`); } return wrap(x, `${path}.${String(k)}`); }, has(t,k){reads.push(`${path} has ${String(k)}`); return k in t;} }) : v);
const server = new Server({}); await server.start();
await register(server, 'alice');
const c = new Client(server, 'alice'); await c.login();
let reply = {}; const seen = [];
const fake = http.createServer((q, r) => { let b=''; q.on('data', d => b += d); q.on('end', () => { seen.push(`${q.method} ${q.url} ${b} [${q.headers['content-type']}]`); r.setHeader('access-control-allow-origin','*'); r.setHeader('content-type', 'application/json'); r.end(JSON.stringify(reply)); }); });
await new Promise((ok) => fake.listen(0, '127.0.0.1', ok));
c.conn.apiUrl = `http://127.0.0.1:${fake.address().port}`; c.conn.restHosts = undefined;
const parse = JSON.parse;
async function probe(name, arg, answer) {
  reply = answer; reads.length = 0; seen.length = 0;
  JSON.parse = (t, ...m) => wrap(parse(t, ...m), '$');
  let out; try { out = await Promise.race([c.conn[name](...(Array.isArray(arg) ? arg : [arg])), new Promise((_, no) => setTimeout(() => no(new Error('timeout')), 3000))]); } catch (e) { out = e; }
  JSON.parse = parse;
  console.log(`== ${name}\n  ${seen.join('\n  ')}\n  reads ${[...new Set(reads)].join(' ')}\n  out ${(() => { try { return JSON.stringify(out); } catch (e) { return String(out); } })()} ${out instanceof Error ? out.message : ''}`);
}
const full = { data: { x: 1 }, result: { sublist: [{ uid: 'bob', expiry: 5 }], totalnum: 1 }, entities: [] };

await probe('getSilentModeRemindTypeConversations', { pageSize: 10, cursor: 'q' }, { cursor: 'c', data: [{ user: 'bob', group: '1', type: 'NONE', ignoreInterval: 'x' , name: 'x', id: 'x', to: 'x', data: {type: 'AT'}}], entities: [] });
await probe('setSilentModeForAll', { options: { paramType: 2, startTime: { hours: 8, minutes: 5 }, endTime: { hours: 20, minutes: 30 } } }, { data: { type: 'ALL' } });
console.log(Object.keys(sdk.message.read ?? {}), typeof c.conn.setLoginInfoCustomExt);
c.close(); await server.remove(); process.exit(0);
