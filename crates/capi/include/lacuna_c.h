/* Written by `cargo run -p xtask -- codegen` from crates/capi. Do not edit. */

#ifndef LACUNA_C_H
#define LACUNA_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* The C ABI of the client SDK: what the Swift and Objective-C SDK stands on. `include/lacuna_c.h` is its header.
 *
 * # One contract for every function
 *
 * - **Handles** are opaque. A `LacunaClient` may be used from any thread, by several at a time, until
 *   `lacuna_client_free`. NULL for a client is answered with 110.
 * - **Texts** are UTF-8 and end with a NUL. What is passed in is copied during the call; what a completion or an observer is
 *   given ends when that returns. A `char *` that a function returns is the caller's, for `lacuna_string_free`.
 * - **Calls** end with `mode`, `context` and `done`. With `LACUNA_LATER` a call returns 0 at once, and `done` is called
 *   exactly once on a thread of the library's own, one completion at a time, in no other order than that in which the work
 *   ends. With `LACUNA_BLOCKING` the work is done before the call returns, `done` is called once on the calling thread, and
 *   the call returns the error's number, or 0. `done` may be NULL; `context` is handed back and never looked into.
 * - **Completions** may make any call, blocking ones too, and may free the client. While one runs no other does.
 * - **Errors** have the numbers of `docs/errors`; 201 is checked before everything else. After an error nothing is half done.
 * - **Panics** never cross: what should not happen ends in error 1.
 */

// The call returns at once; its completion is called later, on a thread of the library's own, never before the call has
// begun to return and never twice.
#define LACUNA_LATER 0

// The call does its work on the calling thread; its completion is called once, on that thread, before the call returns.
#define LACUNA_BLOCKING 1

// A conversation with one other user.
#define LACUNA_CHAT 0

// A conversation in a group.
#define LACUNA_GROUP 1

// A conversation in a chat room. No server of this version has any: calls on one answer 505.
#define LACUNA_ROOM 2

// The user sent it.
#define LACUNA_SENT 0

// Somebody else did.
#define LACUNA_RECEIVED 1

// Made, and not handed to the connection.
#define LACUNA_STATUS_PENDING 0

// On its way.
#define LACUNA_STATUS_DELIVERING 1

// The server has it.
#define LACUNA_STATUS_SUCCEEDED 2

// Refused, or not sent in time.
#define LACUNA_STATUS_FAILED 3

// A kind that this version does not know.
#define LACUNA_BODY_OTHER 0

// Text.
#define LACUNA_BODY_TEXT 1

// An image.
#define LACUNA_BODY_IMAGE 2

// A video.
#define LACUNA_BODY_VIDEO 3

// A place.
#define LACUNA_BODY_LOCATION 4

// A voice note.
#define LACUNA_BODY_VOICE 5

// A file.
#define LACUNA_BODY_FILE 6

// A command.
#define LACUNA_BODY_COMMAND 7

// An app's own kind.
#define LACUNA_BODY_CUSTOM 8

// Several messages combined into one file.
#define LACUNA_BODY_COMBINE 9

// A message was read.
#define LACUNA_RECEIPT_READ 0

// A message arrived on a device of the other side.
#define LACUNA_RECEIPT_DELIVERED 1

// A whole conversation was read.
#define LACUNA_RECEIPT_CONVERSATION_READ 2

// Another device pinned the conversation.
#define LACUNA_CONVERSATION_PINNED 60

// Another device unpinned it.
#define LACUNA_CONVERSATION_UNPINNED 61

// Another device took it off the list.
#define LACUNA_CONVERSATION_DELETED 62

// The group was created.
#define LACUNA_GROUP_CREATED 0

// The group was dismissed.
#define LACUNA_GROUP_DESTROYED 1

// Users came.
#define LACUNA_GROUP_JOINED 2

// Users left.
#define LACUNA_GROUP_LEFT 3

// Users were invited.
#define LACUNA_GROUP_INVITED 4

// Users were removed.
#define LACUNA_GROUP_KICKED 5

// This user was put into the group.
#define LACUNA_GROUP_DIRECT_JOINED 6

// Anything else.
#define LACUNA_GROUP_OTHER 7

// Older messages: the newest that match.
#define LACUNA_UP 0

// Newer messages: the oldest that match.
#define LACUNA_DOWN 1

// The keyword is looked for in what messages say.
#define LACUNA_SCOPE_CONTENT 0

