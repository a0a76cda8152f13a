// What every function makes of NULL, of texts that are missing and of texts that are no UTF-8, in either mode.
#include "check.h"

// What the rows below call functions with.
static const LacunaMessage *message_to(const char *text) {
  static _Thread_local LacunaMessage message;
  message = text_message(LACUNA_CHAT, text, "hello");
  return &message;
}

static const LacunaMessage *const *messages_to(const char *text) {
  static _Thread_local const LacunaMessage *list[1];
  list[0] = message_to(text);
  return list;
}

static const LacunaQuery *query_in(const char *text) {
  static _Thread_local LacunaQuery query;
  query = (LacunaQuery){.conversation = text, .side = -1, .timestamp = -1, .start = -1, .end = -1, .count = 10};
  return &query;
}

static const LacunaHistoryQuery *history_of(const char *text) {
  static _Thread_local LacunaHistoryQuery query;
  query = (LacunaHistoryQuery){.conversation = text, .page_size = 10, .start = -1, .end = -1};
  return &query;
}

static const LacunaNewGroup *group_named(const char *text) {
  static _Thread_local LacunaNewGroup group;
  group = (LacunaNewGroup){.name = text, .description = text};
  return &group;
}

static const int32_t chat[] = {LACUNA_CHAT};

#define END mode, seen
// Each row: the function, its arguments, and what a login makes of NULL and of bytes that are no UTF-8 in the place of `t`: a
// number, or ANY where the text means "all" or "none".
#define ANY (-1)
#define WITHOUT_LOGIN(X)                                                             \
  X(lacuna_register, (c, t, t, END, on_done), 101, 110)                              \
  X(lacuna_login, (c, t, t, false, END, on_done), 101, 110)                          \
  X(lacuna_fetch_token, (c, t, t, END, on_text), 101, 110)                           \
  X(lacuna_devices, (c, t, t, false, END, on_devices), 101, 110)                     \
  X(lacuna_kick_device, (c, t, t, false, t, END, on_done), 101, 110)
#define WITH_LOGIN(X)                                                                             \
  X(lacuna_renew_token, (c, t, END, on_done), 104, 110)                                           \
  X(lacuna_other_devices, (c, END, on_devices), ANY, ANY)                                         \
  X(lacuna_conversations, (c, END, on_conversations), ANY, ANY)                                   \
  X(lacuna_conversation, (c, 0, t, true, END, on_conversations), 110, 110)                        \
  X(lacuna_conversation_with_id, (c, t, END, on_conversations), 110, 110)                         \
  X(lacuna_open_conversations, (c, chat, &t, 1, END, on_done), 110, 110)                          \
  X(lacuna_set_conversation_ext, (c, 0, t, NULL, END, on_done), 110, 110)                         \
  X(lacuna_mark_read, (c, t, END, on_done), 500, 500)                                             \
  X(lacuna_mark_all_read, (c, 0, t, END, on_done), ANY, 110)                                      \
  X(lacuna_messages, (c, &t, 1, END, on_messages), 110, 110)                                      \
  X(lacuna_count, (c, 0, t, END, on_count), ANY, 110)                                             \
  X(lacuna_count_between, (c, 0, t, 0, 9, END, on_count), 110, 110)                               \
  X(lacuna_insert, (c, 0, t, message_to(t), END, on_messages), 110, 110)                          \
  X(lacuna_import, (c, messages_to(t), 1, END, on_count), 110, 110)                               \
  X(lacuna_update, (c, message_to(t), END, on_messages), 110, 110)                                \
  X(lacuna_set_local_file, (c, t, t, END, on_done), 110, 110)                                     \
  X(lacuna_delete_from_server, (c, 0, t, &t, 1, END, on_done), 110, 110)                          \
  X(lacuna_delete_from_server_through, (c, 0, t, 1.0, END, on_done), 110, 110)                    \
  X(lacuna_delete_server_conversation, (c, 0, t, true, END, on_done), 110, 110)                   \
  X(lacuna_delete_message, (c, 0, t, t, END, on_done), 110, 110)                                  \
  X(lacuna_delete_all_messages, (c, 0, t, END, on_done), 110, 110)                                \
  X(lacuna_delete_messages_between, (c, 0, t, 0, 9, END, on_done), 110, 110)                      \
  X(lacuna_delete_messages_before, (c, 1, END, on_done), ANY, ANY)                                \
  X(lacuna_delete_conversations, (c, chat, &t, 1, true, END, on_done), 110, 110)                  \
  X(lacuna_delete_everything, (c, false, END, on_done), ANY, ANY)                                 \
  X(lacuna_create_group, (c, group_named(t), END, on_text), ANY, 110)                             \
  X(lacuna_group, (c, t, END, on_groups), 606, 110)                                               \
  X(lacuna_joined_groups, (c, END, on_groups), ANY, ANY)                                          \
  X(lacuna_group_members, (c, t, 1, 10, END, on_members), 606, 110)                               \
  X(lacuna_join_group, (c, t, END, on_done), 606, 110)                                            \
  X(lacuna_leave_group, (c, t, END, on_done), 606, 110)                                           \
  X(lacuna_destroy_group, (c, t, END, on_done), 606, 110)                                         \
  X(lacuna_invite_to_group, (c, t, &t, 1, END, on_done), 606, 110)                                \
  X(lacuna_kick_from_group, (c, t, &t, 1, END, on_done), 606, 110)                                \
  X(lacuna_fetch_history, (c, history_of(t), END, on_messages), 110, 110)                         \
  X(lacuna_fetch_conversations, (c, t, 10, false, END, on_conversations), ANY, 110)               \
  X(lacuna_set_pinned, (c, 0, t, true, END, on_done), 110, 110)                                   \
  X(lacuna_find, (c, query_in(t), END, on_messages), ANY, 110)                                    \
  X(lacuna_send, (c, message_to(t), NULL, END, on_messages), 110, 110)                            \
  X(lacuna_resend, (c, t, END, on_messages), 110, 110)                                            \
  X(lacuna_send_read_receipt, (c, t, END, on_done), 500, 500)                                     \
  X(lacuna_send_conversation_read, (c, 0, t, END, on_done), 110, 110)
