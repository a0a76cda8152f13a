#include "check.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

// --- checks ---------------------------------------------------------------------------------------------------------

static atomic_int failures;
static atomic_int passes;

void check(bool passed, const char *what, const char *file, int line) {
  atomic_fetch_add(passed ? &passes : &failures, 1);
  if (!passed) fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

void check_code(int32_t expected, int32_t got, const char *what, const char *file, int line) {
  atomic_fetch_add(expected == got ? &passes : &failures, 1);
  if (expected != got) fprintf(stderr, "%s:%d: expected %d, got %d: %s\n", file, line, expected, got, what);
}

void run(const char *name, void (*test)(void)) {
  int before = failures;
  test();
  printf("%s %s\n", failures == before ? "ok    " : "FAILED", name);
  fflush(stdout);
}

int report(void) {
  printf("%d checks passed, %d failed\n", (int)passes, (int)failures);
  return failures != 0;
}

// --- completions ----------------------------------------------------------------------------------------------------

static void copy(char *to, const char *from) { snprintf(to, TEXT_MAX, "%s", from ? from : ""); }

static struct timespec deadline(void) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE_SECONDS;
  return until;
}

Seen *seen_new(void) {
  Seen *seen = calloc(1, sizeof *seen);
  sem_init(&seen->there, 0, 0);
  return seen;
}

void seen_free(Seen *seen) {
  sem_destroy(&seen->there);
  free(seen);
}

int32_t seen_wait(Seen *seen) {
  struct timespec until = deadline();
  while (sem_timedwait(&seen->there, &until) != 0) {
    if (errno == EINTR) continue;
    CHECK(!"a completion did not come");
    return -1;
  }
  return seen->code;
}

const char *seen_text(Seen *seen) {
  static _Thread_local char text[TEXT_MAX];
  copy(text, seen->text);
  seen_free(seen);
  return text;
}

static Seen *begin(void *context, const LacunaError *error) {
  Seen *seen = context;
  if (!seen) return NULL;
  seen->thread = pthread_self();
  seen->code = lacuna_error_code(error);
  const char *description = lacuna_error_description(error);
  seen->described = (description != NULL && *description) == (error != NULL);
  return seen;
}

static void end(Seen *seen) {
  if (seen->inside) seen->inside(seen->inside_context);
  atomic_fetch_add(&seen->calls, 1);
  sem_post(&seen->there);
}

void on_done(void *context, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (seen) end(seen);
}

void on_text(void *context, const char *text, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (!seen) return;
  copy(seen->text, text);
  end(seen);
}

void on_count(void *context, int64_t count, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (!seen) return;
  seen->count = count;
  end(seen);
}

void on_messages(void *context, const LacunaMessages *messages, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (!seen) return;
  CHECK((messages == NULL) == (error != NULL));
  seen->items = messages ? messages->count : 0;
  for (size_t i = 0; i < seen->items && i < ITEMS_MAX; i++) {
    copy(seen->ids[i], messages->items[i].id);
    seen->times[i] = messages->items[i].timestamp;
    seen->statuses[i] = messages->items[i].status;
    seen->is_read = messages->items[i].is_read;
  }
  copy(seen->cursor, messages ? messages->cursor : NULL);
  end(seen);
}

void on_conversations(void *context, const LacunaConversations *conversations, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (!seen) return;
  CHECK((conversations == NULL) == (error != NULL));
  seen->items = conversations ? conversations->count : 0;
  for (size_t i = 0; i < seen->items && i < ITEMS_MAX; i++) {
    copy(seen->ids[i], conversations->items[i].id);
    seen->times[i] = conversations->items[i].pinned_at;
    seen->count = conversations->items[i].unread;
    copy(seen->text, conversations->items[i].ext);
  }
  copy(seen->cursor, conversations ? conversations->cursor : NULL);
  end(seen);
}

void on_devices(void *context, const LacunaDevices *devices, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (!seen) return;
  seen->items = devices ? devices->count : 0;
  for (size_t i = 0; i < seen->items && i < ITEMS_MAX; i++) copy(seen->ids[i], devices->items[i].resource);
  end(seen);
}

void on_groups(void *context, const LacunaGroups *groups, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (!seen) return;
  seen->items = groups ? groups->count : 0;
  for (size_t i = 0; i < seen->items && i < ITEMS_MAX; i++) {
    copy(seen->ids[i], groups->items[i].id);
    copy(seen->text, groups->items[i].name);
  }
  end(seen);
}

void on_members(void *context, const LacunaMembers *members, const LacunaError *error) {
  Seen *seen = begin(context, error);
  if (!seen) return;
  seen->items = members ? members->count : 0;
  for (size_t i = 0; i < seen->items && i < ITEMS_MAX; i++) {
    copy(seen->ids[i], members->items[i].name);
    if (members->items[i].is_owner) copy(seen->text, members->items[i].name);
  }
  end(seen);
}

// --- what happens ---------------------------------------------------------------------------------------------------

