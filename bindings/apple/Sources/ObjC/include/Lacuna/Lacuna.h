// The client SDK of Lacuna. Everything public is declared in the headers below.
//
// These rules hold for every method, and are not repeated at each:
//
// - A method with a completion block is asynchronous: it returns at once, and never runs the block on the caller's stack.
//   Blocks run on a thread of the SDK's own, one at a time. A block may call every method, the blocking ones too.
//   A nil block is allowed.
// - A method that returns an EMError or takes `error:` is synchronous and blocks the calling thread: for the disk, or for
//   the server where its comment says "Server". nil means success. `error:` may be NULL; on success it is set to nil.
// - What needs a login answers 201 without one, before it looks at anything else. Errors are named by number; EMErrorCode.h
//   has the names. Beside those that are listed, what asks the server can answer 2, 104, 108, 300, 301, 302 and 303, and
//   what uses the local store 3.
// - Times are Unix times in milliseconds, also where the type is NSTimeInterval.
// - User names are compared without regard to case; the SDK spells them in lower case.
// - Delegates are held weakly, and any number can be added. Each is called on the queue that it was added with, nil being
//   the main queue, in the order in which things happened, after the local store has what they speak of.

#import <Lacuna/LacunaDefines.h>

#import <Lacuna/EMErrorCode.h>
#import <Lacuna/EMError.h>
#import <Lacuna/EMCursorResult.h>

#import <Lacuna/EMMessageBody.h>
#import <Lacuna/EMTextMessageBody.h>
#import <Lacuna/EMLocationMessageBody.h>
#import <Lacuna/EMCmdMessageBody.h>
#import <Lacuna/EMCustomMessageBody.h>
#import <Lacuna/EMFileMessageBody.h>
#import <Lacuna/EMImageMessageBody.h>
#import <Lacuna/EMVideoMessageBody.h>
#import <Lacuna/EMVoiceMessageBody.h>
#import <Lacuna/EMCombineMessageBody.h>
#import <Lacuna/EMChatMessage.h>
#import <Lacuna/EMConversation.h>

#import <Lacuna/EMRecallMessageInfo.h>
#import <Lacuna/EMFetchServerMessagesOption.h>
#import <Lacuna/EMChatManagerDelegate.h>
#import <Lacuna/IEMChatManager.h>

#import <Lacuna/EMGroupOptions.h>
#import <Lacuna/EMGroup.h>
#import <Lacuna/EMGroupManagerDelegate.h>
#import <Lacuna/IEMGroupManager.h>

#import <Lacuna/IEMContactManager.h>

#import <Lacuna/EMDeviceConfig.h>
#import <Lacuna/EMLoginExtensionInfo.h>
#import <Lacuna/EMOptions.h>
#import <Lacuna/EMOptions+PrivateDeploy.h>
#import <Lacuna/EMMultiDevicesDelegate.h>
#import <Lacuna/EMClientDelegate.h>
#import <Lacuna/EMClient.h>
