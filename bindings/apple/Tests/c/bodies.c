// A message of every kind goes out, and comes in on the other side, with everything it says.
#include "check.h"

#include <time.h>

typedef struct {
  sem_t there;
  int calls;
  const LacunaMessage *sent;
  const char *from, *to;
  char id[TEXT_MAX], received[TEXT_MAX];
} Expected;

static bool same(const char *one, const char *other) { return strcmp(one ? one : "", other ? other : "") == 0; }

static void same_file(const LacunaFile *one, const LacunaFile *other, bool local) {
  CHECK(same(one->name, other->name) && same(one->remote_path, other->remote_path) && same(one->secret, other->secret));
  CHECK(one->length == other->length);
  CHECK(one->duration == other->duration);
  CHECK(one->width == other->width);
  CHECK(one->height == other->height);
  CHECK(same(one->thumbnail_remote_path, other->thumbnail_remote_path) && same(one->thumbnail_secret, other->thumbnail_secret));
  // Where it is on the sender's device is nobody else's business.
  CHECK(local ? same(one->local_path, other->local_path) : same(other->local_path, NULL));
}

static void same_body(const LacunaBody *one, const LacunaBody *other, bool local) {
  CHECK(one->kind == other->kind && same(one->text, other->text) && same(one->action, other->action));
  CHECK(same(one->event, other->event) && one->field_count == other->field_count);
  for (size_t i = 0; i < one->field_count; i++)
    CHECK(same(one->field_names[i], other->field_names[i]) && same(one->field_values[i], other->field_values[i]));
  CHECK(one->latitude == other->latitude && one->longitude == other->longitude);
  CHECK(same(one->address, other->address) && same(one->building, other->building));
  CHECK(same(one->title, other->title) && same(one->summary, other->summary));
  same_file(&one->file, &other->file, local);
}

static void compare(Expected *expected, const LacunaMessage *got, bool local) {
  const LacunaMessage *sent = expected->sent;
  same_body(&sent->body, &got->body, local);
  CHECK(same(got->from, expected->from) && same(got->to, expected->to) && got->chat_type == LACUNA_CHAT);
  CHECK(same(got->conversation, local ? expected->to : expected->from));
  CHECK(got->direction == (local ? LACUNA_SENT : LACUNA_RECEIVED) && got->status == LACUNA_STATUS_SUCCEEDED);
  CHECK(got->timestamp > 1600000000000 && got->local_time > 1600000000000);
  // A command is never unread.
  CHECK(got->is_read == (local || got->body.kind == LACUNA_BODY_COMMAND));
  CHECK(!got->is_read_acked && !got->is_delivery_acked);
  CHECK(same(sent->ext, got->ext));
}

static void check_sent(void *context, const LacunaMessages *messages, const LacunaError *error) {
  Expected *expected = context;
  CHECK(error == NULL && messages && messages->count == 1);
  if (error || !messages) return;
  snprintf(expected->id, TEXT_MAX, "%s", messages->items[0].id);
  compare(expected, &messages->items[0], true);
}

static void check_received(void *context, const LacunaMessages *messages) {
  Expected *expected = context;
  for (size_t i = 0; i < messages->count; i++) {
    compare(expected, &messages->items[i], false);
    snprintf(expected->received, TEXT_MAX, "%s", messages->items[i].id);
    expected->calls++;
    sem_post(&expected->there);
  }
}

static void unexpected(void *context, const LacunaMessages *messages) {
  (void)context;
  CHECK(messages->count == 0);
}

static void check_loaded(void *context, const LacunaMessages *messages, const LacunaError *error) {
  Expected *expected = context;
  CHECK(error == NULL && messages && messages->count == (expected->sent->body.kind == LACUNA_BODY_COMMAND ? 0 : 1));
  if (messages && messages->count) compare(expected, &messages->items[0], true);
}

static const LacunaFile picture = {.name = "Bild ü.png",
                                   .local_path = "/tmp/there",
                                   .remote_path = "https://files.example.org/1",
                                   .secret = "geheim",
                                   .length = 123456,
                                   .width = 640,
                                   .height = 480.5,
                                   .thumbnail_remote_path = "https://files.example.org/1t",
                                   .thumbnail_secret = "klein"};

static const char *const names[] = {"a", "schlüssel"};
static const char *const values[] = {"1", "wert\n\"zwei\""};

static const LacunaBody bodies[] = {
    {.kind = LACUNA_BODY_TEXT, .text = "你好, \"world\" \\ \n\t 👋🏽 e\xcc\x81"},
    {.kind = LACUNA_BODY_TEXT, .text = ""},
    {.kind = LACUNA_BODY_IMAGE, .file = picture},
    {.kind = LACUNA_BODY_LOCATION, .latitude = -33.856784, .longitude = 151.215297, .address = "Bennelong Point", .building = "Opera"},
    {.kind = LACUNA_BODY_LOCATION, .latitude = 0, .longitude = -180, .address = ""},
    {.kind = LACUNA_BODY_FILE, .file = {.name = "a.zip", .remote_path = "https://files.example.org/2", .length = 2147483647}},
    {.kind = LACUNA_BODY_VOICE, .file = {.name = "v.amr", .remote_path = "https://files.example.org/3", .length = 9, .duration = 59}},
    {.kind = LACUNA_BODY_VIDEO,
     .file = {.name = "v.mp4",
              .remote_path = "https://files.example.org/4",
              .secret = "s",
              .length = 77,
              .duration = 3600,
              .width = 1920,
              .height = 1080,
              .thumbnail_remote_path = "https://files.example.org/4t",
              .thumbnail_secret = "t"}},
    {.kind = LACUNA_BODY_CUSTOM, .event = "gift", .field_names = names, .field_values = values, .field_count = 2},
    {.kind = LACUNA_BODY_CUSTOM, .event = "bare"},
    {.kind = LACUNA_BODY_COMBINE,
     .title = "Unsere Unterhaltung",
     .summary = "Alles",
     .file = {.name = "c", .remote_path = "https://files.example.org/5", .length = 5}},
    {.kind = LACUNA_BODY_COMMAND, .action = "refresh"},
};

