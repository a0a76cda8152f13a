// What the C tests share: checks that go on after a failure, completions that can be waited for, an observer that takes notes.
#pragma once

#include "lacuna_c.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// How long a test waits for what must come. It is never waited out in a run that passes.
#define PATIENCE_SECONDS 60

#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define CHECK_CODE(expected, ...) check_code((expected), (__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

void check(bool passed, const char *what, const char *file, int line);
void check_code(int32_t expected, int32_t got, const char *what, const char *file, int line);
// Runs a test and says how it went.
void run(const char *name, void (*test)(void));
// What `main` returns.
int report(void);

// --- completions ----------------------------------------------------------------------------------------------------

#define TEXT_MAX 256
#define ITEMS_MAX 64

// What a completion was given. `context` of every call that is waited for. Made with `seen_new`, freed with `seen_free`.
typedef struct {
  sem_t there;
  atomic_int calls;
  pthread_t thread;
  int32_t code;
  bool described;
  int64_t count;
  char text[TEXT_MAX];
  char cursor[TEXT_MAX];
  size_t items;
  char ids[ITEMS_MAX][TEXT_MAX];
  int64_t times[ITEMS_MAX];
  int32_t statuses[ITEMS_MAX];
  bool is_read;
  // Called in the completion, if it is there.
  void (*inside)(void *);
  void *inside_context;
} Seen;

Seen *seen_new(void);
void seen_free(Seen *seen);
// Waits for the completion and gives its error's number.
int32_t seen_wait(Seen *seen);
// The text that a completion of its kind was given; frees `seen`. The next call of the thread overwrites it.
const char *seen_text(Seen *seen);

void on_done(void *context, const LacunaError *error);
void on_text(void *context, const char *text, const LacunaError *error);
void on_count(void *context, int64_t count, const LacunaError *error);
void on_messages(void *context, const LacunaMessages *messages, const LacunaError *error);
void on_conversations(void *context, const LacunaConversations *conversations, const LacunaError *error);
void on_devices(void *context, const LacunaDevices *devices, const LacunaError *error);
void on_groups(void *context, const LacunaGroups *groups, const LacunaError *error);
void on_members(void *context, const LacunaMembers *members, const LacunaError *error);

// --- what happens ---------------------------------------------------------------------------------------------------

enum Happening { CONNECTED, DISCONNECTED, KICKED, SYNC_FINISHED, RECEIVED, COMMAND, RECEIPT, REMOVED, CONVERSATION, GROUP, LISTED };

typedef struct {
  enum Happening what;
  char conversation[TEXT_MAX];
  char detail[TEXT_MAX];
  int32_t number;
  // Of REMOVED: how many messages of the conversation the store had when it was told.
  int64_t left;
} Note;

#define NOTES_MAX 4096

// An observer's notebook.
typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  Note notes[NOTES_MAX];
  size_t count;
  atomic_int released;
  atomic_int inside;
  const LacunaClient *client;
} Notes;

// Installs an observer that writes into a new notebook, which is freed with `notes_free`.
Notes *notes_new(const LacunaClient *client);
void notes_free(Notes *notes);
// Waits until `count` notes of a kind are there; gives the last of these. False if they do not come.
bool notes_wait(Notes *notes, enum Happening what, size_t count, Note *last);
// How many notes of a kind there are.
size_t notes_count(Notes *notes, enum Happening what);

// --- clients --------------------------------------------------------------------------------------------------------

// The server that the tests run against, and one that has deletion on the server switched off.
const char *server_url(void);
const char *server_off_url(void);
// A name that nobody has, and an empty folder. The caller frees them.
char *new_name(const char *prefix);
char *new_folder(void);

LacunaOptions options_for(const char *url, const char *folder);
LacunaClient *client_in(const char *url, const char *folder);
// A client in a folder of its own with a user logged in, who is registered if need be.
LacunaClient *logged_in(const char *url, const char *name);
// Sends a text and gives its id, which the caller frees, and its time.
char *send_text(const LacunaClient *client, const char *to, const char *text, int64_t *time);
LacunaMessage text_message(int32_t chat_type, const char *to, const char *text);
// How many messages of a conversation the store has; -1 after an error.
int64_t count_here(const LacunaClient *client, int32_t chat_type, const char *conversation);
// How many messages the server's history of a conversation has; -1 after an error.
int64_t count_there(const LacunaClient *client, int32_t chat_type, const char *conversation);
// Waits until the store of a client has a message.
bool arrives(const LacunaClient *client, Notes *notes, const char *id);
