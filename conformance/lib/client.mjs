// One device of one account, driven through the SDK, that remembers every callback.

import { watch } from './coverage.mjs';
import { name, sdk } from './sdk.mjs';
import { call } from './http.mjs';
import { PASSWORD } from './register.mjs';

export { PASSWORD };
const WAIT_MS_MAX = 15_000;

const EVENTS = [
  'onConnected', 'onDisconnected', 'onReconnecting', 'onError', 'onOnline', 'onOffline', 'onStatisticMessage',
  'onTextMessage', 'onImageMessage', 'onAudioMessage', 'onVideoMessage', 'onFileMessage', 'onLocationMessage',
  'onCmdMessage', 'onCustomMessage', 'onCombineMessage', 'onReceivedMessage', 'onDeliveredMessage', 'onReadMessage',
  'onRecallMessage', 'onChannelMessage', 'onModifiedMessage', 'onTokenWillExpire', 'onTokenExpired', 'onGroupEvent', 'onGroupChange',
  'onMultiDeviceEvent', 'onOfflineMessageSyncStart', 'onOfflineMessageSyncFinish', 'onMessagePinEvent',
  'onChatroomEvent', 'onChatThreadChange',
  'onReactionChange',
  'onContactInvited', 'onContactDeleted', 'onContactAdded', 'onContactRefuse', 'onContactAgreed',
  'onPresenceStatusChange',
];
const MESSAGES = new Set(['onTextMessage', 'onImageMessage', 'onAudioMessage', 'onVideoMessage', 'onFileMessage',
  'onLocationMessage', 'onCmdMessage', 'onCustomMessage', 'onCombineMessage']);

export class Client {
  #waiting = new Set();

  constructor(server, user, device = 'one', options = {}) {
    this.server = server;
    this.user = user;
    this.resource = `webim_web_${device}`;
    /** Every callback so far: `{event, data}`. */
    this.log = [];
    this.conn = new sdk.connection({
      appKey: server.app, url: server.socketUrl, apiUrl: server.url, isHttpDNS: false, https: false,
      deviceId: device, isFixedDeviceId: false, useOwnUploadFun: true, autoReconnectNumMax: 60, ...options,
    });
    watch(name, this.conn);
    const handler = {};
    for (const event of EVENTS) handler[event] = (data) => this.#took(event, data);
    this.conn.addEventHandler('test', handler);
  }

  #took(event, data) {
    this.log.push({ event, data });
    for (const look of [...this.#waiting]) look();
  }

  /** Waits until `answer()` is truthy, looking after every callback, and returns it. */
  until(answer, what, ms = WAIT_MS_MAX) {
    const now = answer();
    if (now) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const seen = JSON.stringify(this.log.slice(-8)).slice(0, 1500);
        reject(new Error(`${this.user}/${this.resource}: no ${what} within ${ms} ms; last callbacks: ${seen}`));
      }, ms);
      const look = () => {
        const value = answer();
        if (!value) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(value);
      };
      this.#waiting.add(look);
    });
  }

  /** Data of all callbacks called `event` that satisfy `filter`. */
  events(event, filter = () => true) {
    return this.log.filter((row) => row.event === event && filter(row.data)).map((row) => row.data);
  }

  /** The first callback `event` that satisfies `filter`, waited for. */
  event(event, filter = () => true, ms = undefined) {
    return this.until(() => { const found = this.events(event, filter); return found.length > 0 && (found[0] ?? true); }, event, ms);
  }

  /** Received messages of any kind, in order of arrival. */
  messages(filter = () => true) {
    return this.log.filter((row) => MESSAGES.has(row.event) && filter(row.data)).map((row) => row.data);
  }

  /** Waits until `count` messages satisfy `filter`; answers them all. */
  received(count, filter = () => true, ms = undefined) {
    return this.until(() => {
      const found = this.messages(filter);
      return found.length >= count && found;
    }, `${count} messages (have ${this.messages(filter).length})`, ms);
  }

  async login(how = { pwd: PASSWORD }) {
    const connected = this.events('onConnected').length;
    const answer = await this.conn.open({ user: this.user, ...how });
    this.token = answer.accessToken ?? how.accessToken;
    await this.until(() => this.events('onConnected').length > connected, 'onConnected');
    return answer;
  }

  close() { this.conn.close(); }

  /** Sends a message of any kind; answers its server id. */
  async send(message) {
    const built = sdk.message.create({ chatType: 'singleChat', ...message });
    const sent = await this.conn.send(built);
    return sent.serverMsgId;
  }

  text(to, msg, more = {}) { return this.send({ type: 'txt', to, msg, ...more }); }

  /** Sends `count` texts one after the other; answers `[{id, msg}]`. */
  async texts(to, count, { prefix = 'text', ...more } = {}) {
    const sent = [];
    for (let n = 0; n < count; n += 1) {
      const msg = `${prefix} ${n}`;
      sent.push({ id: await this.text(to, msg, more), msg });
    }
    return sent;
  }

  /** One page of history, as the SDK gives it. */
  page(targetId, { group = false, ...more } = {}) {
    return this.conn.getHistoryMessages({ targetId, chatType: group ? 'groupChat' : 'singleChat', pageSize: 50, cursor: -1, ...more });
  }

  /** The whole history, newest first, walked page by page: ids. */
  async history(targetId, { group = false, ...more } = {}) {
    const ids = [];
    let cursor = -1;
    for (;;) {
      const page = await this.page(targetId, { group, cursor, ...more });
      ids.push(...page.messages.map((message) => message.id));
      if (page.isLast) return ids;
      if (page.cursor === cursor) throw new Error(`history of ${targetId} does not move on from ${cursor}`);
      cursor = page.cursor;
    }
  }

  /** The server's conversation list, all pages. */
  async conversations(more = {}) {
    const list = [];
    let cursor = '';
    do {
      const { data } = await this.conn.getServerConversations({ pageSize: 20, cursor, ...more });
      list.push(...data.conversations);
      cursor = data.cursor;
    } while (cursor);
    return list;
  }

  /** `onMultiDeviceEvent`s of one operation, optionally of one conversation. */
  deviceEvents(operation, conversationId) {
    return this.events('onMultiDeviceEvent',
      (data) => data.operation === operation && (!conversationId || data.conversationId === conversationId));
  }

  /**
   * Returns when this device has been told everything its account's event stream held at the call:
   * pins and unpins `conversationId` in the name of another device and waits for both to arrive.
   */
  async settled(conversationId, type = 'chat') {
    const seen = this.deviceEvents('unpinnedConversation', conversationId).length;
    const [org, app] = this.server.app.split('#');
    const path = `/${org}/${app}/sdk/user/${this.user}/user_channel/top`;
    const token = this.token;
    const pinned = await call(this.server.url, 'POST', `${path}?resource=barrier`, { token, body: { type, to: conversationId } });
    if (pinned.status !== 200) throw new Error(`pin ${conversationId}: ${pinned.status} ${pinned.text}`);
    await call(this.server.url, 'DELETE', `${path}?type=${type}&to=${conversationId}&resource=barrier`, { token });
    await this.until(() => this.deviceEvents('unpinnedConversation', conversationId).length > seen, 'the barrier event');
  }
}
