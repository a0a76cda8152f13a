// Every REST request of a process, by whom and with which answer; and a small client of our own.

import { appendFileSync } from 'node:fs';

/** `{method, path, status, body?, answer?}` in order of completion. */
export const requests = [];

/** Answers of 404 and 405 that a test wants: a pattern on `METHOD /path`. */
const expectations = [];

/** Notes a finished request; also written as a line to the file named by CONFORMANCE_LOG, if set. */
export function record(entry) {
  requests.push(entry);
  const file = process.env.CONFORMANCE_LOG;
  if (file) appendFileSync(file, `${JSON.stringify({ sdk: process.env.SDK ?? 'none', ...entry, answer: undefined })}\n`);
}

/** From here on a 404 or 405 to a request that fits `pattern` is no surprise. */
export function expectMissing(pattern) {
  expectations.push({ pattern, from: requests.length });
}

/** The 404 and 405 answers nobody asked for: an endpoint the server lacks. */
export function surprises() {
  return requests.filter((entry, index) => (entry.status === 404 || entry.status === 405)
    && !expectations.some(({ pattern, from }) => index >= from && pattern.test(`${entry.method} ${entry.path}`)));
}

/** A request without any SDK. Answers `{status, headers, text, json}`; `json` is undefined if it is none. */
export async function call(base, method, path, { token, body, raw, headers = {} } = {}) {
  const init = { method, headers: { ...headers } };
  if (token) init.headers.authorization = `Bearer ${token}`;
  if (raw !== undefined) init.body = raw;
  if (body !== undefined) init.body = JSON.stringify(body);
  if (init.body !== undefined) init.headers['content-type'] ??= 'application/json';
  const response = await fetch(base + path, init);
  const text = await response.text();
  let json;
  try { json = JSON.parse(text); } catch { /* the caller looks */ }
  record({ method, path, status: response.status, own: true });
  return { status: response.status, headers: response.headers, text, json };
}
