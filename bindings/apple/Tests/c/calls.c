// When, where and how often completions and observers are called, and what freeing the client does to them.
#include "check.h"

#include <semaphore.h>
#include <unistd.h>

#define CALLS 200
#define THREADS 8

static void *mine(LacunaClient **client) {
  char *name = new_name("calls");
  *client = logged_in(server_url(), name);
  return name;
}

// A function that has begun to return has done so before its completion can see anything else: here the completion waits for
// the caller, so it would hang if it ran on the caller's stack.
static void wait_for_caller(void *context) { sem_wait(context); }

static void later_is_not_on_the_stack(void) {
  LacunaClient *client;
  char *name = mine(&client);
  sem_t returned;
  sem_init(&returned, 0, 0);
  for (int i = 0; i < CALLS; i++) {
    Seen *seen = seen_new();
    seen->inside = wait_for_caller;
    seen->inside_context = &returned;
    CHECK_CODE(0, lacuna_count(client, LACUNA_CHAT, NULL, LACUNA_LATER, seen, on_count));
    sem_post(&returned);
    CHECK_CODE(0, seen_wait(seen));
    CHECK(seen->calls == 1 && !pthread_equal(seen->thread, pthread_self()));
    seen_free(seen);
  }
  sem_destroy(&returned);
  lacuna_client_free(client);
  free(name);
}

static atomic_int running;
static void alone(void *context) {
  (void)context;
  CHECK(atomic_fetch_add(&running, 1) == 0);
  for (volatile int i = 0; i < 1000; i++) {}
  atomic_fetch_sub(&running, 1);
}

typedef struct {
  const LacunaClient *client;
  Seen *seen[CALLS];
} Load;

static void *make_calls(void *context) {
  Load *load = context;
  for (int i = 0; i < CALLS; i++) {
    load->seen[i] = seen_new();
    load->seen[i]->inside = alone;
    switch (i % 4) {
      case 0: lacuna_count(load->client, LACUNA_CHAT, NULL, LACUNA_LATER, load->seen[i], on_count); break;
      case 1: lacuna_conversations(load->client, LACUNA_LATER, load->seen[i], on_conversations); break;
      case 2: lacuna_fetch_conversations(load->client, NULL, 10, false, LACUNA_LATER, load->seen[i], on_conversations); break;
      default:
        load->seen[i]->inside = NULL; // A blocking one runs beside the others, on this thread.
        lacuna_count(load->client, LACUNA_CHAT, NULL, LACUNA_BLOCKING, load->seen[i], on_count);
        CHECK(load->seen[i]->calls == 1);
    }
  }
  return NULL;
}

static void several_threads(void) {
  LacunaClient *client;
  char *name = mine(&client);
  Load *loads = calloc(THREADS, sizeof *loads);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    loads[i].client = client;
    pthread_create(&threads[i], NULL, make_calls, &loads[i]);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  pthread_t home = {0};
  for (int i = 0; i < THREADS; i++) {
    for (int j = 0; j < CALLS; j++) {
      Seen *seen = loads[i].seen[j];
      CHECK_CODE(0, seen_wait(seen));
      CHECK(seen->calls == 1);
      if (j % 4 == 3) continue;
      if (i == 0 && j == 0) home = seen->thread;
      CHECK(pthread_equal(home, seen->thread) && !pthread_equal(threads[i], seen->thread));
    }
  }
  lacuna_client_free(client);
  for (int i = 0; i < THREADS; i++)
    for (int j = 0; j < CALLS; j++) {
      CHECK(loads[i].seen[j]->calls == 1);
      seen_free(loads[i].seen[j]);
    }
  free(loads);
  free(name);
}

// Calls that are on their way when the client is freed: each completion is called once, before `lacuna_client_free` returns, with
// 201 unless the work was done by then.
static void freed_in_flight(void) {
  int gave_up = 0;
  for (int round = 0; round < 10; round++) {
    LacunaClient *client;
    char *name = mine(&client);
    Seen *seen[CALLS];
    LacunaMessage message = text_message(LACUNA_CHAT, name, "to myself");
    for (int i = 0; i < CALLS; i++) {
      seen[i] = seen_new();
      if (i % 3 == 0) lacuna_count(client, LACUNA_CHAT, NULL, LACUNA_LATER, seen[i], on_count);
      if (i % 3 == 1) lacuna_fetch_conversations(client, NULL, 10, false, LACUNA_LATER, seen[i], on_conversations);
      if (i % 3 == 2) lacuna_send(client, &message, NULL, LACUNA_LATER, seen[i], on_messages);
    }
    lacuna_client_free(client);
    for (int i = 0; i < CALLS; i++) {
      CHECK(seen[i]->calls == 1 && (seen[i]->code == 0 || seen[i]->code == 201 || seen[i]->code == 204));
      CHECK(!pthread_equal(seen[i]->thread, pthread_self()));
      gave_up += seen[i]->code == 201;
      seen_free(seen[i]);
    }
    free(name);
  }
  // Not a single one of 2,000 given up would mean that freeing waits for the server.
  CHECK(gave_up > 0);
}

static void free_it(void *context) { lacuna_client_free(context); }