static void note(void *context, enum Happening what, const char *conversation, const char *detail, int32_t number, int64_t left) {
  Notes *notes = context;
  pthread_mutex_lock(&notes->mutex);
  CHECK(notes->count < NOTES_MAX);
  Note *new = &notes->notes[notes->count % NOTES_MAX];
  *new = (Note){.what = what, .number = number, .left = left};
  copy(new->conversation, conversation);
  copy(new->detail, detail);
  notes->count++;
  pthread_cond_broadcast(&notes->changed);
  pthread_mutex_unlock(&notes->mutex);
}

// The functions of one observer never run at the same time.
static void enter(void *context) { CHECK(atomic_fetch_add(&((Notes *)context)->inside, 1) == 0); }
static void leave(void *context) { atomic_fetch_sub(&((Notes *)context)->inside, 1); }

static void connection_changed(void *context, bool connected) {
  enter(context);
  note(context, connected ? CONNECTED : DISCONNECTED, NULL, NULL, 0, 0);
  leave(context);
}
static void kicked(void *context, int32_t code) { note(context, KICKED, NULL, NULL, code, 0); }
static void sync_finished(void *context) { note(context, SYNC_FINISHED, NULL, NULL, 0, 0); }
static void listed(void *context) { note(context, LISTED, NULL, NULL, 0, 0); }

static void messages_received(void *context, const LacunaMessages *messages) {
  enter(context);
  for (size_t i = 0; i < messages->count; i++)
    note(context, RECEIVED, messages->items[i].conversation, messages->items[i].id, messages->items[i].direction, 0);
  leave(context);
}

static void commands_received(void *context, const LacunaMessages *messages) {
  enter(context);
  for (size_t i = 0; i < messages->count; i++)
    note(context, COMMAND, messages->items[i].conversation, messages->items[i].body.action, 0, 0);
  leave(context);
}

static void receipts_received(void *context, const LacunaReceipt *receipts, size_t count) {
  enter(context);
  for (size_t i = 0; i < count; i++) note(context, RECEIPT, receipts[i].conversation, receipts[i].message, receipts[i].kind, 0);
  leave(context);
}

static void messages_removed(void *context, int32_t chat_type, const char *conversation, const char *device) {
  enter(context);
  note(context, REMOVED, conversation, device, chat_type, count_here(((Notes *)context)->client, chat_type, conversation));
  leave(context);
}

static void conversation_event(void *context, int32_t event, int32_t chat_type, const char *conversation, const char *device) {
  enter(context);
  (void)chat_type;
  note(context, CONVERSATION, conversation, device, event, 0);
  leave(context);
}

static void group_event(void *context, const LacunaGroupEvent *event) {
  enter(context);
  note(context, GROUP, event->group, event->user_count ? event->users[0] : "", event->change, event->is_out);
  leave(context);
}

static void release(void *context) { atomic_fetch_add(&((Notes *)context)->released, 1); }

Notes *notes_new(const LacunaClient *client) {
  Notes *notes = calloc(1, sizeof *notes);
  pthread_mutex_init(&notes->mutex, NULL);
  pthread_cond_init(&notes->changed, NULL);
  notes->client = client;
  LacunaObserver observer = {
      .context = notes,
      .release = release,
      .connection_changed = connection_changed,
      .kicked = kicked,
      .sync_finished = sync_finished,
      .messages_received = messages_received,
      .commands_received = commands_received,
      .receipts_received = receipts_received,
      .conversations_changed = listed,
      .messages_removed = messages_removed,
      .conversation_event = conversation_event,
      .group_event = group_event,
  };
  lacuna_client_set_observer(client, &observer);
  return notes;
}

void notes_free(Notes *notes) {
  CHECK(notes->released == 1);
  pthread_mutex_destroy(&notes->mutex);
  pthread_cond_destroy(&notes->changed);
  free(notes);
}

// With the mutex held: the number of notes of a kind, and the `wanted`th of them.
static size_t of_kind(Notes *notes, enum Happening what, size_t wanted, Note *found) {
  size_t count = 0;
  for (size_t i = 0; i < notes->count; i++) {
    if (notes->notes[i].what != what) continue;
    count++;
    if (count == wanted && found) *found = notes->notes[i];
  }
  return count;
}

bool notes_wait(Notes *notes, enum Happening what, size_t count, Note *last) {
  struct timespec until = deadline();
  pthread_mutex_lock(&notes->mutex);
  int late = 0;
  while (of_kind(notes, what, count, last) < count && late == 0) late = pthread_cond_timedwait(&notes->changed, &notes->mutex, &until);
  bool there = of_kind(notes, what, count, last) >= count;
  pthread_mutex_unlock(&notes->mutex);
  return there;
}

size_t notes_count(Notes *notes, enum Happening what) {
  pthread_mutex_lock(&notes->mutex);
  size_t count = of_kind(notes, what, 0, NULL);
  pthread_mutex_unlock(&notes->mutex);
  return count;
}