#define COUNT (sizeof bodies / sizeof bodies[0])

static void send_body(LacunaClient *client, const char *me, LacunaClient *other, const char *peer, const LacunaBody *body, const char *ext) {
  LacunaMessage message = text_message(LACUNA_CHAT, peer, NULL);
  char *given = lacuna_new_message_id();
  message.id = given;
  message.body = *body;
  message.ext = ext;
  Expected expected = {.sent = &message, .from = me, .to = peer};
  sem_init(&expected.there, 0, 0);
  bool command = body->kind == LACUNA_BODY_COMMAND;
  LacunaObserver observer = {
      .context = &expected,
      .messages_received = command ? unexpected : check_received,
      .commands_received = command ? check_received : unexpected,
  };
  lacuna_client_set_observer(other, &observer);
  char *kept = NULL;
  CHECK_CODE(0, lacuna_send(client, &message, &kept, LACUNA_BLOCKING, &expected, check_sent));
  CHECK(same(kept, given) && !same(kept, expected.id));
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE_SECONDS;
  CHECK(sem_timedwait(&expected.there, &until) == 0 && expected.calls == 1 && same(expected.received, expected.id));
  const char *id = expected.id;
  CHECK_CODE(0, lacuna_messages(client, &id, 1, LACUNA_BLOCKING, &expected, check_loaded));
  lacuna_client_set_observer(other, NULL);
  lacuna_string_free(kept);
  lacuna_string_free(given);
  sem_destroy(&expected.there);
}

static void every_kind(void) {
  char *me = new_name("me"), *peer = new_name("peer");
  LacunaClient *other = logged_in(server_url(), peer), *client = logged_in(server_url(), me);
  const char *const ext = "{\"list\":[1,2.5,true,null],\"n\":9007199254740993,\"s\":\"Ã¼\"}";
  for (size_t i = 0; i < COUNT; i++) {
    send_body(client, me, other, peer, &bodies[i], NULL);
    send_body(client, me, other, peer, &bodies[i], ext);
  }
  // Commands are kept nowhere.
  CHECK(count_here(client, LACUNA_CHAT, peer) == (int64_t)(2 * COUNT - 2) && count_here(other, LACUNA_CHAT, me) == (int64_t)(2 * COUNT - 2));
  lacuna_client_free(client);
  lacuna_client_free(other);
  free(me);
  free(peer);
}

static void what_cannot_be_sent(void) {
  char *me = new_name("me");
  LacunaClient *client = logged_in(server_url(), me);
  LacunaMessage message = text_message(LACUNA_CHAT, me, NULL);
  char *kept = NULL;
  LacunaBody const refused[] = {{.kind = LACUNA_BODY_OTHER}, {.kind = 77}, {.kind = -1}};
  for (size_t i = 0; i < 3; i++) {
    message.body = refused[i];
    CHECK_CODE(110, lacuna_send(client, &message, &kept, LACUNA_BLOCKING, NULL, on_messages));
    CHECK(kept == NULL);
  }
  message.body = (LacunaBody){.kind = LACUNA_BODY_IMAGE, .file = {.local_path = "/nowhere/at/all"}};
  CHECK_CODE(400, lacuna_send(client, &message, NULL, LACUNA_BLOCKING, NULL, on_messages));
  message.body.file.local_path = "/etc/passwd";
  CHECK_CODE(402, lacuna_send(client, &message, NULL, LACUNA_BLOCKING, NULL, on_messages));
  char *large = malloc(6 * 1024);
  memset(large, 'x', 6 * 1024 - 1);
  large[6 * 1024 - 1] = '\0';
  message = text_message(LACUNA_CHAT, me, large);
  CHECK(lacuna_send(client, &message, NULL, LACUNA_BLOCKING, NULL, on_messages) == 510);
  message = text_message(LACUNA_CHAT, me, "hello");
  message.ext = "not json";
  CHECK_CODE(110, lacuna_send(client, &message, NULL, LACUNA_BLOCKING, NULL, on_messages));
  message = text_message(LACUNA_CHAT, "nobody-has-this-name", "hello");
  CHECK_CODE(204, lacuna_send(client, &message, NULL, LACUNA_BLOCKING, NULL, on_messages));
  message = text_message(LACUNA_GROUP, "1", "hello");
  int32_t code = lacuna_send(client, &message, NULL, LACUNA_BLOCKING, NULL, on_messages);
  CHECK(code == 602 || code == 606);
  free(large);
  lacuna_client_free(client);
  free(me);
}

int main(void) {
  run("every kind", every_kind);
  run("what cannot be sent", what_cannot_be_sent);
  return report();
}
