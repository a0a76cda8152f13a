// Accounts, made through the open registration of the development app.

import assert from 'node:assert/strict';
import { call } from './http.mjs';

export const PASSWORD = 'correct horse';

/** Opens an account; answers the server's reply. */
export async function register(server, username, password = PASSWORD) {
  const [org, app] = server.app.split('#');
  const answer = await call(server.url, 'POST', `/${org}/${app}/users`, { body: { username, password } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