// In the app's own data of them.
#define LACUNA_SCOPE_EXT 1

// In both.
#define LACUNA_SCOPE_ALL 2

// One app's client on one device. Its functions may be called from any thread.
typedef struct LacunaClient LacunaClient;

// Why a call failed: a number of the product's list (`docs/errors`) and a text for people.
//
// Those that a completion is given are the library's and end when it returns; the one that `lacuna_client_new` gives is the
// caller's, to be freed with `lacuna_error_free`.
typedef struct LacunaError LacunaError;

// A file that a message speaks of. Texts may be NULL.
typedef struct {
  // Its name.
  const char *name;
  // Where it is on this device.
  const char *local_path;
  // Where it can be downloaded.
  const char *remote_path;
  // What the download needs.
  const char *secret;
  // Bytes.
  int64_t length;
  // Seconds, of voice and video.
  int32_t duration;
  // Pixels, of images and videos; zero if not known.
  double width;
  // Pixels, of images and videos; zero if not known.
  double height;
  // Where its thumbnail can be downloaded.
  const char *thumbnail_remote_path;
  // What that download needs.
  const char *thumbnail_secret;
} LacunaFile;

// What a message says. Only the fields of its kind mean something; texts may be NULL.
typedef struct {
  // `LACUNA_BODY_…`: says which fields count.
  int32_t kind;
  // The text of a text.
  const char *text;
  // The action of a command.
  const char *action;
  // The name of an app's own kind.
  const char *event;
  // The names of its fields, `field_count` of them.
  const char *const *field_names;
  // The values of its fields, `field_count` of them.
  const char *const *field_values;
  // How many fields it has.
  size_t field_count;
  // Degrees, of a place.
  double latitude;
  // Degrees, of a place.
  double longitude;
  // The place in words.
  const char *address;
  // The place's building.
  const char *building;
  // The title of combined messages.
  const char *title;
  // The summary of combined messages.
  const char *summary;
  // The file of an image, a video, a voice note, a file or of combined messages.
  LacunaFile file;
} LacunaBody;

// A message. What the library gives ends when the completion or observer returns; what it is given is copied during the
// call. Times are milliseconds since 1970.
typedef struct {
  // The server's id; before the server has acknowledged it, the device's own. NULL or empty for a new one.
  const char *id;
  // `LACUNA_CHAT` or `LACUNA_GROUP`.
  int32_t chat_type;
  // The conversation: the other user's name or the group's id.
  const char *conversation;
  // Who sent it.
  const char *from;
  // Whom it was sent to: a user, or the group.
  const char *to;
  // `LACUNA_SENT` or `LACUNA_RECEIVED`.
  int32_t direction;
  // `LACUNA_STATUS_…`.
  int32_t status;
  // When the server received it; before that, `local_time`.
  int64_t timestamp;
  // When this device made or received it.
  int64_t local_time;
  // Whether it was read on this device.
  bool is_read;
  // Whether the other side said that it has read it.
  bool is_read_acked;
  // Whether it arrived on a device of the other side, if that side says so.
  bool is_delivery_acked;
  // To send only to who is online; never history.
  bool online_only;
  // To send to these members of a group only, `receiver_count` names; NULL for all.
  const char *const *receivers;
  // How many receivers.
  size_t receiver_count;
  // The app's own data: a JSON object, or NULL.
  const char *ext;
  // What it says.
  LacunaBody body;
} LacunaMessage;

// A conversation.
typedef struct {
  // `LACUNA_CHAT` or `LACUNA_GROUP`.
  int32_t chat_type;
  // The other user's name or the group's id.
  const char *id;
  // Unread messages.
  int64_t unread;
  // When it was pinned, in milliseconds since 1970; zero if it is not.
  int64_t pinned_at;
  // The app's own data: a JSON object, or NULL.
  const char *ext;
  // The newest message; NULL for none.
  const LacunaMessage *latest;
} LacunaConversation;

// Conversations.
typedef struct {
  // The conversations, `count` of them.
  const LacunaConversation *items;
  // How many.
  size_t count;
  // Where the next page starts; NULL for the last one.
  const char *cursor;
} LacunaConversations;

// A completion with conversations; NULL after an error.
typedef void (*LacunaConversationsDone)(void *context,
                                        const LacunaConversations *conversations,
                                        const LacunaError *error);

// A completion without a result. `error` is NULL on success.
typedef void (*LacunaDone)(void *context, const LacunaError *error);

