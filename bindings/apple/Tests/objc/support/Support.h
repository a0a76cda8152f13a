// What the Objective-C tests share: checks that go on after a failure, completions that can be waited for, a delegate that takes
// notes, clients in folders of their own. Compiles with and without ARC.
#import <Lacuna/Lacuna.h>
#include <pthread.h>

#if __has_feature(objc_arc)
#define MADE(object) (object)
#define SUPER_DEALLOC ((void)0)
#else
#define MADE(object) [(object) autorelease]
#define SUPER_DEALLOC [super dealloc]
#endif

NS_ASSUME_NONNULL_BEGIN

/// How long a test waits for what must come. It is never waited out in a run that passes.
#define PATIENCE_SECONDS 60

#pragma mark - Checks

#define CHECK(...) check((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define CHECK_CODE(expected, ...) checkCode((expected), (__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define CHECK_EQUAL(expected, ...) checkEqual((expected), (__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
#define RUN(test) run(#test, test)

void check(BOOL passed, const char *what, const char *file, int line);
/// The number of an error, 0 for nil.
void checkCode(NSInteger expected, EMError *_Nullable error, const char *what, const char *file, int line);
void checkEqual(id _Nullable expected, id _Nullable got, const char *what, const char *file, int line);
/// Runs a test in a pool of its own, closes its clients, says how it went. Only those named in the arguments, if there are any.
void run(const char *name, void (*test)(void));
/// What `main` returns.
int report(void);
/// Whether something becomes true, while the main queue is served. For what no completion and no note tells.
BOOL becomes(BOOL (^condition)(void));

#pragma mark - Completions

/// What a completion was given, and when and where.
@interface Answer : NSObject
@property (atomic, strong, nullable) EMError *error;
@property (atomic, strong, nullable) id value;
@property (atomic) int calls;
@property (atomic) pthread_t thread;
+ (instancetype)answer;
- (void)give:(nullable id)value error:(nullable EMError *)error;
/// Waits for the completion.
- (nullable EMError *)wait;
/// Waits for the completion, which must not be an error, and gives what it was given.
- (nullable id)got;
/// Completions that give to this.
- (void (^)(EMError *_Nullable))none;
- (void (^)(id _Nullable, EMError *_Nullable))one;
- (void (^)(NSInteger, EMError *_Nullable))number;
@end

#pragma mark - What happens

/// A delegate of every kind. Each call becomes a line: what happened, and to what.
@interface Notebook : NSObject <EMClientDelegate, EMMultiDevicesDelegate, EMChatManagerDelegate, EMGroupManagerDelegate>
@property (nonatomic, readonly) dispatch_queue_t queue;
/// Added to everything of a client, on a queue of its own.
+ (instancetype)of:(EMClient *)client;
- (NSArray<NSString *> *)lines;
/// The lines that begin with a text.
- (NSArray<NSString *> *)linesOf:(NSString *)prefix;
/// Waits for the `count`th line that begins with a text, and gives it; nil if it does not come.
- (nullable NSString *)wait:(NSString *)prefix count:(NSUInteger)count;
/// The messages and objects that came with the lines.
- (NSArray *)objectsOf:(NSString *)prefix;
@end

#pragma mark - Clients

NSString *serverURL(void);
NSString *offURL(void);
NSString *newName(NSString *prefix);
NSString *newFolder(void);
EMOptions *optionsAt(NSString *url, NSString *folder);
/// A client that nobody is logged in with, in a folder of its own. It is closed when the test has ended.
EMClient *clientAt(NSString *url);
EMClient *clientWith(EMOptions *options);
/// The same, with a user logged in, who is registered if need be.
EMClient *login(NSString *url, NSString *name);

EMConversation *talk(EMClient *client, NSString *peer);
EMConversation *groupTalk(EMClient *client, NSString *group);
EMChatMessage *textTo(NSString *peer, NSString *text);
/// Sends a message and waits until the server has it.
EMChatMessage *sent(EMClient *client, EMChatMessage *message);
EMChatMessage *sendText(EMClient *client, NSString *peer, NSString *text);
/// Waits until a device has a message.
BOOL arrives(EMClient *client, Notebook *notes, EMChatMessage *message);
/// The texts of the messages that a device has of a conversation, oldest first.
NSArray<NSString *> *here(EMClient *client, NSString *peer);
/// The texts of the messages that the server has of a conversation in the user's history, oldest first.
NSArray<NSString *> *there(EMClient *client, NSString *peer);
NSString *textOf(EMChatMessage *_Nullable message);
NSArray<NSString *> *textsOf(NSArray<EMChatMessage *> *_Nullable messages);
NSArray<NSString *> *idsOf(NSArray<EMChatMessage *> *_Nullable messages);

/// A user with two devices, a peer with one, and five messages that all three have: from the user to the peer, m1 to m5, with
/// different timestamps. The first device has sent m1, m3 and m5, the peer m2 and m4.
@interface Scene : NSObject
@property (nonatomic, copy) NSString *me, *peer;
@property (nonatomic, strong) EMClient *phone, *tablet, *other;
@property (nonatomic, strong) Notebook *phoneNotes, *tabletNotes, *otherNotes;
@property (nonatomic, copy) NSArray<EMChatMessage *> *messages;
+ (instancetype)scene;
/// The conversation on the user's first device.
@property (nonatomic, readonly) EMConversation *conversation;
- (long long)timeOf:(NSUInteger)index;
- (NSString *)idOf:(NSUInteger)index;
/// Lets everything that was told before arrive at the tablet.
- (void)settle;
@end

NS_ASSUME_NONNULL_END
