// Logging in and out, the login that is remembered, tokens, devices.
#include "check.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static void wrong_logins(void) {
  char *folder = new_folder(), *name = new_name("login");
  LacunaClient *client = client_in(server_url(), folder);
  CHECK_CODE(204, lacuna_login(client, name, "secret", false, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(0, lacuna_register(client, name, "secret", LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(203, lacuna_register(client, name, "secret", LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(202, lacuna_login(client, name, "wrong", false, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(104, lacuna_login(client, name, "no-token", true, LACUNA_BLOCKING, NULL, on_done));
  CHECK(lacuna_current_user(client) == NULL && !lacuna_has_auto_login(client));
  lacuna_client_free(client);
  // Nobody listens there.
  client = client_in("http://127.0.0.1:1", folder);
  CHECK_CODE(300, lacuna_login(client, name, "secret", false, LACUNA_BLOCKING, NULL, on_done));
  lacuna_client_free(client);
  free(folder);
  free(name);
}

static char *token_of(LacunaClient *client, const char *name) {
  Seen *seen = seen_new();
  CHECK_CODE(0, lacuna_fetch_token(client, name, "secret", LACUNA_BLOCKING, seen, on_text));
  return strdup(seen_text(seen));
}

static void tokens(void) {
  char *folder = new_folder(), *name = new_name("login");
  LacunaClient *client = client_in(server_url(), folder);
  CHECK_CODE(0, lacuna_register(client, name, "secret", LACUNA_BLOCKING, NULL, on_done));
  char *token = token_of(client, name);
  CHECK_CODE(0, lacuna_login(client, name, token, true, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(200, lacuna_login(client, name, token, true, LACUNA_BLOCKING, NULL, on_done));
  char *used = lacuna_token(client), *user = lacuna_current_user(client), *resource = lacuna_resource(client);
  CHECK(used && strcmp(used, token) == 0 && user && strcmp(user, name) == 0 && resource && *resource);
  CHECK(lacuna_is_connected(client));
  char *second = token_of(client, name);
  CHECK_CODE(0, lacuna_renew_token(client, second, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(104, lacuna_renew_token(client, "no-token", LACUNA_BLOCKING, NULL, on_done));
  lacuna_string_free(used);
  lacuna_string_free(user);
  lacuna_string_free(resource);
  used = lacuna_token(client);
  CHECK(used && strcmp(used, second) == 0);
  lacuna_string_free(used);
  CHECK_CODE(0, lacuna_logout(client, LACUNA_BLOCKING, NULL, on_done));
  CHECK(lacuna_token(client) == NULL && !lacuna_is_connected(client));
  lacuna_client_free(client);
  free(second);
  free(token);
  free(folder);
  free(name);
}

static const char *taken_up(LacunaClient *client, int32_t mode) {
  Seen *seen = seen_new();
  lacuna_auto_login(client, mode, seen, on_text);
  CHECK_CODE(0, seen_wait(seen));
  return seen_text(seen);
}

static void auto_login(void) {
  char *folder = new_folder(), *name = new_name("auto");
  LacunaClient *client = client_in(server_url(), folder);
  CHECK(!lacuna_has_auto_login(client) && *taken_up(client, LACUNA_BLOCKING) == '\0');
  CHECK_CODE(0, lacuna_register(client, name, "secret", LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(0, lacuna_login(client, name, "secret", false, LACUNA_BLOCKING, NULL, on_done));
  char *id = send_text(client, name, "to myself", NULL);
  char *resource = lacuna_resource(client);
  lacuna_client_free(client); // Not logged out: the app has ended.

  client = client_in(server_url(), folder);
  CHECK(lacuna_has_auto_login(client) && lacuna_current_user(client) == NULL);
  Notes *notes = notes_new(client);
  CHECK(strcmp(taken_up(client, LACUNA_LATER), name) == 0);
  CHECK(count_here(client, LACUNA_CHAT, name) == 1);
  CHECK(notes_wait(notes, CONNECTED, 1, NULL));
  char *again = lacuna_resource(client);
  CHECK(resource && again && strcmp(resource, again) == 0);
  CHECK_CODE(0, lacuna_logout(client, LACUNA_BLOCKING, NULL, on_done));
  CHECK(!lacuna_has_auto_login(client));
  lacuna_client_free(client);
  notes_free(notes);

  // Logged out: nothing is taken up. The store is still there for whoever logs in again.
  client = client_in(server_url(), folder);
  CHECK(!lacuna_has_auto_login(client) && *taken_up(client, LACUNA_LATER) == '\0');
  CHECK_CODE(0, lacuna_login(client, name, "secret", false, LACUNA_BLOCKING, NULL, on_done));
  CHECK(count_here(client, LACUNA_CHAT, name) == 1);
  lacuna_client_free(client);
  // An app that does not want it.
  LacunaOptions options = options_for(server_url(), folder);
  options.auto_login = false;
  CHECK(lacuna_client_new(&options, &client) == NULL);
  CHECK(!lacuna_has_auto_login(client) && *taken_up(client, LACUNA_BLOCKING) == '\0');
  lacuna_client_free(client);
  lacuna_string_free(resource);
  lacuna_string_free(again);
  free(id);
  free(folder);
  free(name);
}

static void devices(void) {
  char *name = new_name("devices");
  LacunaClient *phone = logged_in(server_url(), name), *tablet = logged_in(server_url(), name);
  Notes *phone_notes = notes_new(phone), *tablet_notes = notes_new(tablet);
  char *phone_resource = lacuna_resource(phone), *tablet_resource = lacuna_resource(tablet);
  CHECK(phone_resource && tablet_resource && strcmp(phone_resource, tablet_resource) != 0);
  Seen *seen = seen_new();
  CHECK_CODE(0, lacuna_devices(phone, name, "secret", false, LACUNA_BLOCKING, seen, on_devices));
  CHECK(seen->items == 2);
  seen_free(seen);
  CHECK_CODE(202, lacuna_devices(phone, name, "wrong", false, LACUNA_BLOCKING, NULL, on_devices));
  seen = seen_new();
  CHECK_CODE(0, lacuna_other_devices(phone, LACUNA_BLOCKING, seen, on_devices));
  CHECK(seen->items == 1 && strcmp(seen->ids[0], tablet_resource) == 0);
  seen_free(seen);

  Note note;
  CHECK_CODE(0, lacuna_kick_device(phone, name, "secret", false, tablet_resource, LACUNA_BLOCKING, NULL, on_done));
  CHECK(notes_wait(tablet_notes, KICKED, 1, &note) && note.number == 217);
  CHECK(!lacuna_has_auto_login(tablet) && lacuna_has_auto_login(phone));
  CHECK_CODE(201, lacuna_count(tablet, LACUNA_CHAT, NULL, LACUNA_BLOCKING, NULL, on_count));
  char *token = lacuna_token(phone);
  CHECK_CODE(0, lacuna_kick_device(phone, name, token, true, NULL, LACUNA_BLOCKING, NULL, on_done));
  CHECK(notes_wait(phone_notes, KICKED, 1, &note) && note.number == 217);
  lacuna_string_free(token);
  lacuna_string_free(phone_resource);
  lacuna_string_free(tablet_resource);
  lacuna_client_free(phone);
  lacuna_client_free(tablet);
  notes_free(phone_notes);
  notes_free(tablet_notes);
  free(name);
}

// The server ends while a client is logged in: deleting on it fails, and the local copy stays.
static void server_lost(void) {
  const char *url = getenv("LACUNA_DOOMED_URL"), *pid = getenv("LACUNA_DOOMED_PID");
  CHECK(url && pid);
  if (!url || !pid) return;
  char *name = new_name("lost");
  LacunaClient *client = logged_in(url, name);
  Notes *notes = notes_new(client);
  int64_t time;
  char *id = send_text(client, name, "to myself", &time);
  CHECK(kill((pid_t)atol(pid), SIGTERM) == 0);
  // It serves to its end, and a client that was cut off may come back until then.
  struct timespec const moment = {.tv_nsec = 1000000};
  for (int i = 0; i < PATIENCE_SECONDS * 1000 && kill((pid_t)atol(pid), 0) == 0; i++) nanosleep(&moment, NULL);
  CHECK(kill((pid_t)atol(pid), 0) != 0);
  CHECK(notes_wait(notes, DISCONNECTED, 1, NULL));
  const char *ids[] = {id};
  CHECK_CODE(300, lacuna_delete_from_server(client, LACUNA_CHAT, name, ids, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(300, lacuna_delete_from_server_through(client, LACUNA_CHAT, name, (double)time, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(300, lacuna_delete_server_conversation(client, LACUNA_CHAT, name, true, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(300, lacuna_delete_everything(client, true, LACUNA_BLOCKING, NULL, on_done));
  CHECK(count_here(client, LACUNA_CHAT, name) == 1);
  CHECK_CODE(0, lacuna_delete_message(client, LACUNA_CHAT, name, id, LACUNA_BLOCKING, NULL, on_done));
  CHECK(count_here(client, LACUNA_CHAT, name) == 0);
  lacuna_client_free(client);
  notes_free(notes);
  free(id);
  free(name);
}

int main(void) {
  run("wrong logins", wrong_logins);
  run("tokens", tokens);
  run("the login that is remembered", auto_login);
  run("devices", devices);
  run("the server is lost", server_lost);
  return report();
}