// Messages.
typedef struct {
  // The messages, `count` of them.
  const LacunaMessage *items;
  // How many.
  size_t count;
  // Where the next page starts; NULL for the last one.
  const char *cursor;
} LacunaMessages;

// A completion with messages; NULL after an error.
typedef void (*LacunaMessagesDone)(void *context, const LacunaMessages *messages, const LacunaError *error);

// A completion with a number; zero after an error.
typedef void (*LacunaCountDone)(void *context, int64_t count, const LacunaError *error);

// What a client is made of.
typedef struct {
  // The application, `org#name`.
  const char *app_key;
  // The base of the server's API: `http://HOST:PORT` or `https://HOST`.
  const char *rest_url;
  // The server's socket, `ws://HOST:PORT/websocket`; NULL for the same host as `rest_url`.
  const char *socket_url;
  // The folder of the local stores; NULL for the usual place for an app's data.
  const char *folder;
  // What this device is called for people; NULL for a default.
  const char *device_name;
  // Whether the login is remembered on this device, for `lacuna_auto_login`.
  bool auto_login;
  // Whether conversation lists hold empty conversations.
  bool empty_conversations;
  // Whether the sender of a message is told when it arrives here.
  bool delivery_receipts;
  // Whether imported messages count as read.
  bool imported_are_read;
  // Whether the messages of a group go from this device when the user is no longer in it.
  bool delete_on_leaving_group;
  // Whether the library's log is written to standard error: 0 not, 1 errors, 2 warnings too, 3 everything.
  int32_t log;
} LacunaOptions;

// A receipt.
typedef struct {
  // `LACUNA_RECEIPT_…`.
  int32_t kind;
  // Who says it: the other side, or this user on another device.
  const char *from;
  // The conversation's type.
  int32_t chat_type;
  // The conversation.
  const char *conversation;
  // The message; NULL for a whole conversation.
  const char *message;
  // When, in milliseconds since 1970.
  int64_t time;
} LacunaReceipt;

// A message that was taken back from everybody.
typedef struct {
  // The conversation's type.
  int32_t chat_type;
  // The conversation.
  const char *conversation;
  // The message's id.
  const char *message_id;
  // What it was; NULL if this device did not hold it.
  const LacunaMessage *message;
  // Who took it back.
  const char *by;
  // What that side says about it.
  const char *ext;
} LacunaRecall;

// Something that happened in a group.
typedef struct {
  // The group's id.
  const char *group;
  // `LACUNA_GROUP_…`.
  int32_t change;
  // Who did it.
  const char *by;
  // Whom it concerns, `user_count` names.
  const char *const *users;
  // How many.
  size_t user_count;
  // Whether this user is no longer in the group by it.
  bool is_out;
  // Why, in the doer's words.
  const char *reason;
} LacunaGroupEvent;

// Who is told what happens. Every function may be NULL; all are called one at a time, in the order in which things happened,
// on one thread of the library's own, after the local store has what they speak of. They may make calls on the local store,
// and others with `LACUNA_LATER`.
typedef struct {
  // Handed to every function.
  void *context;
  // Called once, when nothing more is told: the context can go.
  void (*release)(void *context);
  // The connection was made or lost.
  void (*connection_changed)(void *context, bool connected);
  // The server logged this device out for good: 100, 104, 206, 207, 214, 216, 217, 305.
  void (*kicked)(void *context, int32_t code);
  // The token ends soon.
  void (*token_will_expire)(void *context);
  // The token has ended; the device is logged out.
  void (*token_expired)(void *context);
  // What came while the device was away is being delivered.
  void (*sync_started)(void *context);
  // It is all here.
  void (*sync_finished)(void *context);
  // The local store was damaged, and was built anew.
  void (*store_recovered)(void *context);
  // Messages came.
  void (*messages_received)(void *context, const LacunaMessages *messages);
  // Commands came.
  void (*commands_received)(void *context, const LacunaMessages *messages);
  // A message's status changed while nobody waited for it.
  void (*message_status_changed)(void *context, const LacunaMessage *message);
  // Receipts came, `count` of them.
  void (*receipts_received)(void *context, const LacunaReceipt *receipts, size_t count);
  // A message was taken back from everybody.
  void (*message_recalled)(void *context, const LacunaRecall *recall);
  // A message's content was changed for everybody, by a user, at a time.
  void (*message_edited)(void *context, const LacunaMessage *message, const char *by, int64_t time);
  // The conversation list changed.
  void (*conversations_changed)(void *context);
  // Another device, or the server API (`device` is empty then), deleted messages; they are gone from this device already.
  // It is empty, too, for the messages of a conversation that was deleted with them: `conversation_event` names the device.
  void (*messages_removed)(void *context, int32_t chat_type, const char *conversation, const char *device);
  // Another device did something to a conversation: `LACUNA_CONVERSATION_…`.
  void (*conversation_event)(void *context,
                             int32_t event,
                             int32_t chat_type,
                             const char *conversation,
                             const char *device);
  // Something happened in a group.
  void (*group_event)(void *context, const LacunaGroupEvent *event);
} LacunaObserver;

