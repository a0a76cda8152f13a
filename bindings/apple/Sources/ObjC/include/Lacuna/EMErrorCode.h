// Why a call failed: one number for each reason. Some belong to features that the SDK does not have yet, and are never
// answered; they are here so that an app that names them compiles.

#import <Lacuna/LacunaDefines.h>

/// The reasons.
typedef NS_ENUM(NSInteger, EMErrorCode) {
    /// Success. An EMError never has it.
    EMErrorNoError = 0,

    // Anything.
    /// Something that no other code names.
    EMErrorGeneral = 1,
    /// The device has no network.
    EMErrorNetworkUnavailable = 2,
    /// The local store failed.
    EMErrorDatabaseOperationFailed = 3,
    /// A limit of the application is reached.
    EMErrorExceedServiceLimit = 4,
    /// Not used any more.
    EMErrorServiceArrearages = 5,
    /// A push could not be reported.
    EMErrorPushReportActionFailed = 6,
    /// Some of it was done.
    EMErrorPartialSuccess = 7,
    /// The application has as many active users as it may have.
    EMErrorAppActiveNumbersReachLimitation = 8,

    // What the caller gave.
    /// There is no such application, or its key is not of the form org#name.
    EMErrorInvalidAppkey = 100,
    /// The user name is empty or not legal.
    EMErrorInvalidUsername = 101,
    /// The password is empty or not legal.
    EMErrorInvalidPassword = 102,
    /// Not used any more.
    EMErrorInvalidURL = 103,
    /// The token is missing, unknown or has expired.
    EMErrorInvalidToken = 104,
    /// The user name is longer than 64 bytes.
    EMErrorUsernameTooLong = 105,
    /// The conversation list is not kept on the server.
    EMErrorChannelSyncNotOpen = 106,
    /// There is no such conversation, or the message belongs to another.
    EMErrorInvalidConversation = 107,
    /// The token of the login has expired.
    EMErrorTokenExpire = 108,
    /// The token of the login expires soon.
    EMErrorTokeWillExpire = 109,
    /// An argument makes no sense. Nothing was done.
    EMErrorInvalidParam = 110,
    /// The call is not supported here.
    EMErrorOperationUnsupported = 111,
    /// More was asked for than one call may ask for.
    EMErrorQueryParamReachesLimit = 112,

    // Users and logins.
    /// This user is logged in already.
    EMErrorUserAlreadyLoginSame = 200,
    /// Nobody is logged in.
    EMErrorUserNotLogin = 201,
    /// Name and password, or name and token, do not match.
    EMErrorUserAuthenticationFailed = 202,
    /// The name is taken.
    EMErrorUserAlreadyExist = 203,
    /// Nobody has the name.
    EMErrorUserNotFound = 204,
    /// An argument about a user is not legal.
    EMErrorUserIllegalArgument = 205,
    /// The user logged in on another device, and this one was logged out for it.
    EMErrorUserLoginOnAnotherDevice = 206,
    /// The account was deleted.
    EMErrorUserRemoved = 207,
    /// Registration failed: it may not be open to everybody.
    EMErrorUserRegisterFailed = 208,
    /// The push settings could not be changed.
    EMErrorUpdateApnsConfigsFailed = 209,
    /// The user may not do this.
    EMErrorUserPermissionDenied = 210,
    /// The push token could not be bound.
    EMErrorUserBindDeviceTokenFailed = 211,
    /// The push token could not be unbound.
    EMErrorUserUnbindDeviceTokenFailed = 212,
    /// The user is bound to another device.
    EMErrorUserBindAnotherDevice = 213,
    /// The user is logged in on too many devices.
    EMErrorUserLoginTooManyDevices = 214,
    /// The user is muted in the group.
    EMErrorUserMuted = 215,
    /// The password was changed, which logged this device out.
    EMErrorUserKickedByChangePassword = 216,
    /// Another device, or the server's API, logged this one out.
    EMErrorUserKickedByOtherDevice = 217,
    /// Another user is logged in.
    EMErrorUserAlreadyLoginAnother = 218,
    /// The user is muted everywhere.
    EMErrorUserMutedByAdmin = 219,
    /// The device is not the one that logged in.
    EMErrorUserDeviceChanged = 220,
    /// The receiver takes messages from contacts only.
    EMErrorUserNotOnRoster = 221,

    // The server and the way to it.
    /// There is no connection to the server.
    EMErrorServerNotReachable = 300,
    /// The server did not answer in time: within 30 seconds, or 60 for a message.
    EMErrorServerTimeout = 301,
    /// The server has too much to do; try again later.
    EMErrorServerBusy = 302,
    /// The server failed, or answered something unknown.
    EMErrorServerUnknownError = 303,
    /// The list of servers could not be fetched.
    EMErrorServerGetDNSConfigFailed = 304,
    /// The server does not serve this user or this application.
    EMErrorServerServingForbidden = 305,
    /// The server's answer could not be decrypted.
    EMErrorServerDecryptionFailed = 306,
    /// The settings for calls could not be fetched.
    EMErrorServerGetRTCConfigFailed = 307,
    /// The server has nothing under that address.
    EMErrorServerNoMatchURL = 308,
    /// Connecting took too long.
    EMErrorConnectionTimeout = 350,
    /// The server's name was not found.
    EMErrorConnectionDNSError = 351,
    /// The connection could not be read or written.
    EMErrorConnectionIOError = 352,
    /// The connection was closed.
    EMErrorConnectionStreamClosed = 353,
    /// The server did not let the connection in, in time.
    EMErrorConnectionProvisionTimeout = 354,

    // Files.
    /// There is no such file.
    EMErrorFileNotFound = 400,
    /// The file is of no use.
    EMErrorFileInvalid = 401,
    /// The file could not be uploaded.
    EMErrorFileUploadFailed = 402,
    /// The file could not be downloaded.
    EMErrorFileDownloadFailed = 403,
    /// The file could not be deleted.
    EMErrorFileDeleteFailed = 404,
    /// The file is too large.
    EMErrorFileTooLarge = 405,
    /// The content of the file is not allowed.
    EMErrorFileContentImproper = 406,
    /// The file is not kept any more.
    EMErrorFileExpired = 407,
    /// The recording is too long.
    EMErrorFileDurationTooLong = 408,
    /// The voice could not be turned into text.
    EMErrorFileVoiceToTextFailed = 409,

    // Messages.
    /// There is no such message, or it cannot be sent as it is.
    EMErrorMessageInvalid = 500,
    /// The content of the message is not allowed.
    EMErrorMessageIncludeIllegalContent = 501,
    /// Too many messages in too short a time.
    EMErrorMessageTrafficLimit = 502,
    /// Not used any more.
    EMErrorMessageEncryption = 503,
    /// The message is too old to be recalled.
    EMErrorMessageRecallTimeLimit = 504,
    /// The feature is switched off for the application: deletion of history among them.
    EMErrorServiceNotEnable = 505,
    /// The message is too old for a group receipt.
    EMErrorMessageExpired = 506,
    /// The sender is not on the group's list of those who may send.
    EMErrorMessageIllegalWhiteList = 507,
    /// A rule of the server refused the message.
    EMErrorMessageExternalLogicBlocked = 508,
    /// The user sends too fast.
    EMErrorMessageCurrentLimiting = 509,
    /// The message is larger than 5 KB.
    EMErrorMessageSizeLimit = 510,
    /// The message could not be edited.
    EMErrorEditFailed = 511,
    /// The pieces of a streamed message came too slowly.
    EMErrorStreamIntervalTimeout = 512,
    /// A streamed message took too long.
    EMErrorMessageStreamTimeout = 513,

    // Groups.
    /// The id is not that of a group.
    EMErrorGroupInvalidId = 600,
    /// The user is a member already.
    EMErrorGroupAlreadyJoined = 601,
    /// The user is no member.
    EMErrorGroupNotJoined = 602,
    /// The group does not let the user do this.
    EMErrorGroupPermissionDenied = 603,
    /// The group is full.
    EMErrorGroupMembersFull = 604,
    /// The group has no such file.
    EMErrorGroupSharedFileInvalidId = 605,
    /// There is no such group.
    EMErrorGroupNotExist = 606,
    /// The group is switched off.
    EMErrorGroupDisabled = 607,
    /// The group's name is not allowed.
    EMErrorGroupNameViolation = 608,
    /// Too many attributes of a member.
    EMErrorGroupMemberAttributesReachLimit = 609,
    /// The attributes of a member could not be changed.
    EMErrorGroupMemberAttributesUpdateFailed = 610,
    /// The name of an attribute is longer than 16 bytes.
    EMErrorGroupMemberAttributesKeyReachLimit = 611,
    /// The value of an attribute is longer than 512 bytes.
    EMErrorGroupMemberAttributesValueReachLimit = 612,
    /// The user is on the group's block list.
    EMErrorGroupUserInBlockList = 613,

    // Chat rooms.
    /// The id is not that of a room.
    EMErrorChatroomInvalidId = 700,
    /// The user is in the room already.
    EMErrorChatroomAlreadyJoined = 701,
    /// The user is not in the room.
    EMErrorChatroomNotJoined = 702,
    /// The room does not let the user do this.
    EMErrorChatroomPermissionDenied = 703,
    /// The room is full.
    EMErrorChatroomMembersFull = 704,
    /// There is no such room.
    EMErrorChatroomNotExist = 705,
    /// The owner cannot leave the room.
    EMErrorChatroomOwnerNotAllowLeave = 706,
    /// The user is on the room's block list.
    EMErrorChatroomUserInBlockList = 707,

    // User attributes.
    /// More than 100 users in one call.
    EMErrorUserCountExceed = 900,
    /// The attributes are too long.
    EMErrorUserInfoDataLengthExceed = 901,

    // Contacts.
    /// The contact could not be added. The name is spelled as apps know it.
    EMErrorContactAddFaild = 1000,
    /// The user has as many contacts as one may have.
    EMErrorContactReachLimit = 1001,
    /// The other side has as many contacts as one may have.
    EMErrorContactReachLimitPeer = 1002,

    // Presence.
    /// Too many users in one call.
    EMErrorPresenceParamExceed = 1100,
    /// One cannot subscribe to oneself.
    EMErrorPresenceCannotSubscribeSelf = 1101,

    // Translation.
    /// An argument of a translation makes no sense.
    EMErrorTranslateParamError = 1110,
    /// Translation is switched off.
    EMErrorTranslateServiceNotEnabled = 1111,
    /// As much was translated as may be.
    EMErrorTranslateUsageLimit = 1112,
    /// The translation failed.
    EMErrorTranslateServiceFail = 1113,

    // Checks of content.
    /// The content was refused.
    EMErrorModerationFailed = 1200,
    /// A service beside the server failed.
    EMErrorThirdServiceFailed = 1299,

    // Reactions.
    /// The message has as many reactions as it may have.
    EMErrorReactionReachLimit = 1300,
    /// The user has reacted so already.
    EMErrorReactionHasBeenOperated = 1301,
    /// The user may not react here.
    EMErrorReactionOperationIsIllegal = 1302,

    // Threads and push.
    /// There is no such thread.
    EMErrorThreadNotExist = 1400,
    /// The message has a thread already, or the user is in the thread already.
    EMErrorThreadAlreadyExist = 1401,
    /// A thread cannot be made of this message.
    EMErrorThreadCreateMessageIllegal = 1402,
    /// This way of push is not supported.
    EMErrorNotSupportPush = 1403,
    /// Push could not be bound.
    EMErrorPushBindFailed = 1501,
    /// Push could not be unbound.
    EMErrorPushUnBindFailed = 1502,
};
