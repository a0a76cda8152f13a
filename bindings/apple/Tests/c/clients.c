#include "check.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *from_environment(const char *name) {
  const char *value = getenv(name);
  if (value) return value;
  fprintf(stderr, "%s is not set: the tests run under bindings/apple/linux/with-server\n", name);
  exit(2);
}

const char *server_url(void) { return from_environment("LACUNA_URL"); }
const char *server_off_url(void) { return from_environment("LACUNA_OFF_URL"); }

char *new_name(const char *prefix) {
  static atomic_int names;
  char *name = NULL;
  if (asprintf(&name, "%s-%d-%ld-%d", prefix, (int)getpid(), (long)time(NULL), atomic_fetch_add(&names, 1)) < 0) abort();
  return name;
}

char *new_folder(void) {
  char *name = new_name("client");
  char *folder = NULL;
  if (asprintf(&folder, "%s/%s", from_environment("LACUNA_SCRATCH"), name) < 0) abort();
  free(name);
  CHECK(mkdir(folder, 0700) == 0);
  return folder;
}

LacunaOptions options_for(const char *url, const char *folder) {
  return (LacunaOptions){.app_key = "lacuna#demo", .rest_url = url, .folder = folder, .device_name = "test", .auto_login = true};
}

LacunaClient *client_in(const char *url, const char *folder) {
  LacunaOptions options = options_for(url, folder);
  LacunaClient *client = NULL;
  LacunaError *error = lacuna_client_new(&options, &client);
  CHECK_CODE(0, lacuna_error_code(error));
  lacuna_error_free(error);
  return client;
}

LacunaClient *logged_in(const char *url, const char *name) {
  char *folder = new_folder();
  LacunaClient *client = client_in(url, folder);
  free(folder);
  int32_t code = lacuna_register(client, name, "secret", LACUNA_BLOCKING, NULL, on_done);
  CHECK(code == 0 || code == 203);
  CHECK_CODE(0, lacuna_login(client, name, "secret", false, LACUNA_BLOCKING, NULL, on_done));
  return client;
}

LacunaMessage text_message(int32_t chat_type, const char *to, const char *text) {
  return (LacunaMessage){
      .chat_type = chat_type,
      .conversation = to,
      .to = to,
      .direction = LACUNA_SENT,
      .body = {.kind = LACUNA_BODY_TEXT, .text = text},
  };
}

char *send_text(const LacunaClient *client, const char *to, const char *text, int64_t *time) {
  LacunaMessage message = text_message(LACUNA_CHAT, to, text);
  Seen *seen = seen_new();
  CHECK_CODE(0, lacuna_send(client, &message, NULL, LACUNA_BLOCKING, seen, on_messages));
  CHECK(seen->items == 1 && seen->statuses[0] == LACUNA_STATUS_SUCCEEDED);
  if (time) *time = seen->times[0];
  char *id = strdup(seen->ids[0]);
  seen_free(seen);
  return id;
}

int64_t count_here(const LacunaClient *client, int32_t chat_type, const char *conversation) {
  Seen *seen = seen_new();
  int32_t code = lacuna_count(client, chat_type, conversation, LACUNA_BLOCKING, seen, on_count);
  int64_t count = code == 0 ? seen->count : -1;
  seen_free(seen);
  return count;
}

int64_t count_there(const LacunaClient *client, int32_t chat_type, const char *conversation) {
  LacunaHistoryQuery query = {.chat_type = chat_type, .conversation = conversation, .page_size = 50, .start = -1, .end = -1};
  Seen *seen = seen_new();
  int32_t code = lacuna_fetch_history(client, &query, LACUNA_BLOCKING, seen, on_messages);
  int64_t count = code == 0 ? (int64_t)seen->items : -1;
  seen_free(seen);
  return count;
}

static bool is_here(const LacunaClient *client, const char *id) {
  Seen *seen = seen_new();
  lacuna_messages(client, &id, 1, LACUNA_BLOCKING, seen, on_messages);
  bool here = seen->items == 1;
  seen_free(seen);
  return here;
}

bool arrives(const LacunaClient *client, Notes *notes, const char *id) {
  // What is told is in the store already, so the store is asked again after each note only.
  for (size_t received = notes_count(notes, RECEIVED);; received++) {
    if (is_here(client, id)) return true;
    if (!notes_wait(notes, RECEIVED, received + 1, NULL)) return false;
  }
}