// A completion with a text; NULL after an error, or if there is none.
typedef void (*LacunaTextDone)(void *context, const char *text, const LacunaError *error);

// A connected device of a user.
typedef struct {
  // What it is called on the wire.
  const char *resource;
  // Its own unique id.
  const char *uuid;
  // What it is called for people.
  const char *name;
} LacunaDevice;

// Connected devices.
typedef struct {
  // The devices, `count` of them.
  const LacunaDevice *items;
  // How many.
  size_t count;
} LacunaDevices;

// A completion with devices; NULL after an error.
typedef void (*LacunaDevicesDone)(void *context, const LacunaDevices *devices, const LacunaError *error);

// A group to create.
typedef struct {
  // Its name, at most 128 characters.
  const char *name;
  // What it is about, at most 512 characters; may be NULL.
  const char *description;
  // Who is in it beside its owner, `member_count` names; may be NULL.
  const char *const *members;
  // How many.
  size_t member_count;
  // Whether anybody may join it.
  bool is_public;
  // Whether members may invite others.
  bool member_invites;
  // Members at most; zero or less for the server's usual number.
  int32_t members_max;
} LacunaNewGroup;

// A group.
typedef struct {
  // Its id.
  const char *id;
  // Its name.
  const char *name;
  // What it is about; empty where a list does not say.
  const char *description;
  // Who owns it; empty where a list does not say.
  const char *owner;
  // How many are in it; zero where a list does not say.
  int64_t members;
  // Whether anybody may join it.
  bool is_public;
} LacunaGroup;

// Groups.
typedef struct {
  // The groups, `count` of them.
  const LacunaGroup *items;
  // How many.
  size_t count;
} LacunaGroups;

// A completion with groups; NULL after an error.
typedef void (*LacunaGroupsDone)(void *context, const LacunaGroups *groups, const LacunaError *error);

// A member of a group.
typedef struct {
  // Who.
  const char *name;
  // Whether it owns the group.
  bool is_owner;
} LacunaMember;

// Members of a group.
typedef struct {
  // The members, `count` of them.
  const LacunaMember *items;
  // How many.
  size_t count;
} LacunaMembers;

// A completion with members of a group; NULL after an error.
typedef void (*LacunaMembersDone)(void *context, const LacunaMembers *members, const LacunaError *error);

// Which history to fetch.
typedef struct {
  // The conversation's type.
  int32_t chat_type;
  // The conversation.
  const char *conversation;
  // Start beyond this message, exclusive; NULL or empty for the end.
  const char *cursor;
  // Messages of the page, 1 to 50.
  int32_t page_size;
  // `LACUNA_UP` or `LACUNA_DOWN`.
  int32_t direction;
  // Only of these kinds (`LACUNA_BODY_…`), `kind_count` of them; none for all.
  const int32_t *kinds;
  // How many kinds.
  size_t kind_count;
  // Only from these users, `sender_count` of them; none for all.
  const char *const *senders;
  // How many users.
  size_t sender_count;
  // Not before this time, in milliseconds since 1970; negative for any.
  int64_t start;
  // Not after this time; negative for any.
  int64_t end;
  // Whether to keep the messages on this device.
  bool save;
} LacunaHistoryQuery;

