// Every way to delete, between two devices of a user and a peer: who has what afterwards, and who is told.
#include "check.h"

typedef struct {
  char *me, *peer;
  LacunaClient *phone, *tablet, *other;
  Notes *phone_notes, *tablet_notes, *other_notes;
  char *resource;
  char *ids[5];
  int64_t times[5];
} Scene;

// Five messages from the user to the peer, which all three devices have.
static Scene set(void) {
  Scene scene = {.me = new_name("me"), .peer = new_name("peer")};
  scene.other = logged_in(server_url(), scene.peer);
  scene.phone = logged_in(server_url(), scene.me);
  scene.tablet = logged_in(server_url(), scene.me);
  scene.phone_notes = notes_new(scene.phone);
  scene.tablet_notes = notes_new(scene.tablet);
  scene.other_notes = notes_new(scene.other);
  scene.resource = lacuna_resource(scene.phone);
  for (int i = 0; i < 5; i++) {
    scene.ids[i] = send_text(scene.phone, scene.peer, "hello", &scene.times[i]);
    CHECK(i == 0 || scene.times[i] >= scene.times[i - 1]);
  }
  CHECK(arrives(scene.tablet, scene.tablet_notes, scene.ids[4]) && arrives(scene.other, scene.other_notes, scene.ids[4]));
  CHECK(count_here(scene.tablet, LACUNA_CHAT, scene.peer) == 5 && count_here(scene.other, LACUNA_CHAT, scene.me) == 5);
  return scene;
}

static void strike(Scene *scene) {
  lacuna_client_free(scene->phone);
  lacuna_client_free(scene->tablet);
  lacuna_client_free(scene->other);
  notes_free(scene->phone_notes);
  notes_free(scene->tablet_notes);
  notes_free(scene->other_notes);
  lacuna_string_free(scene->resource);
  for (int i = 0; i < 5; i++) free(scene->ids[i]);
  free(scene->me);
  free(scene->peer);
}

// A message after everything that was told so far: when the tablet has it, whatever would have been told has been.
static void settle(Scene *scene, const char *say) {
  char *id = send_text(scene->phone, scene->me, say, NULL);
  CHECK(arrives(scene->tablet, scene->tablet_notes, id));
  free(id);
}

// Where `left` messages are left to the user, on the server and on both devices, and the peer has all five.
static void left_everywhere(Scene *scene, int64_t left, size_t told) {
  Note note;
  CHECK(count_here(scene->phone, LACUNA_CHAT, scene->peer) == left);
  CHECK(notes_wait(scene->tablet_notes, REMOVED, told, &note));
  // The tablet's store was done when it was told.
  CHECK(note.left == left && strcmp(note.conversation, scene->peer) == 0 && strcmp(note.detail, scene->resource) == 0);
  CHECK(count_here(scene->tablet, LACUNA_CHAT, scene->peer) == left);
  CHECK(count_there(scene->phone, LACUNA_CHAT, scene->peer) == left && count_there(scene->tablet, LACUNA_CHAT, scene->peer) == left);
  CHECK(count_here(scene->other, LACUNA_CHAT, scene->me) == 5 && count_there(scene->other, LACUNA_CHAT, scene->me) == 5);
  settle(scene, "settled");
  CHECK(notes_count(scene->tablet_notes, REMOVED) == told);
  CHECK(notes_count(scene->phone_notes, REMOVED) == 0 && notes_count(scene->other_notes, REMOVED) == 0);
}

// Where the server and the tablet keep all five.
static void left_here(Scene *scene, int64_t left) {
  CHECK(count_here(scene->phone, LACUNA_CHAT, scene->peer) == left);
  settle(scene, "settled");
  CHECK(notes_count(scene->tablet_notes, REMOVED) == 0);
  CHECK(count_here(scene->tablet, LACUNA_CHAT, scene->peer) == 5 && count_there(scene->phone, LACUNA_CHAT, scene->peer) == 5);
  // History that is saved brings them back.
  LacunaHistoryQuery query = {.conversation = scene->peer, .page_size = 50, .start = -1, .end = -1, .save = true};
  CHECK_CODE(0, lacuna_fetch_history(scene->phone, &query, LACUNA_BLOCKING, NULL, on_messages));
  CHECK(count_here(scene->phone, LACUNA_CHAT, scene->peer) == 5);
}

static void by_id(void) {
  Scene scene = set();
  const char *ids[] = {scene.ids[1], "no-id", scene.ids[3], scene.ids[1]};
  CHECK_CODE(0, lacuna_delete_from_server(scene.phone, LACUNA_CHAT, scene.peer, ids, 4, LACUNA_BLOCKING, NULL, on_done));
  left_everywhere(&scene, 3, 1);
  // Once more changes nothing, and is no error.
  Seen *seen = seen_new();
  CHECK_CODE(0, lacuna_delete_from_server(scene.phone, LACUNA_CHAT, scene.peer, ids, 4, LACUNA_LATER, seen, on_done));
  CHECK_CODE(0, seen_wait(seen));
  CHECK(count_here(scene.phone, LACUNA_CHAT, scene.peer) == 3);
  seen_free(seen);
  strike(&scene);
}

