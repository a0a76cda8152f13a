#import <Lacuna/EMClientDelegate.h>
#import <Lacuna/EMDeviceConfig.h>
#import <Lacuna/EMMultiDevicesDelegate.h>
#import <Lacuna/EMOptions+PrivateDeploy.h>
#import <Lacuna/IEMChatManager.h>
#import <Lacuna/IEMContactManager.h>
#import <Lacuna/IEMGroupManager.h>

NS_ASSUME_NONNULL_BEGIN

/// The client: who is logged in, and the way to everything else. Lacuna.h has the rules of all methods.
///
/// Until initializeSDKWithOptions: has succeeded, the managers are nil and calls answer 1.
@interface EMClient : NSObject

/// The client of the app.
+ (instancetype)sharedClient;
/// Ours: one more client, independent of the others, for several users or devices in one process. Give each a dataFolder of
/// its own. It ends with close, or when it is released.
- (instancetype)init;

/// The SDK's version: `0.1.0`.
@property (nonatomic, strong, readonly) NSString *version;
/// The user who is logged in; nil if nobody is.
@property (nonatomic, copy, readonly, nullable) NSString *currentUsername;
/// What the client was made with; nil before.
@property (nonatomic, strong, readonly, nullable) EMOptions *options;
/// Messages and conversations.
@property (nonatomic, strong, readonly, nullable) id<IEMChatManager> chatManager;
/// Contacts.
@property (nonatomic, strong, readonly, nullable) id<IEMContactManager> contactManager;
/// Groups.
@property (nonatomic, strong, readonly, nullable) id<IEMGroupManager> groupManager;
/// Whether the next start takes up this login: EMOptions.isAutoLogin is on, and a user has logged in and not out.
@property (nonatomic, readonly) BOOL isAutoLogin;
/// Whether a user is logged in, connected or not.
@property (nonatomic, readonly) BOOL isLoggedIn;
/// Whether there is a connection to the server right now.
@property (nonatomic, readonly) BOOL isConnected;
/// The token of the login; nil without one. Logs in again without a password.
@property (nonatomic, readonly, nullable) NSString *accessUserToken;

#pragma mark - Delegates

/// Adds a delegate, held weakly, called on the queue; nil is the main queue. Adding it again changes its queue.
- (void)addDelegate:(id<EMClientDelegate>)aDelegate delegateQueue:(nullable dispatch_queue_t)aQueue;
/// Removes a delegate. A call that is on its queue already may still come.
- (void)removeDelegate:(id<EMClientDelegate>)aDelegate;
/// Adds a delegate for what the user's other devices do, held weakly, called on the queue; nil is the main queue.
- (void)addMultiDevicesDelegate:(id<EMMultiDevicesDelegate>)aDelegate
                  delegateQueue:(nullable dispatch_queue_t)aQueue NS_SWIFT_NAME(addMultiDevices(delegate:queue:));
/// Removes a delegate. A call that is on its queue already may still come.
- (void)removeMultiDevicesDelegate:(id<EMMultiDevicesDelegate>)aDelegate;

#pragma mark - Starting and ending

/// Sets the client up; takes up the last login if there is one and EMOptions.isAutoLogin is on. The first call that succeeds
/// counts; later ones change nothing and give nil. Does not wait for the server. Sync. 100, 110, 3.
- (nullable EMError *)initializeSDKWithOptions:(EMOptions *)aOptions;
/// Changes the application, while nobody is logged in. Sync. 100; 200 while somebody is.
- (nullable EMError *)changeAppkey:(NSString *)aAppkey;
/// Ours: ends everything: the login (this device stays logged in for the next start), the threads, the files. Later calls
/// answer 201. Blocks until all is ended; completions of calls that run come before. Not from a completion.
- (void)close;

#pragma mark - Users

/// Registers a user, if the application lets everybody do so. Sync, server. 101, 102, 203, 208.
- (nullable EMError *)registerWithUsername:(NSString *)aUsername password:(NSString *)aPassword;
/// The same. Async, server. The block gets the name that was given.
- (void)registerWithUsername:(NSString *)aUsername
                    password:(NSString *)aPassword
                  completion:(void (^_Nullable)(NSString *aUsername, EMError *_Nullable aError))aCompletionBlock;