// Which messages to look up.
typedef struct {
  // The type of `conversation`.
  int32_t chat_type;
  // Only of this conversation; NULL for all.
  const char *conversation;
  // Only of these kinds (`LACUNA_BODY_…`), `kind_count` of them; none for all.
  const int32_t *kinds;
  // How many kinds.
  size_t kind_count;
  // Only from these users, `sender_count` of them; none for all.
  const char *const *senders;
  // How many users.
  size_t sender_count;
  // Only sent (`LACUNA_SENT`) or received (`LACUNA_RECEIVED`) ones; negative for both.
  int32_t side;
  // Only with this keyword; NULL or empty for all.
  const char *keyword;
  // Where the keyword is looked for: `LACUNA_SCOPE_…`.
  int32_t scope;
  // Start beyond this message, exclusive; NULL or empty for the end.
  const char *beyond;
  // Start beyond this time, exclusive, in milliseconds since 1970; negative for the end.
  int64_t timestamp;
  // Not before this time, inclusive; negative for any.
  int64_t start;
  // Not after this time, inclusive; negative for any.
  int64_t end;
  // Messages at most, 1 to 400; less counts as 1, more as 400.
  int32_t count;
  // `LACUNA_UP` or `LACUNA_DOWN`.
  int32_t direction;
} LacunaQuery;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The conversation list: pinned ones first, then by the newest message. 201, 3.
int32_t lacuna_conversations(const LacunaClient *client, int32_t mode, void *context, LacunaConversationsDone done);

// A conversation, as a list of one, or of none if there is none. `create` makes it. 201, 3, 110.
int32_t lacuna_conversation(const LacunaClient *client,
                            int32_t chat_type,
                            const char *conversation,
                            bool create,
                            int32_t mode,
                            void *context,
                            LacunaConversationsDone done);

// A conversation by its id alone, whatever its type: users and groups share one space of names, and where both are here the
// user is given. A list of one, or of none.
// 201, 3, 110.
int32_t lacuna_conversation_with_id(const LacunaClient *client,
                                    const char *conversation,
                                    int32_t mode,
                                    void *context,
                                    LacunaConversationsDone done);

// Makes conversations, `count` of them, where there are none. 201, 3, 110.
int32_t lacuna_open_conversations(const LacunaClient *client,
                                  const int32_t *chat_types,
                                  const char *const *conversations,
                                  size_t count,
                                  int32_t mode,
                                  void *context,
                                  LacunaDone done);

// Replaces the app's own data of a conversation: a JSON object, or NULL for none. 201, 3, 110.
int32_t lacuna_set_conversation_ext(const LacunaClient *client,
                                    int32_t chat_type,
                                    const char *conversation,
                                    const char *data,
                                    int32_t mode,
                                    void *context,
                                    LacunaDone done);

// Marks a message as read, on this device. One that is not here is no error. 201, 3; 500 for what is no id.
int32_t lacuna_mark_read(const LacunaClient *client,
                         const char *message_id,
                         int32_t mode,
                         void *context,
                         LacunaDone done);

// Marks every message of a conversation as read, on this device; of all conversations if `conversation` is NULL. 201, 3, 110.
int32_t lacuna_mark_all_read(const LacunaClient *client,
                             int32_t chat_type,
                             const char *conversation,
                             int32_t mode,
                             void *context,
                             LacunaDone done);

// Messages by id, of whatever conversation, in the order of the ids; those that are not here are left out. 201, 3.
int32_t lacuna_messages(const LacunaClient *client,
                        const char *const *ids,
                        size_t id_count,
                        int32_t mode,
                        void *context,
                        LacunaMessagesDone done);

// How many messages of a conversation are here; of all conversations if `conversation` is NULL. 201, 3, 110.
int32_t lacuna_count(const LacunaClient *client,
                     int32_t chat_type,
                     const char *conversation,
                     int32_t mode,
                     void *context,
                     LacunaCountDone done);

// How many messages of a conversation lie between two times, both ends included. 201, 3; 110 for a start after the end and
// for negative times.
int32_t lacuna_count_between(const LacunaClient *client,
                             int32_t chat_type,
                             const char *conversation,
                             int64_t start,
                             int64_t end,
                             int32_t mode,
                             void *context,
                             LacunaCountDone done);

// Puts a message into the local store of a conversation, at its place in time; it is never sent. One that has a server's id is
// kept under it; another gets an id of this device. `done` is given the message as it is kept. 201, 3, 110; 107 if the
// message belongs to another conversation.
int32_t lacuna_insert(const LacunaClient *client,
                      int32_t chat_type,
                      const char *conversation,
                      const LacunaMessage *message,
                      int32_t mode,
                      void *context,
                      LacunaMessagesDone done);

