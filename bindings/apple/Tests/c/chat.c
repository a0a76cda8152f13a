// Conversations, messages, groups and search over the C ABI: what each call gives, and what it leaves in the store.
#include "check.h"

typedef struct {
  char *me, *peer;
  LacunaClient *client, *other;
  Notes *notes, *other_notes;
} Pair;

static Pair pair_new(void) {
  Pair pair = {.me = new_name("me"), .peer = new_name("peer")};
  pair.other = logged_in(server_url(), pair.peer);
  pair.client = logged_in(server_url(), pair.me);
  pair.notes = notes_new(pair.client);
  pair.other_notes = notes_new(pair.other);
  return pair;
}

static void pair_free(Pair *pair) {
  lacuna_client_free(pair->client);
  lacuna_client_free(pair->other);
  notes_free(pair->notes);
  notes_free(pair->other_notes);
  free(pair->me);
  free(pair->peer);
}

// Makes a call that gives conversations, messages …, and keeps what it gave: `GIVES(seen, lacuna_…(…, seen, on_…))`.
#define GIVES(seen, ...)                         \
  Seen *seen = seen_new();                       \
  CHECK_CODE(0, (__VA_ARGS__));                  \
  CHECK(seen->calls == 1)

static void conversations(void) {
  Pair pair = pair_new();
  LacunaClient *client = pair.client;
  GIVES(none, lacuna_conversation(client, LACUNA_CHAT, pair.peer, false, LACUNA_BLOCKING, none, on_conversations));
  CHECK(none->items == 0);
  GIVES(made, lacuna_conversation(client, LACUNA_CHAT, pair.peer, true, LACUNA_BLOCKING, made, on_conversations));
  CHECK(made->items == 1 && strcmp(made->ids[0], pair.peer) == 0 && made->count == 0);
  GIVES(found, lacuna_conversation_with_id(client, pair.peer, LACUNA_BLOCKING, found, on_conversations));
  CHECK(found->items == 1);
  CHECK_CODE(0, lacuna_set_conversation_ext(client, LACUNA_CHAT, pair.peer, "{\"draft\":\"hi\"}", LACUNA_BLOCKING, NULL, on_done));
  GIVES(with_ext, lacuna_conversation(client, LACUNA_CHAT, pair.peer, false, LACUNA_BLOCKING, with_ext, on_conversations));
  CHECK(strcmp(with_ext->text, "{\"draft\":\"hi\"}") == 0);
  // The other side writes: unread, then read.
  char *first = send_text(pair.other, pair.me, "one", NULL), *second = send_text(pair.other, pair.me, "two", NULL);
  CHECK(arrives(client, pair.notes, second));
  GIVES(unread, lacuna_conversations(client, LACUNA_BLOCKING, unread, on_conversations));
  CHECK(unread->items == 1 && unread->count == 2);
  CHECK_CODE(0, lacuna_mark_read(client, first, LACUNA_BLOCKING, NULL, on_done));
  GIVES(one, lacuna_conversations(client, LACUNA_BLOCKING, one, on_conversations));
  CHECK(one->count == 1);
  CHECK_CODE(0, lacuna_mark_all_read(client, LACUNA_CHAT, pair.peer, LACUNA_BLOCKING, NULL, on_done));
  GIVES(read, lacuna_conversations(client, LACUNA_BLOCKING, read, on_conversations));
  CHECK(read->count == 0);
  Note note;
  CHECK_CODE(0, lacuna_send_read_receipt(client, first, LACUNA_BLOCKING, NULL, on_done));
  CHECK(notes_wait(pair.other_notes, RECEIPT, 1, &note) && note.number == LACUNA_RECEIPT_READ && strcmp(note.detail, first) == 0);
  CHECK_CODE(0, lacuna_send_conversation_read(client, LACUNA_CHAT, pair.peer, LACUNA_BLOCKING, NULL, on_done));
  CHECK(notes_wait(pair.other_notes, RECEIPT, 2, &note) && note.number == LACUNA_RECEIPT_CONVERSATION_READ);
  CHECK_CODE(0, lacuna_set_pinned(client, LACUNA_CHAT, pair.peer, true, LACUNA_BLOCKING, NULL, on_done));
  GIVES(pinned, lacuna_fetch_conversations(client, NULL, 50, true, LACUNA_BLOCKING, pinned, on_conversations));
  CHECK(pinned->items == 1 && pinned->times[0] > 0);
  CHECK_CODE(0, lacuna_set_pinned(client, LACUNA_CHAT, pair.peer, false, LACUNA_BLOCKING, NULL, on_done));
  GIVES(server, lacuna_fetch_conversations(client, NULL, 50, false, LACUNA_BLOCKING, server, on_conversations));
  CHECK(server->items == 1 && server->times[0] == 0);
  Seen *all[] = {none, made, found, with_ext, unread, one, read, pinned, server};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) seen_free(all[i]);
  free(first);
  free(second);
  pair_free(&pair);
}