static void freed_in_a_completion(void) {
  for (int round = 0; round < 20; round++) {
    LacunaClient *client;
    char *name = mine(&client);
    Notes *notes = notes_new(client);
    Seen *first = seen_new(), *second = seen_new();
    first->inside = free_it;
    first->inside_context = client;
    // Both are queued behind a completion that waits, so that the second one is owed when the first one frees the client.
    sem_t go;
    sem_init(&go, 0, 0);
    Seen *gate = seen_new();
    gate->inside = wait_for_caller;
    gate->inside_context = &go;
    lacuna_count(client, LACUNA_CHAT, NULL, LACUNA_LATER, gate, on_count);
    lacuna_count(client, LACUNA_CHAT, NULL, LACUNA_LATER, first, on_count);
    lacuna_fetch_conversations(client, NULL, 10, false, LACUNA_LATER, second, on_conversations);
    sem_post(&go);
    int32_t code = seen_wait(second);
    CHECK(code == 0 || code == 201);
    CHECK_CODE(0, seen_wait(first));
    CHECK_CODE(0, seen_wait(gate));
    CHECK(first->calls == 1 && second->calls == 1 && pthread_equal(first->thread, second->thread));
    CHECK(notes->released == 1);
    sem_destroy(&go);
    seen_free(gate);
    seen_free(first);
    seen_free(second);
    notes_free(notes);
    free(name);
  }
}

typedef struct {
  LacunaClient *client;
  int32_t codes[4];
  int64_t count;
} Nested;

static void call_more(void *context) {
  Nested *nested = context;
  char *name = lacuna_current_user(nested->client);
  int64_t time;
  free(send_text(nested->client, "blocked-in-completion", "hello", &time));
  nested->codes[0] = lacuna_fetch_conversations(nested->client, NULL, 10, false, LACUNA_BLOCKING, NULL, on_conversations);
  nested->codes[1] = lacuna_delete_from_server_through(nested->client, 0, "blocked-in-completion", (double)time, LACUNA_BLOCKING, NULL, on_done);
  nested->count = count_here(nested->client, 0, "blocked-in-completion");
  lacuna_string_free(name);
}

static void blocking_in_a_completion(void) {
  LacunaClient *client;
  char *name = mine(&client);
  char *peer = strdup("blocked-in-completion");
  LacunaClient *other = logged_in(server_url(), peer);
  Nested nested = {.client = client, .codes = {-1, -1}, .count = -1};
  Seen *seen = seen_new();
  seen->inside = call_more;
  seen->inside_context = &nested;
  lacuna_count(client, LACUNA_CHAT, NULL, LACUNA_LATER, seen, on_count);
  CHECK_CODE(0, seen_wait(seen));
  CHECK(nested.codes[0] == 0 && nested.codes[1] == 0 && nested.count == 0);
  seen_free(seen);
  lacuna_client_free(other);
  lacuna_client_free(client);
  free(peer);
  free(name);
}

static void observers_are_released_once(void) {
  LacunaClient *client;
  char *name = mine(&client);
  Notes *first = notes_new(client);
  CHECK(first->released == 0);
  Notes *second = notes_new(client);
  char *id = send_text(client, name, "to myself", NULL);
  lacuna_client_set_observer(client, NULL);
  CHECK_CODE(0, lacuna_logout(client, LACUNA_BLOCKING, NULL, on_done));
  Notes *third = notes_new(client);
  CHECK(third->released == 0);
  lacuna_client_free(client);
  // Whoever is being told something at that moment is released right after it; freeing waits for that.
  CHECK(first->released == 1 && second->released == 1 && third->released == 1);
  notes_free(first);
  notes_free(second);
  notes_free(third);
  free(id);
  free(name);
}

// An observer's context is used to the last moment: what it points at is freed by `release`, and a use after that is found by the
// sanitizer.
typedef struct {
  atomic_int *released;
  int told;
} Owned;
static void owned_connection(void *context, bool connected) { ((Owned *)context)->told += connected ? 1 : 1; }
static void owned_messages(void *context, const LacunaMessages *messages) { ((Owned *)context)->told += (int)messages->count; }
static void owned_listed(void *context) { ((Owned *)context)->told++; }
static void owned_release(void *context) {
  Owned *owned = context;
  atomic_fetch_add(owned->released, 1);
  free(owned);
}

static void freed_while_observed(void) {
  atomic_int released = 0;
  char *name = new_name("observed");
  LacunaClient *sender = logged_in(server_url(), name);
  for (int round = 0; round < 20; round++) {
    LacunaClient *client = logged_in(server_url(), name);
    Owned *owned = calloc(1, sizeof *owned);
    owned->released = &released;
    LacunaObserver observer = {.context = owned,
                               .release = owned_release,
                               .connection_changed = owned_connection,
                               .messages_received = owned_messages,
                               .conversations_changed = owned_listed};
    lacuna_client_set_observer(client, &observer);
    LacunaMessage message = text_message(LACUNA_CHAT, name, "to myself");
    for (int i = 0; i < 5; i++) lacuna_send(sender, &message, NULL, LACUNA_LATER, NULL, NULL);
    lacuna_client_free(client);
    CHECK(released == round + 1);
  }
  lacuna_client_free(sender);
  free(name);
}

int main(void) {
  run("LATER is never on the caller's stack", later_is_not_on_the_stack);
  run("several threads on one client", several_threads);
  run("freed while calls are in flight", freed_in_flight);
  run("freed inside a completion", freed_in_a_completion);
  run("blocking calls inside a completion", blocking_in_a_completion);
  run("observers are released once", observers_are_released_once);
  run("freed while something is told", freed_while_observed);
  return report();
}