// Takes over messages that this user sent or received, `count` of them, under their ids: from another app's store, or from a
// backup. What the user has deleted does not come back. At most 1,000 in one call. `done` is given how many are new here. 201,
// 3, 110.
int32_t lacuna_import(const LacunaClient *client,
                      const LacunaMessage *const *messages,
                      size_t count,
                      int32_t mode,
                      void *context,
                      LacunaCountDone done);

// Replaces the body and the app's own data of a message on this device. Its id, names and time stay. `done` is given the
// message as it is now. 201, 3, 500.
int32_t lacuna_update(const LacunaClient *client,
                      const LacunaMessage *message,
                      int32_t mode,
                      void *context,
                      LacunaMessagesDone done);

// Notes where the file of a message was downloaded to. It is removed with the message. 201, 3, 110, 500.
int32_t lacuna_set_local_file(const LacunaClient *client,
                              const char *message_id,
                              const char *path,
                              int32_t mode,
                              void *context,
                              LacunaDone done);

// The library's version. It is not freed.
const char *lacuna_version(void);

// Makes a client that nobody is logged in with yet. Returns NULL and gives `client`, or an error that is the caller's: 100
// for an application's key that makes no sense, 110.
LacunaError *lacuna_client_new(const LacunaOptions *options,
                               LacunaClient **client);

// Logs out, ends every thread of the client and frees it. Completions that are still owed are called first, with 201. NULL
// does nothing. A completion or an observer may call it; it then returns without waiting for itself.
void lacuna_client_free(LacunaClient *client);

// Sets who is told what happens, in the place of whoever was; NULL for nobody. The struct is copied; `release` is called once
// with its `context` when it is told nothing more.
void lacuna_client_set_observer(const LacunaClient *client,
                                const LacunaObserver *observer);

// The user who is logged in, or NULL. The caller frees it.
char *lacuna_current_user(const LacunaClient *client);

// The token of the login, or NULL. The caller frees it.
char *lacuna_token(const LacunaClient *client);

// What this device is called on the wire while somebody is logged in, or NULL. The caller frees it.
char *lacuna_resource(const LacunaClient *client);

// Whether there is a connection right now.
bool lacuna_is_connected(const LacunaClient *client);

// Registers a user. 101, 102, 203, 208, 300, 301.
int32_t lacuna_register(const LacunaClient *client,
                        const char *name,
                        const char *password,
                        int32_t mode,
                        void *context,
                        LacunaDone done);

// Logs a user in, with a password or (`is_token`) a token. The local store is open and the device connected when `done` is
// called. 101, 102, 104, 200, 202, 204, 218, 300, 301.
int32_t lacuna_login(const LacunaClient *client,
                     const char *name,
                     const char *secret,
                     bool is_token,
                     int32_t mode,
                     void *context,
                     LacunaDone done);

// Takes up the login that was remembered on this device, without waiting for the server: the local store is open when `done`
// is called, with the user's name. Without such a login `done` is given neither a name nor an error.
int32_t lacuna_auto_login(const LacunaClient *client,
                          int32_t mode,
                          void *context,
                          LacunaTextDone done);

// Whether a login is remembered on this device.
bool lacuna_has_auto_login(const LacunaClient *client);

// Gets a token of a user from the server. Works without a login. 101, 202, 204.
int32_t lacuna_fetch_token(const LacunaClient *client,
                           const char *name,
                           const char *password,
                           int32_t mode,
                           void *context,
                           LacunaTextDone done);

// Replaces the token of the login. 201, 104.
int32_t lacuna_renew_token(const LacunaClient *client, const char *token, int32_t mode, void *context, LacunaDone done);

// Logs out and closes the local store, which stays on the disk. Without a login it does nothing.
int32_t lacuna_logout(const LacunaClient *client, int32_t mode, void *context, LacunaDone done);

// Deletes messages by id: from the user's history on the server, from this device and from the user's other devices. Nobody
// else's history changes. 1 to 50 ids; unknown ones are ignored. 201, 110, 300, 301, 505.
int32_t lacuna_delete_from_server(const LacunaClient *client,
                                  int32_t chat_type,
                                  const char *conversation,
                                  const char *const *ids,
                                  size_t id_count,
                                  int32_t mode,
                                  void *context,
                                  LacunaDone done);

// Deletes everything of a conversation up to a time in milliseconds since 1970, that time included, as
// `lacuna_delete_from_server` does. 201, 110, 300, 301, 505.
int32_t lacuna_delete_from_server_through(const LacunaClient *client,
                                          int32_t chat_type,
                                          const char *conversation,
                                          double timestamp,
                                          int32_t mode,
                                          void *context,
                                          LacunaDone done);

