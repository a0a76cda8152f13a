#import <Lacuna/LacunaDefines.h>

NS_ASSUME_NONNULL_BEGIN

/// How much is logged.
typedef NS_ENUM(NSInteger, EMLogLevel) {
    /// Everything.
    EMLogLevelDebug = 0,
    /// Warnings and errors.
    EMLogLevelWarning = 1,
    /// Errors.
    EMLogLevelError = 2,
};

/// What a client is made with. Read once, by initializeSDKWithOptions:, unless it says otherwise.
@interface EMOptions : NSObject

/// The application, `org#name`.
@property (nonatomic, copy, readonly, null_unspecified) NSString *appkey;

/// Whether the log goes to the console. NO, as made. Never bodies of messages, never tokens. For the process, not for one
/// client.
@property (nonatomic, assign) BOOL enableConsoleLog;
/// How much is logged. EMLogLevelDebug, as made.
@property (nonatomic, assign) EMLogLevel logLevel;

/// Whether the SDK refuses a server without TLS. NO, as made. YES: restServer without a scheme means https, and one that
/// begins with http:// answers 110.
@property (nonatomic, assign) BOOL usingHttpsOnly;
/// Whether the next start takes up this login. YES, as made. The token is kept in dataFolder for it. Read when the SDK is
/// initialised.
@property (nonatomic, assign) BOOL isAutoLogin;
/// Whether the conversation of a group leaves this device, messages and all, when the user leaves the group, is removed from
/// it, or it is dismissed. YES, as made. Can be changed any time.
@property (nonatomic, assign) BOOL deleteMessagesOnLeaveGroup;
/// Whether sendMessageReadAck:toUser:completion: tells the sender. YES, as made. Can be changed any time.
@property (nonatomic, assign) BOOL enableRequireReadAck;
/// Whether the sender of a message is told when it arrives here. NO, as made.
@property (nonatomic, assign) BOOL enableDeliveryAck;
/// Whether lists of conversations hold empty ones. NO, as made.
@property (nonatomic) BOOL loadEmptyConversations;
/// Whether messagesDidReceive: also tells what this device sent, once the server has it. NO, as made. Can be changed any time.
@property (nonatomic) BOOL includeSendMessageInMessageListener;
/// Whether imported messages count as read. NO, as made. Can be changed any time.
@property (nonatomic) BOOL regardImportMessagesAsRead;
/// Changes nothing: conversations are read from the store when they are asked for, and never loaded ahead. YES, as made.
@property (nonatomic) BOOL autoLoadConversations;
/// What this device is called for people, in getLoggedInDevicesFromServer… of others. nil: a name of the SDK's choice.
@property (nonatomic, strong, null_unspecified) NSString *customDeviceName;

/// Options for an application.
+ (instancetype)optionsWithAppkey:(NSString *)aAppkey;

@end

NS_ASSUME_NONNULL_END
