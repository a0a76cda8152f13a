// Which methods of the official SDKs a run has seen succeed, and the table that is made of it.

import { appendFileSync, readFileSync } from 'node:fs';

const HERE = new URL('..', import.meta.url);
const TYPINGS = { easemob: 'easemob-websdk/Easemob-chat.d.ts', agora: 'agora-chat/Agora-chat.d.ts' };
/** Methods that the typings declare in another way. */
const MORE = ['open', 'close', 'send', 'renewToken', 'onShow'];

/** What this process has noted already. */
const seen = new Set();

/** The public methods of one SDK's connection, by its typings. */
export function declared(sdk) {
  const text = readFileSync(new URL(`node_modules/${TYPINGS[sdk]}`, HERE), 'utf8');
  const found = [...text.matchAll(/\n\t\t(\w+)\(\s*this: Connection/g)].map((match) => match[1]);
  return [...new Set([...found, ...MORE])].sort();
}

/**
 * Notes every call of a declared method that succeeds. Names that the SDK gives to one function are one method:
 * what works by one of them works by all.
 */
export function watch(sdk, connection) {
  const file = process.env.CONFORMANCE_LOG;
  if (!file) return;
  const names = declared(sdk).filter((name) => typeof connection[name] === 'function');
  for (const original of new Set(names.map((name) => connection[name]))) {
    const same = names.filter((name) => connection[name] === original);
    const done = () => {
      for (const name of same) {
        if (!seen.has(name)) appendFileSync(file, `${JSON.stringify({ sdk, method: name })}\n`);
        seen.add(name);
      }
    };
    const call = function call(...args) {
      const result = original.apply(this, args);
      if (typeof result?.then === 'function') result.then(done, () => {});
      else done();
      return result;
    };
    for (const name of same) Object.defineProperty(connection, name, { value: call, configurable: true, writable: true });
  }
}

/** The table of a whole run. `worked`: SDK → set of methods. Answers `{text, wrong}`. */
export function table(worked) {
  const reasons = JSON.parse(readFileSync(new URL('unsupported.json', HERE), 'utf8'));
  const sdks = Object.keys(TYPINGS);
  const all = new Map(sdks.map((sdk) => [sdk, new Set(declared(sdk))]));
  const names = [...new Set(sdks.flatMap((sdk) => [...all.get(sdk)]))].sort();
  const wrong = [];
  const cell = (sdk, name) => {
    if (!all.get(sdk).has(name)) return '–';
    const works = worked.get(sdk)?.has(name) ?? false;
    if (works && reasons[name]) wrong.push(`${name} works with ${sdk}, and unsupported.json has a reason why not`);
    if (!works && !reasons[name]) wrong.push(`${name} was not seen to work with ${sdk}, and unsupported.json has no reason`);
    return works ? 'works' : 'not supported';
  };
  const rows = names.map((name) => `| \`${name}\` | ${sdks.map((sdk) => cell(sdk, name)).join(' | ')} | ${reasons[name] ?? ''} |`);
  for (const name of Object.keys(reasons)) if (!names.includes(name)) wrong.push(`unsupported.json names ${name}, which no SDK has`);
  const count = names.filter((name) => !reasons[name]).length;
  const text = `# The official Web SDKs

Made by the conformance run (\`cd conformance && npm run compatibility\`): a method works if the run saw a call of it succeed against
\`lacuna serve\`, with the tests around it passing. ${count} of ${names.length} methods work.

| method | easemob-websdk | agora-chat | why not |
|---|---|---|---|
${rows.join('\n')}
`;
  return { text, wrong };
}