// Takes a conversation off the user's list, on the server and here; with its messages, or with them left in the history. 201,
// 110, 300, 301.
int32_t lacuna_delete_server_conversation(const LacunaClient *client,
                                          int32_t chat_type,
                                          const char *conversation,
                                          bool with_messages,
                                          int32_t mode,
                                          void *context,
                                          LacunaDone done);

// Deletes every message and every conversation: here, and if `on_server` on the server and on the user's other devices. 201,
// 300, 301, 505.
int32_t lacuna_delete_everything(const LacunaClient *client,
                                 bool on_server,
                                 int32_t mode,
                                 void *context,
                                 LacunaDone done);

// Deletes one message of a conversation from this device. Succeeds if it is not there. 201, 3, 110.
int32_t lacuna_delete_message(const LacunaClient *client,
                              int32_t chat_type,
                              const char *conversation,
                              const char *message_id,
                              int32_t mode,
                              void *context,
                              LacunaDone done);

// Deletes every message of a conversation from this device; the conversation stays, empty. 201, 3, 110.
int32_t lacuna_delete_all_messages(const LacunaClient *client,
                                   int32_t chat_type,
                                   const char *conversation,
                                   int32_t mode,
                                   void *context,
                                   LacunaDone done);

// Deletes the messages of a conversation between two times from this device, both ends included. 201, 3; 110 for a start
// after the end and for negative times.
int32_t lacuna_delete_messages_between(const LacunaClient *client,
                                       int32_t chat_type,
                                       const char *conversation,
                                       int64_t start,
                                       int64_t end,
                                       int32_t mode,
                                       void *context,
                                       LacunaDone done);

// Deletes the messages of every conversation that are older than a time from this device; those of that time stay. 201, 3,
// 110.
int32_t lacuna_delete_messages_before(const LacunaClient *client,
                                      int64_t timestamp,
                                      int32_t mode,
                                      void *context,
                                      LacunaDone done);

// Takes conversations off this device's list, `count` of them; with their messages and files, or with them kept. 201, 3, 110.
int32_t lacuna_delete_conversations(const LacunaClient *client,
                                    const int32_t *chat_types,
                                    const char *const *conversations,
                                    size_t count,
                                    bool with_messages,
                                    int32_t mode,
                                    void *context,
                                    LacunaDone done);

// The connected devices of a user, with the user's password or (`is_token`) token. Works without a login. 101, 104, 202, 204,
// 300, 301.
int32_t lacuna_devices(const LacunaClient *client,
                       const char *name,
                       const char *secret,
                       bool is_token,
                       int32_t mode,
                       void *context,
                       LacunaDevicesDone done);

// The connected devices of the user who is logged in, without this one. 201, 300, 301.
int32_t lacuna_other_devices(const LacunaClient *client, int32_t mode, void *context, LacunaDevicesDone done);

// Logs a device of a user out, or all of them if `resource` is NULL; they are told 217. Works without a login. 101, 104, 110,
// 202, 204, 300, 301.
int32_t lacuna_kick_device(const LacunaClient *client,
                           const char *name,
                           const char *secret,
                           bool is_token,
                           const char *resource,
                           int32_t mode,
                           void *context,
                           LacunaDone done);

// The number of an error; 0 for NULL.
int32_t lacuna_error_code(const LacunaError *error);

// What happened, in words. It lives as long as the error. NULL for NULL.
const char *lacuna_error_description(const LacunaError *error);

// Frees an error that is the caller's. NULL does nothing.
void lacuna_error_free(LacunaError *error);

// Frees a text that is the caller's. NULL does nothing.
void lacuna_string_free(char *text);

// Creates a group that the user owns. `done` is given its id. 201, 4, 110, 204, 300, 301.
int32_t lacuna_create_group(const LacunaClient *client,
                            const LacunaNewGroup *group,
                            int32_t mode,
                            void *context,
                            LacunaTextDone done);

// A group, as a list of one. 201, 300, 301, 606.
int32_t lacuna_group(const LacunaClient *client, const char *group, int32_t mode, void *context, LacunaGroupsDone done);

// The groups that the user is in. 201, 300, 301.
int32_t lacuna_joined_groups(const LacunaClient *client, int32_t mode, void *context, LacunaGroupsDone done);