static void local_messages(void) {
  Pair pair = pair_new();
  LacunaClient *client = pair.client;
  LacunaMessage message = text_message(LACUNA_CHAT, pair.peer, "inserted");
  message.timestamp = message.local_time = 1700000000000;
  message.from = pair.peer;
  message.direction = LACUNA_RECEIVED;
  GIVES(inserted, lacuna_insert(client, LACUNA_CHAT, pair.peer, &message, LACUNA_BLOCKING, inserted, on_messages));
  CHECK(inserted->items == 1 && inserted->times[0] == 1700000000000);
  CHECK_CODE(107, lacuna_insert(client, LACUNA_CHAT, "another", &message, LACUNA_BLOCKING, NULL, on_messages));
  message.id = inserted->ids[0];
  message.body.text = "updated words";
  GIVES(updated, lacuna_update(client, &message, LACUNA_BLOCKING, updated, on_messages));
  CHECK(updated->items == 1 && strcmp(updated->ids[0], inserted->ids[0]) == 0);
  LacunaQuery query = {.conversation = pair.peer, .side = -1, .keyword = "updated", .timestamp = -1, .start = -1, .end = -1, .count = 9};
  GIVES(found, lacuna_find(client, &query, LACUNA_BLOCKING, found, on_messages));
  CHECK(found->items == 1);
  query.keyword = "inserted";
  GIVES(missing, lacuna_find(client, &query, LACUNA_BLOCKING, missing, on_messages));
  CHECK(missing->items == 0);
  // What another device sent is imported under its id, once.
  char *id = send_text(client, pair.peer, "sent", NULL);
  CHECK_CODE(0, lacuna_delete_message(client, LACUNA_CHAT, pair.peer, id, LACUNA_BLOCKING, NULL, on_done));
  LacunaMessage imported = text_message(LACUNA_CHAT, pair.peer, "sent");
  imported.id = id;
  imported.from = pair.me;
  const char *ids[] = {id, "no-id"};
  const LacunaMessage *list[] = {&imported};
  GIVES(wrong_time, (lacuna_import(client, list, 1, LACUNA_BLOCKING, wrong_time, on_count) == 110 ? 0 : -1));
  LacunaHistoryQuery history = {.conversation = pair.peer, .page_size = 1, .start = -1, .end = -1};
  GIVES(page, lacuna_fetch_history(client, &history, LACUNA_BLOCKING, page, on_messages));
  CHECK(page->items == 1 && strcmp(page->ids[0], id) == 0);
  imported.timestamp = page->times[0];
  GIVES(first, lacuna_import(client, list, 1, LACUNA_BLOCKING, first, on_count));
  GIVES(again, lacuna_import(client, list, 1, LACUNA_BLOCKING, again, on_count));
  CHECK(first->count == 1 && again->count == 0);
  GIVES(here, lacuna_messages(client, ids, 2, LACUNA_BLOCKING, here, on_messages));
  CHECK(here->items == 1);
  // Deleted on the server: it does not come back by an import.
  CHECK_CODE(0, lacuna_delete_from_server(client, LACUNA_CHAT, pair.peer, ids, 1, LACUNA_BLOCKING, NULL, on_done));
  GIVES(gone, lacuna_import(client, list, 1, LACUNA_BLOCKING, gone, on_count));
  CHECK(gone->count == 0);
  CHECK_CODE(500, lacuna_set_local_file(client, id, "/tmp/x", LACUNA_BLOCKING, NULL, on_done));
  // A message that is gone is as read as it can be.
  CHECK_CODE(0, lacuna_mark_read(client, id, LACUNA_BLOCKING, NULL, on_done));
  Seen *all[] = {inserted, updated, found, missing, wrong_time, page, first, again, here, gone};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) seen_free(all[i]);
  free(id);
  pair_free(&pair);
}

