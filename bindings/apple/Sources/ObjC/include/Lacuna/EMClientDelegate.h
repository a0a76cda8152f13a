#import <Lacuna/EMError.h>
#import <Lacuna/EMLoginExtensionInfo.h>

NS_ASSUME_NONNULL_BEGIN

/// Whether there is a connection.
typedef NS_ENUM(NSInteger, EMConnectionState) {
    /// Logged in and connected.
    EMConnectionConnected = 0,
    /// Not; while a user is logged in, it is made again by itself.
    EMConnectionDisconnected = 1,
};

/// What happens to the login and the connection. A device that the server logs out does not connect again by itself, and does
/// not log in by itself at the next start.
@protocol EMClientDelegate <NSObject>
@optional

/// The connection was made or lost.
- (void)connectionStateDidChange:(EMConnectionState)aConnectionState;
/// The login of the last run was taken up (nil), or could not be. nil comes when the local store is open; the connection is
/// made as soon as it can be. Called once, after initializeSDKWithOptions:, if there was such a login.
- (void)autoLoginDidCompleteWithError:(nullable EMError *)aError;

/// 206: the same device logged in somewhere else, and this login is over.
- (void)userAccountDidLoginFromOtherDeviceWithInfo:(nullable EMLoginExtensionInfo *)info;
/// The same, with what the other device is called: empty. Called unless the delegate has the one above.
- (void)userAccountDidLoginFromOtherDevice:(nullable NSString *)aDeviceName;
/// The same. Called unless the delegate has one of those above.
- (void)userAccountDidLoginFromOtherDevice;
/// 207: the account was deleted, and this login is over.
- (void)userAccountDidRemoveFromServer;
/// 305: the server does not serve this user or this application.
- (void)userDidForbidByServer;
/// The server ended this login: 216, 217, 104 for a token that is refused, 214 or 100 if the device is not let in.
- (void)userAccountDidForcedToLogout:(nullable EMError *)aError;

/// 109: four fifths of the token's time are over. Renew it with renewToken:completion:.
- (void)tokenWillExpire:(EMErrorCode)aErrorCode;
/// 108: the token is not valid any more, and this login is over.
- (void)tokenDidExpire:(EMErrorCode)aErrorCode;

/// What came while the device was away is being delivered. Not called if there was nothing.
- (void)onOfflineMessageSyncStart;
/// It is all here, deletions by other devices included. Not called if the connection was lost before.
- (void)onOfflineMessageSyncFinish;

/// Ours: the local store was damaged and was built anew; what the server has can be fetched again.
- (void)onLocalStoreRecovered;

@end

NS_ASSUME_NONNULL_END