#define NEVER_FAILS(X)                                \
  X(lacuna_auto_login, (c, END, on_text), ANY, ANY)   \
  X(lacuna_logout, (c, END, on_done), ANY, ANY)

typedef struct {
  const char *name;
  int32_t (*call)(const LacunaClient *c, const char *t, int32_t mode, Seen *seen);
  int32_t null_text;
  int32_t wrong_text;
} Row;

#define FUNCTION(name, arguments, ...)                                                        \
  static int32_t call_##name(const LacunaClient *c, const char *t, int32_t mode, Seen *seen) { \
    (void)t;                                                                                  \
    return name arguments;                                                                    \
  }
#define ROW(name, arguments, ...) {#name, call_##name, __VA_ARGS__},

WITHOUT_LOGIN(FUNCTION)
WITH_LOGIN(FUNCTION)
NEVER_FAILS(FUNCTION)
static const Row without_login[] = {WITHOUT_LOGIN(ROW)};
static const Row with_login[] = {WITH_LOGIN(ROW)};
static const Row never_fails[] = {NEVER_FAILS(ROW)};
#define COUNT(list) (sizeof(list) / sizeof(list)[0])

// Bytes that are no UTF-8: cut off, a lone continuation, an overlong form, half of a surrogate pair.
static const char *const wrong[] = {"a\xe4\xbd", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xff"};

// Makes a call in both modes and holds each to the contract: what it returns, and when and where its completion is called.
static void both_modes(const Row *row, const LacunaClient *client, const char *text, int32_t expected) {
  Seen *blocking = seen_new();
  int32_t code = row->call(client, text, LACUNA_BLOCKING, blocking);
  Seen *later = seen_new();
  int32_t returned = row->call(client, text, LACUNA_LATER, later);
  bool good = blocking->calls == 1 && blocking->code == code && pthread_equal(blocking->thread, pthread_self()) && blocking->described;
  good = good && returned == 0 && seen_wait(later) == code && later->calls == 1;
  good = good && !pthread_equal(later->thread, pthread_self()) && later->described;
  if (expected != ANY) good = good && code == expected;
  check(good, row->name, text ? text : "NULL", code);
  seen_free(blocking);
  seen_free(later);
}

static void each(const Row *rows, size_t count, const LacunaClient *client, const char *text, int32_t expected) {
  for (size_t i = 0; i < count; i++) both_modes(&rows[i], client, text, expected);
}

static void no_client(void) {
  each(without_login, COUNT(without_login), NULL, "a", 110);
  each(with_login, COUNT(with_login), NULL, "a", 110);
  each(never_fails, COUNT(never_fails), NULL, "a", 110);
  lacuna_client_free(NULL);
  lacuna_client_set_observer(NULL, NULL);
  CHECK(lacuna_current_user(NULL) == NULL && lacuna_token(NULL) == NULL && lacuna_resource(NULL) == NULL);
  CHECK(!lacuna_is_connected(NULL) && !lacuna_has_auto_login(NULL));
  lacuna_error_free(NULL);
  lacuna_string_free(NULL);
  CHECK(lacuna_error_code(NULL) == 0 && lacuna_error_description(NULL) == NULL && *lacuna_version());
}

static void nobody_logged_in(void) {
  char *folder = new_folder();
  LacunaClient *client = client_in(server_url(), folder);
  // 201 comes before every other check.
  each(with_login, COUNT(with_login), client, "a", 201);
  each(with_login, COUNT(with_login), client, NULL, 201);
  each(with_login, COUNT(with_login), client, wrong[0], 201);
  each(never_fails, COUNT(never_fails), client, NULL, 0);
  for (size_t i = 0; i < COUNT(without_login); i++) {
    both_modes(&without_login[i], client, NULL, without_login[i].null_text);
    for (size_t j = 0; j < COUNT(wrong); j++) both_modes(&without_login[i], client, wrong[j], without_login[i].wrong_text);
  }
  CHECK(lacuna_current_user(client) == NULL && lacuna_token(client) == NULL && lacuna_resource(client) == NULL);
  CHECK(!lacuna_is_connected(client) && !lacuna_has_auto_login(client));
  lacuna_client_free(client);
  free(folder);
}

static void somebody_logged_in(void) {
  char *name = new_name("args");
  LacunaClient *client = logged_in(server_url(), name);
  for (size_t i = 0; i < COUNT(with_login); i++) {
    const Row *row = &with_login[i];
    both_modes(row, client, NULL, row->null_text);
    for (size_t j = 0; j < COUNT(wrong); j++) both_modes(row, client, wrong[j], row->wrong_text);
  }
  // None of it has left anything behind.
  CHECK(count_here(client, LACUNA_CHAT, NULL) == 0);
  Seen *list = seen_new();
  CHECK_CODE(0, lacuna_conversations(client, LACUNA_BLOCKING, list, on_conversations));
  CHECK(list->items == 0);
  seen_free(list);
  lacuna_client_free(client);
  free(name);
}

// NULL in the place of what is no text.
static void no_structs(void) {
  LacunaClient *client = NULL;
  LacunaError *error = lacuna_client_new(NULL, &client);
  CHECK(client == NULL && lacuna_error_code(error) == 110 && *lacuna_error_description(error));
  lacuna_error_free(error);
  char *folder = new_folder();
  LacunaOptions options = options_for(server_url(), folder);
  error = lacuna_client_new(&options, NULL);
  CHECK_CODE(110, lacuna_error_code(error));
  lacuna_error_free(error);
  struct {
    const char *app_key;
    const char *url;
    int32_t code;
  } const bad[] = {{NULL, "http://127.0.0.1:1", 110}, {"a#b", NULL, 110},     {"", "http://127.0.0.1:1", 100},
                   {"nokey", "http://127.0.0.1:1", 100}, {wrong[0], "http://127.0.0.1:1", 110}, {"a#b", wrong[1], 110}};
  for (size_t i = 0; i < COUNT(bad); i++) {
    options.app_key = bad[i].app_key;
    options.rest_url = bad[i].url;
    error = lacuna_client_new(&options, &client);
    CHECK_CODE(bad[i].code, lacuna_error_code(error));
    CHECK(client == NULL);
    lacuna_error_free(error);
  }
  free(folder);

  char *name = new_name("args");
  client = logged_in(server_url(), name);
  char *kept = name;
  CHECK_CODE(500, lacuna_send(client, NULL, &kept, LACUNA_BLOCKING, NULL, on_messages));
  CHECK(kept == NULL);
  CHECK_CODE(500, lacuna_insert(client, 0, "a", NULL, LACUNA_BLOCKING, NULL, on_messages));
  CHECK_CODE(500, lacuna_update(client, NULL, LACUNA_BLOCKING, NULL, on_messages));
  CHECK_CODE(110, lacuna_find(client, NULL, LACUNA_BLOCKING, NULL, on_messages));
  CHECK_CODE(110, lacuna_fetch_history(client, NULL, LACUNA_BLOCKING, NULL, on_messages));
  CHECK_CODE(110, lacuna_create_group(client, NULL, LACUNA_BLOCKING, NULL, on_text));
  CHECK_CODE(110, lacuna_import(client, NULL, 1, LACUNA_BLOCKING, NULL, on_count));
  CHECK_CODE(110, lacuna_messages(client, NULL, 1, LACUNA_BLOCKING, NULL, on_messages));
  CHECK_CODE(0, lacuna_messages(client, NULL, 0, LACUNA_BLOCKING, NULL, on_messages));
  CHECK_CODE(110, lacuna_delete_from_server(client, 0, "a", NULL, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_delete_from_server(client, 0, "a", NULL, 0, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_open_conversations(client, NULL, NULL, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_delete_conversations(client, NULL, NULL, 1, true, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_invite_to_group(client, "1", NULL, 0, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_kick_from_group(client, "1", NULL, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_set_conversation_ext(client, 0, "a", "[1]", LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(505, lacuna_count(client, LACUNA_ROOM, "1", LACUNA_BLOCKING, NULL, on_count));
  CHECK_CODE(110, lacuna_count(client, 7, "1", LACUNA_BLOCKING, NULL, on_count));
  // No completion is as good as one.
  CHECK_CODE(110, lacuna_count(client, 7, "1", LACUNA_BLOCKING, NULL, NULL));
  CHECK_CODE(0, lacuna_count(client, 7, "1", LACUNA_LATER, NULL, NULL));
  lacuna_client_free(client);
  free(name);
}

static void new_ids(void) {
  char *ids[1000];
  for (size_t i = 0; i < COUNT(ids); i++) {
    ids[i] = lacuna_new_message_id();
    CHECK(ids[i] && *ids[i] && (i == 0 || strcmp(ids[i], ids[i - 1]) != 0));
  }
  for (size_t i = 0; i < COUNT(ids); i++) lacuna_string_free(ids[i]);
}

int main(void) {
  run("no client", no_client);
  run("nobody logged in", nobody_logged_in);
  run("somebody logged in", somebody_logged_in);
  run("no structs", no_structs);
  run("new ids", new_ids);
  return report();
}