// A page of a group's members, from page 1, of at most 1,000. 201, 110, 300, 301, 606.
int32_t lacuna_group_members(const LacunaClient *client,
                             const char *group,
                             int32_t page,
                             int32_t page_size,
                             int32_t mode,
                             void *context,
                             LacunaMembersDone done);

// Joins a public group. 201, 300, 301, 601, 603, 604, 606.
int32_t lacuna_join_group(const LacunaClient *client, const char *group, int32_t mode, void *context, LacunaDone done);

// Leaves a group. 201, 300, 301, 602, 606; 603 for its owner.
int32_t lacuna_leave_group(const LacunaClient *client, const char *group, int32_t mode, void *context, LacunaDone done);

// Dismisses a group that the user owns. 201, 300, 301, 603, 606.
int32_t lacuna_destroy_group(const LacunaClient *client,
                             const char *group,
                             int32_t mode,
                             void *context,
                             LacunaDone done);

// Invites users into a group, `count` names. 201, 110, 204, 300, 301, 602, 603, 604, 606.
int32_t lacuna_invite_to_group(const LacunaClient *client,
                               const char *group,
                               const char *const *users,
                               size_t count,
                               int32_t mode,
                               void *context,
                               LacunaDone done);

// Removes users from a group that the user owns, `count` names. 201, 110, 300, 301, 602, 603, 606.
int32_t lacuna_kick_from_group(const LacunaClient *client,
                               const char *group,
                               const char *const *users,
                               size_t count,
                               int32_t mode,
                               void *context,
                               LacunaDone done);

// Fetches a page of the user's history on the server, in the direction that is asked for. Nothing that the user deleted on
// the server is in it. 201, 110, 300, 301, 602.
int32_t lacuna_fetch_history(const LacunaClient *client,
                             const LacunaHistoryQuery *query,
                             int32_t mode,
                             void *context,
                             LacunaMessagesDone done);

// Fetches a page of the user's conversation list on the server, 1 to 50 of them, pinned ones first; or, with `pinned_only`,
// the pinned ones. What it says of pins is noted on this device. 201, 110, 300, 301.
int32_t lacuna_fetch_conversations(const LacunaClient *client,
                                   const char *cursor,
                                   int32_t page_size,
                                   bool pinned_only,
                                   int32_t mode,
                                   void *context,
                                   LacunaConversationsDone done);

// Pins or unpins a conversation, for all of the user's devices. 201, 110, 300, 301; 4 past 50 pinned ones.
int32_t lacuna_set_pinned(const LacunaClient *client,
                          int32_t chat_type,
                          const char *conversation,
                          bool pinned,
                          int32_t mode,
                          void *context,
                          LacunaDone done);

// Looks messages up. They are given from the oldest to the newest, whatever the direction. 201, 3, 110.
int32_t lacuna_find(const LacunaClient *client,
                    const LacunaQuery *query,
                    int32_t mode,
                    void *context,
                    LacunaMessagesDone done);

// A new id for a message that no server has yet: what a message is known by from when it is made until it is acknowledged.
// The caller frees it.
char *lacuna_new_message_id(void);

// Sends a message; one that failed and is still here is sent once more under its own id. It is in the local store when the
// call returns, whatever the mode; `kept`, if it is not NULL, gets the id
// under which (NULL after an error; the caller frees it). `done` is given the message as the server has it. 201, 110, 204,
// 300, 301, 400, 402, 507–510, 602, 606; 402 for an attachment that is only on this device: the server takes no files.
int32_t lacuna_send(const LacunaClient *client,
                    const LacunaMessage *message,
                    char **kept,
                    int32_t mode,
                    void *context,
                    LacunaMessagesDone done);

// Sends a message that failed once more. 201, 110, and those of `lacuna_send`.
int32_t lacuna_resend(const LacunaClient *client,
                      const char *message_id,
                      int32_t mode,
                      void *context,
                      LacunaMessagesDone done);

// Tells the sender of a message that it was read, and marks it as read here. 201, 500.
int32_t lacuna_send_read_receipt(const LacunaClient *client,
                                 const char *message_id,
                                 int32_t mode,
                                 void *context,
                                 LacunaDone done);

// Tells the other side, the server and this user's other devices that a whole conversation was read. 201, 110, 300.
int32_t lacuna_send_conversation_read(const LacunaClient *client,
                                      int32_t chat_type,
                                      const char *conversation,
                                      int32_t mode,
                                      void *context,
                                      LacunaDone done);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LACUNA_C_H */
