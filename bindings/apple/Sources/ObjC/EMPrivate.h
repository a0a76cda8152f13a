// What the classes of the SDK may do with each other's objects, and apps may not.
#import <Lacuna/Lacuna.h>
#import "lacuna_c.h"
#import "EMArena.h"

NS_ASSUME_NONNULL_BEGIN

@class EMCore;

@interface EMMessageBody ()
/// The body of a message of the C library.
+ (EMMessageBody *)lacunaBodyOf:(const LacunaBody *)body;
/// Describes the body to the C library.
- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena;
@end

@interface EMChatMessage ()
/// A message of the C library.
- (instancetype)initWithLacunaMessage:(const LacunaMessage *)message;
/// Describes the message to the C library.
- (const LacunaMessage *)lacunaMessageIn:(EMArena *)arena;
/// Takes over what the store or the server has decided: the id, the names, the times and the states.
- (void)lacunaAdopt:(EMChatMessage *)kept;
@end

@interface EMConversation ()
/// A conversation of a client.
- (instancetype)initWithCore:(EMCore *)core type:(EMConversationType)type identifier:(NSString *)identifier;
@end

@interface EMOptions ()
@property (nonatomic, copy, readwrite, null_unspecified) NSString *appkey;
/// Describes the options to the C library; 110 if they contradict each other.
- (nullable EMError *)lacunaFill:(LacunaOptions *)options appkey:(NSString *)appkey arena:(EMArena *)arena;
/// What this device is called for people.
@property (nonatomic, readonly) NSString *lacunaDeviceName;
@end

@interface EMDeviceConfig ()
- (instancetype)initWithResource:(NSString *)resource uuid:(NSString *)uuid name:(NSString *)name;
@end

@interface EMGroup ()
@property (nonatomic, copy, readwrite, null_unspecified) NSString *groupName;
@property (nonatomic, copy, readwrite, null_unspecified) NSString *description;
@property (nonatomic, copy, readwrite, null_unspecified) NSString *owner;
@property (nonatomic, copy, readwrite, null_unspecified) NSArray<NSString *> *memberList;
@property (nonatomic, strong, readwrite, null_unspecified) NSArray<NSString *> *users;
@property (nonatomic, readwrite) NSInteger occupantsCount;
@property (nonatomic, readwrite) BOOL isPublic;
@end

NS_ASSUME_NONNULL_END