static void pages_of_history(void) {
  Pair pair = pair_new();
  char *ids[7];
  for (int i = 0; i < 7; i++) ids[i] = send_text(pair.client, pair.peer, "page", NULL);
  LacunaHistoryQuery query = {.conversation = pair.peer, .page_size = 3, .direction = LACUNA_UP, .start = -1, .end = -1};
  char cursor[TEXT_MAX] = "";
  int at = 6;
  for (int page = 0; page < 3; page++) {
    query.cursor = cursor;
    GIVES(seen, lacuna_fetch_history(pair.other, &(LacunaHistoryQuery){.conversation = pair.me, .cursor = query.cursor, .page_size = 3, .start = -1, .end = -1}, LACUNA_BLOCKING, seen, on_messages));
    CHECK(seen->items == (page < 2 ? 3u : 1u) && (*seen->cursor != '\0') == (page < 2));
    for (size_t i = 0; i < seen->items; i++) CHECK(at >= 0 && strcmp(seen->ids[i], ids[at--]) == 0);
    strcpy(cursor, seen->cursor);
    seen_free(seen);
  }
  query.direction = LACUNA_DOWN;
  query.cursor = ids[1];
  GIVES(down, lacuna_fetch_history(pair.client, &query, LACUNA_BLOCKING, down, on_messages));
  CHECK(down->items == 3 && strcmp(down->ids[0], ids[2]) == 0 && strcmp(down->ids[2], ids[4]) == 0);
  query.page_size = 51;
  CHECK_CODE(110, lacuna_fetch_history(pair.client, &query, LACUNA_BLOCKING, NULL, on_messages));
  query.page_size = 0;
  CHECK_CODE(110, lacuna_fetch_history(pair.client, &query, LACUNA_BLOCKING, NULL, on_messages));
  seen_free(down);
  for (int i = 0; i < 7; i++) free(ids[i]);
  pair_free(&pair);
}

static void groups(void) {
  Pair pair = pair_new();
  const char *members[] = {pair.peer};
  LacunaNewGroup new = {.name = "Gruppe ü", .description = "about", .members = members, .member_count = 1, .is_public = true};
  GIVES(made, lacuna_create_group(pair.client, &new, LACUNA_BLOCKING, made, on_text));
  const char *id = made->text;
  Note note;
  CHECK(*id && notes_wait(pair.other_notes, GROUP, 1, &note) && strcmp(note.conversation, id) == 0);
  GIVES(group, lacuna_group(pair.client, id, LACUNA_BLOCKING, group, on_groups));
  CHECK(group->items == 1 && strcmp(group->text, "Gruppe ü") == 0);
  GIVES(joined, lacuna_joined_groups(pair.other, LACUNA_BLOCKING, joined, on_groups));
  CHECK(joined->items == 1 && strcmp(joined->ids[0], id) == 0);
  GIVES(both, lacuna_group_members(pair.client, id, 1, 10, LACUNA_BLOCKING, both, on_members));
  CHECK(both->items == 2 && strcmp(both->text, pair.me) == 0);
  LacunaMessage message = text_message(LACUNA_GROUP, id, "to all");
  GIVES(sent, lacuna_send(pair.client, &message, NULL, LACUNA_BLOCKING, sent, on_messages));
  CHECK(arrives(pair.other, pair.other_notes, sent->ids[0]) && count_here(pair.other, LACUNA_GROUP, id) == 1);
  const char *ids[] = {sent->ids[0]};
  CHECK_CODE(0, lacuna_delete_from_server(pair.other, LACUNA_GROUP, id, ids, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK(count_there(pair.other, LACUNA_GROUP, id) == 0 && count_there(pair.client, LACUNA_GROUP, id) == 1);
  CHECK_CODE(603, lacuna_destroy_group(pair.other, id, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(0, lacuna_kick_from_group(pair.client, id, members, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK(notes_wait(pair.other_notes, GROUP, 2, &note) && note.left == 1 && note.number == LACUNA_GROUP_KICKED);
  CHECK_CODE(0, lacuna_join_group(pair.other, id, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(601, lacuna_join_group(pair.other, id, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(0, lacuna_leave_group(pair.other, id, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(602, lacuna_leave_group(pair.other, id, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(0, lacuna_invite_to_group(pair.client, id, members, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(0, lacuna_destroy_group(pair.client, id, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(606, lacuna_group(pair.client, id, LACUNA_BLOCKING, NULL, on_groups));
  Seen *all[] = {made, group, joined, both, sent};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) seen_free(all[i]);
  pair_free(&pair);
}

int main(void) {
  run("conversations", conversations);
  run("messages of this device", local_messages);
  run("pages of history", pages_of_history);
  run("groups", groups);
  return report();
}