/// A token of a user, for their password; needs no login and makes none. Async, server. 101, 202, 204.
- (void)fetchTokenWithUsername:(NSString *)aUsername
                      password:(NSString *)aPassword
                    completion:(void (^_Nullable)(NSString *_Nullable aToken,
                                                  EMError *_Nullable aError))aCompletionBlock;

/// Logs a user in: opens the local store and connects; what came meanwhile is delivered in the background. Sync, server. 101,
/// 102, 200, 202, 204, 214, 218, 305.
- (nullable EMError *)loginWithUsername:(NSString *)aUsername password:(NSString *)aPassword;
/// The same. Async, server. The block gets the name that was given.
- (void)loginWithUsername:(NSString *)aUsername
                 password:(NSString *)aPassword
               completion:(void (^_Nullable)(NSString *aUsername, EMError *_Nullable aError))aCompletionBlock;
/// Logs a user in with a token. Sync, server. 101, 104, 200, 214, 218, 305.
- (nullable EMError *)loginWithUsername:(NSString *)aUsername token:(NSString *)aToken;
/// The same. Async, server. The block gets the name that was given.
- (void)loginWithUsername:(NSString *)aUsername
                    token:(NSString *)aToken
               completion:(void (^_Nullable)(NSString *aUsername, EMError *_Nullable aError))aCompletionBlock;

/// Replaces the token of the login, before the old one expires. Sync, server. 104, 201.
- (nullable EMError *)renewToken:(NSString *)newToken;
/// The same. Async, server.
- (void)renewToken:(NSString *)newToken completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

/// Logs out: ends the connection and closes the local store, which stays on the disk. The next start logs nobody in. There
/// is no push yet, so the argument changes nothing. Succeeds without a login and without a network. Sync.
- (nullable EMError *)logout:(BOOL)aIsUnbindDeviceToken;
/// The same. Async.
- (void)logout:(BOOL)aIsUnbindDeviceToken completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

#pragma mark - Devices

// These need no login.

/// The connected devices of a user, this one included. Sync, server. 202, 204.
- (nullable NSArray<EMDeviceConfig *> *)getLoggedInDevicesFromServerWithUsername:(NSString *)aUsername
                                                                        password:(NSString *)aPassword
                                                                           error:(EMError *_Nullable *_Nullable)pError;
/// The same. Async, server.
- (void)getLoggedInDevicesFromServerWithUsername:(NSString *)aUsername
                                        password:(NSString *)aPassword
                                      completion:(void (^_Nullable)(NSArray<EMDeviceConfig *> *_Nullable aList,
                                                                    EMError *_Nullable aError))aCompletionBlock;
/// The same, with a token. Async, server. 104.
- (void)getLoggedInDevicesFromServerWithUserId:(NSString *)aUserID
                                         token:(NSString *)aToken
                                    completion:(void (^_Nullable)(NSArray<EMDeviceConfig *> *_Nullable aList,
                                                                  EMError *_Nullable aError))aCompletionBlock;

/// Logs one device of a user out; it is told 217. Sync, server. 202, 204.
- (nullable EMError *)kickDeviceWithUsername:(NSString *)aUsername
                                    password:(NSString *)aPassword
                                    resource:(NSString *)aResource;
/// The same. Async, server.
- (void)kickDeviceWithUsername:(NSString *)aUsername
                      password:(NSString *)aPassword
                      resource:(NSString *)aResource
                    completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// The same, with a token. Async, server. 104.
- (void)kickDeviceWithUserId:(NSString *)aUserID
                       token:(NSString *)aToken
                    resource:(NSString *)aResource
                  completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

/// Logs every device of a user out, this one included if it is the user's; each is told 217. Sync, server. 202, 204.
- (nullable EMError *)kickAllDevicesWithUsername:(NSString *)aUsername password:(NSString *)aPassword;
/// The same. Async, server.
- (void)kickAllDevicesWithUsername:(NSString *)aUsername
                          password:(NSString *)aPassword
                        completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;
/// The same, with a token. Async, server. 104.
- (void)kickAllDevicesWithUserId:(NSString *)aUserID
                           token:(NSString *)aToken
                      completion:(void (^_Nullable)(EMError *_Nullable aError))aCompletionBlock;

/// This device; nil with 201 without a login. Sync.
- (nullable EMDeviceConfig *)getDeviceConfig:(EMError *_Nullable *_Nullable)pError;

@end

NS_ASSUME_NONNULL_END