static void by_time(void) {
  Scene scene = set();
  // Several messages can have the same millisecond: the time of the third takes all of that time.
  int64_t left = 0;
  for (int i = 0; i < 5; i++) left += scene.times[i] > scene.times[2];
  Seen *seen = seen_new();
  CHECK_CODE(0, lacuna_delete_from_server_through(scene.phone, LACUNA_CHAT, scene.peer, (double)scene.times[2] + 0.9, LACUNA_LATER, seen, on_done));
  CHECK_CODE(0, seen_wait(seen));
  left_everywhere(&scene, left, 1);
  seen_free(seen);
  // A time to come: everything so far.
  CHECK_CODE(0, lacuna_delete_from_server_through(scene.phone, LACUNA_CHAT, scene.peer, 1e18, LACUNA_BLOCKING, NULL, on_done));
  left_everywhere(&scene, 0, 2);
  free(send_text(scene.phone, scene.peer, "after", NULL));
  CHECK(count_here(scene.phone, LACUNA_CHAT, scene.peer) == 1 && count_there(scene.phone, LACUNA_CHAT, scene.peer) == 1);
  strike(&scene);
}

static void refused(void) {
  Scene scene = set();
  const char *ids[51];
  for (int i = 0; i < 51; i++) ids[i] = scene.ids[i % 5];
  CHECK_CODE(110, lacuna_delete_from_server(scene.phone, LACUNA_CHAT, scene.peer, ids, 51, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_delete_from_server(scene.phone, LACUNA_CHAT, scene.peer, ids, 0, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_delete_from_server(scene.phone, LACUNA_CHAT, "", ids, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(505, lacuna_delete_from_server(scene.phone, LACUNA_ROOM, scene.peer, ids, 1, LACUNA_BLOCKING, NULL, on_done));
  double const times[] = {0, -1, 0.5, -1e300, 0.0 / 0.0};
  for (int i = 0; i < 5; i++)
    CHECK_CODE(110, lacuna_delete_from_server_through(scene.phone, LACUNA_CHAT, scene.peer, times[i], LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_delete_messages_between(scene.phone, LACUNA_CHAT, scene.peer, 2, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_delete_messages_between(scene.phone, LACUNA_CHAT, scene.peer, -1, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(110, lacuna_delete_message(scene.phone, LACUNA_CHAT, scene.peer, "", LACUNA_BLOCKING, NULL, on_done));
  left_here(&scene, 5);
  // 50 of them, repeats counted, are served.
  CHECK_CODE(0, lacuna_delete_from_server(scene.phone, LACUNA_CHAT, scene.peer, ids, 50, LACUNA_BLOCKING, NULL, on_done));
  left_everywhere(&scene, 0, 1);
  strike(&scene);
}

static void switched_off(void) {
  char *name = new_name("off");
  LacunaClient *client = logged_in(server_off_url(), name);
  int64_t time;
  char *id = send_text(client, name, "to myself", &time);
  const char *ids[] = {id};
  CHECK_CODE(505, lacuna_delete_from_server(client, LACUNA_CHAT, name, ids, 1, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(505, lacuna_delete_from_server_through(client, LACUNA_CHAT, name, (double)time, LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(505, lacuna_delete_everything(client, true, LACUNA_BLOCKING, NULL, on_done));
  CHECK(count_here(client, LACUNA_CHAT, name) == 1 && count_there(client, LACUNA_CHAT, name) == 1);
  // What is on the device alone has nothing to do with it.
  CHECK_CODE(0, lacuna_delete_everything(client, false, LACUNA_BLOCKING, NULL, on_done));
  CHECK(count_here(client, LACUNA_CHAT, name) == 0 && count_there(client, LACUNA_CHAT, name) == 1);
  lacuna_client_free(client);
  free(id);
  free(name);
}

static void on_this_device(void) {
  Scene scene = set();
  LacunaClient *phone = scene.phone;
  CHECK_CODE(0, lacuna_delete_message(phone, LACUNA_CHAT, scene.peer, scene.ids[0], LACUNA_BLOCKING, NULL, on_done));
  CHECK_CODE(0, lacuna_delete_message(phone, LACUNA_CHAT, scene.peer, scene.ids[0], LACUNA_BLOCKING, NULL, on_done));
  left_here(&scene, 4);
  int64_t inside = 0, older = 0;
  for (int i = 0; i < 5; i++) inside += scene.times[i] >= scene.times[1] && scene.times[i] <= scene.times[3];
  for (int i = 0; i < 5; i++) older += scene.times[i] < scene.times[2];
  Seen *seen = seen_new();
  CHECK_CODE(0, lacuna_count_between(phone, LACUNA_CHAT, scene.peer, scene.times[1], scene.times[3], LACUNA_BLOCKING, seen, on_count));
  CHECK(seen->count == inside);
  seen_free(seen);
  CHECK_CODE(0, lacuna_delete_messages_between(phone, LACUNA_CHAT, scene.peer, scene.times[1], scene.times[3], LACUNA_BLOCKING, NULL, on_done));
  left_here(&scene, 5 - inside);
  CHECK_CODE(0, lacuna_delete_messages_before(phone, scene.times[2], LACUNA_BLOCKING, NULL, on_done));
  left_here(&scene, 5 - older);
  CHECK_CODE(0, lacuna_delete_all_messages(phone, LACUNA_CHAT, scene.peer, LACUNA_BLOCKING, NULL, on_done));
  left_here(&scene, 0);
  int32_t const types[] = {LACUNA_CHAT};
  const char *names[] = {scene.peer};
  CHECK_CODE(0, lacuna_delete_conversations(phone, types, names, 1, true, LACUNA_BLOCKING, NULL, on_done));
  left_here(&scene, 0);
  CHECK_CODE(0, lacuna_delete_everything(phone, false, LACUNA_BLOCKING, NULL, on_done));
  left_here(&scene, 0);
  strike(&scene);
}

static void conversations_on_the_server(void) {
  Scene scene = set();
  Note note;
  CHECK_CODE(0, lacuna_delete_server_conversation(scene.phone, LACUNA_CHAT, scene.peer, false, LACUNA_BLOCKING, NULL, on_done));
  CHECK(notes_wait(scene.tablet_notes, CONVERSATION, 1, &note) && note.number == LACUNA_CONVERSATION_DELETED);
  CHECK(strcmp(note.detail, scene.resource) == 0 && count_there(scene.phone, LACUNA_CHAT, scene.peer) == 5);
  CHECK_CODE(0, lacuna_delete_server_conversation(scene.phone, LACUNA_CHAT, scene.peer, true, LACUNA_BLOCKING, NULL, on_done));
  CHECK(notes_wait(scene.tablet_notes, CONVERSATION, 2, &note));
  CHECK(count_there(scene.phone, LACUNA_CHAT, scene.peer) == 0 && count_here(scene.phone, LACUNA_CHAT, scene.peer) == 0);
  CHECK(count_there(scene.other, LACUNA_CHAT, scene.me) == 5);
  CHECK(notes_count(scene.phone_notes, CONVERSATION) == 0);
  // The other device is told of the messages, too, and there without a device: the event of the conversation names it.
  settle(&scene, "settled");
  CHECK(notes_wait(scene.tablet_notes, REMOVED, 1, &note) && note.detail[0] == 0);
  CHECK(notes_count(scene.tablet_notes, REMOVED) == 1);
  CHECK(notes_count(scene.phone_notes, REMOVED) == 0);
  strike(&scene);
}

static void everything(void) {
  Scene scene = set();
  Note note;
  CHECK_CODE(0, lacuna_delete_everything(scene.phone, true, LACUNA_BLOCKING, NULL, on_done));
  CHECK(count_here(scene.phone, LACUNA_CHAT, NULL) == 0 && count_there(scene.phone, LACUNA_CHAT, scene.peer) == 0);
  CHECK(notes_wait(scene.tablet_notes, REMOVED, 1, &note) && note.left == 0);
  CHECK(count_here(scene.tablet, LACUNA_CHAT, scene.peer) == 0);
  CHECK(count_here(scene.other, LACUNA_CHAT, scene.me) == 5 && count_there(scene.other, LACUNA_CHAT, scene.me) == 5);
  strike(&scene);
}

// A device that is away learns of it when it is back, before it is told that all is here.
static void while_away(void) {
  char *me = new_name("me"), *peer = new_name("peer"), *folder = new_folder();
  LacunaClient *other = logged_in(server_url(), peer), *phone = logged_in(server_url(), me);
  LacunaClient *tablet = client_in(server_url(), folder);
  CHECK_CODE(0, lacuna_login(tablet, me, "secret", false, LACUNA_BLOCKING, NULL, on_done));
  Notes *notes = notes_new(tablet);
  char *id = send_text(phone, peer, "hello", NULL);
  CHECK(arrives(tablet, notes, id));
  lacuna_client_free(tablet);
  notes_free(notes);
  const char *ids[] = {id};
  CHECK_CODE(0, lacuna_delete_from_server(phone, LACUNA_CHAT, peer, ids, 1, LACUNA_BLOCKING, NULL, on_done));
  tablet = client_in(server_url(), folder);
  notes = notes_new(tablet);
  CHECK_CODE(0, lacuna_auto_login(tablet, LACUNA_BLOCKING, NULL, on_text));
  Note note;
  CHECK(notes_wait(notes, REMOVED, 1, &note) && note.left == 0 && strcmp(note.conversation, peer) == 0);
  CHECK(notes_wait(notes, SYNC_FINISHED, 1, NULL));
  CHECK(count_here(tablet, LACUNA_CHAT, peer) == 0);
  lacuna_client_free(tablet);
  lacuna_client_free(phone);
  lacuna_client_free(other);
  notes_free(notes);
  free(id);
  free(folder);
  free(me);
  free(peer);
}

int main(void) {
  run("by id", by_id);
  run("by time", by_time);
  run("what is refused", refused);
  run("switched off", switched_off);
  run("on this device", on_this_device);
  run("conversations on the server", conversations_on_the_server);
  run("everything", everything);
  run("while away", while_away);
  return report();
}
