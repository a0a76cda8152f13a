// What the C library tells, passed on to the delegates. It comes on one thread of the library's own, in order, after the store
// has it; so a call on the store may be made here, and one on the server may not.
#import "EMChatManager.h"
#import "EMGroupManager.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

// Holds the core weakly: the library's client must not keep alive what frees it.
@interface EMObserved : NSObject
@property (nonatomic, weak) EMCore *core;
@end

@implementation EMObserved
@end

static EMCore *coreOf(void *context) {
    return ((__bridge EMObserved *)context).core;
}

static void released(void *context) {
    @autoreleasepool {
        EMObserved *observed = (__bridge_transfer EMObserved *)context;
        observed.core = nil;
    }
}

#pragma mark - The login

static void connectionChanged(void *context, bool connected) {
    @autoreleasepool {
        EMConnectionState state = connected ? EMConnectionConnected : EMConnectionDisconnected;
        [coreOf(context).clientDelegates tell:@selector(connectionStateDidChange:)
                                         with:^(id<EMClientDelegate> delegate) {
            [delegate connectionStateDidChange:state];
        }];
    }
}

// The newest of the three methods that the delegate has.
static void tellTakenOver(id<EMClientDelegate> delegate) {
    EMLoginExtensionInfo *info = [[EMLoginExtensionInfo alloc] init];
    if ([delegate respondsToSelector:@selector(userAccountDidLoginFromOtherDeviceWithInfo:)]) {
        [delegate userAccountDidLoginFromOtherDeviceWithInfo:info];
    } else if ([delegate respondsToSelector:@selector(userAccountDidLoginFromOtherDevice:)]) {
        [delegate userAccountDidLoginFromOtherDevice:info.deviceName];
    } else if ([delegate respondsToSelector:@selector(userAccountDidLoginFromOtherDevice)]) {
        [delegate userAccountDidLoginFromOtherDevice];
    }
}

static void kicked(void *context, int32_t code) {
    @autoreleasepool {
        EMCore *core = coreOf(context);
        EMMulticast *delegates = core.clientDelegates;
        core.joinedGroups = nil;
        if (code == EMErrorUserLoginOnAnotherDevice) {
            [delegates tell:^(id delegate) {
                tellTakenOver(delegate);
            }];
        } else if (code == EMErrorUserRemoved) {
            [delegates tell:@selector(userAccountDidRemoveFromServer) with:^(id<EMClientDelegate> delegate) {
                [delegate userAccountDidRemoveFromServer];
            }];
        } else if (code == EMErrorServerServingForbidden) {
            [delegates tell:@selector(userDidForbidByServer) with:^(id<EMClientDelegate> delegate) {
                [delegate userDidForbidByServer];
            }];
        } else {
            EMError *error = EMErrorMake((EMErrorCode)code, @"the server ended this login");
            [delegates tell:@selector(userAccountDidForcedToLogout:) with:^(id<EMClientDelegate> delegate) {
                [delegate userAccountDidForcedToLogout:error];
            }];
        }
    }
}

static void tokenWillExpire(void *context) {
    @autoreleasepool {
        [coreOf(context).clientDelegates tell:@selector(tokenWillExpire:) with:^(id<EMClientDelegate> delegate) {
            [delegate tokenWillExpire:EMErrorTokeWillExpire];
        }];
    }
}

static void tokenExpired(void *context) {
    @autoreleasepool {
        EMCore *core = coreOf(context);
        core.joinedGroups = nil;
        [core.clientDelegates tell:@selector(tokenDidExpire:) with:^(id<EMClientDelegate> delegate) {
            [delegate tokenDidExpire:EMErrorTokenExpire];
        }];
    }
}

static void syncStarted(void *context) {
    @autoreleasepool {
        [coreOf(context).clientDelegates tell:@selector(onOfflineMessageSyncStart) with:^(id<EMClientDelegate> delegate) {
            [delegate onOfflineMessageSyncStart];
        }];
    }
}

static void syncFinished(void *context) {
    @autoreleasepool {
        [coreOf(context).clientDelegates tell:@selector(onOfflineMessageSyncFinish) with:^(id<EMClientDelegate> delegate) {
            [delegate onOfflineMessageSyncFinish];
        }];
    }
}

static void storeRecovered(void *context) {
    @autoreleasepool {
        [coreOf(context).clientDelegates tell:@selector(onLocalStoreRecovered) with:^(id<EMClientDelegate> delegate) {
            [delegate onLocalStoreRecovered];
        }];
    }
}

#pragma mark - Messages

static void messagesReceived(void *context, const LacunaMessages *messages) {
    @autoreleasepool {
        NSArray<EMChatMessage *> *list = EMMessagesOf(messages).list;
        [coreOf(context).chatDelegates tell:@selector(messagesDidReceive:) with:^(id<EMChatManagerDelegate> delegate) {
            [delegate messagesDidReceive:list];
        }];
    }
}

static void commandsReceived(void *context, const LacunaMessages *messages) {
    @autoreleasepool {
        NSArray<EMChatMessage *> *list = EMMessagesOf(messages).list;
        [coreOf(context).chatDelegates tell:@selector(cmdMessagesDidReceive:) with:^(id<EMChatManagerDelegate> delegate) {
            [delegate cmdMessagesDidReceive:list];
        }];
    }
}

static void statusChanged(void *context, const LacunaMessage *message) {
    @autoreleasepool {
        EMChatMessage *changed = [[EMChatMessage alloc] initWithLacunaMessage:message];
        [coreOf(context).chatDelegates tell:@selector(messageStatusDidChange:error:)
                                       with:^(id<EMChatManagerDelegate> delegate) {
            [delegate messageStatusDidChange:changed error:nil];
        }];
    }
}

// Those of the user's own messages that are named by receipts of a kind, and are still here.
static NSArray<EMChatMessage *> *named(EMCore *core, const LacunaReceipt *receipts, size_t count, int32_t kind) {
    NSMutableArray<NSString *> *ids = [NSMutableArray array];
    for (size_t i = 0; i < count; i++) {
        if (receipts[i].kind == kind && receipts[i].message) [ids addObject:EMTextOf(receipts[i].message)];
    }
    return ids.count > 0 ? [core messagesWithIds:ids error:NULL] : nil;
}

static void receiptsReceived(void *context, const LacunaReceipt *receipts, size_t count) {
    @autoreleasepool {
        EMCore *core = coreOf(context);
        EMMulticast *delegates = core.chatDelegates;
        NSArray<EMChatMessage *> *read = named(core, receipts, count, LACUNA_RECEIPT_READ);
        if (read.count > 0 && core.options.enableRequireReadAck) {
            [delegates tell:@selector(messagesDidRead:) with:^(id<EMChatManagerDelegate> delegate) {
                [delegate messagesDidRead:read];
            }];
        }
        NSArray<EMChatMessage *> *delivered = named(core, receipts, count, LACUNA_RECEIPT_DELIVERED);
        if (delivered.count > 0) {
            [delegates tell:@selector(messagesDidDeliver:) with:^(id<EMChatManagerDelegate> delegate) {
                [delegate messagesDidDeliver:delivered];
            }];
        }
        NSString *me = core.user ?: @"";
        for (size_t i = 0; i < count; i++) {
            if (receipts[i].kind != LACUNA_RECEIPT_CONVERSATION_READ) continue;
            NSString *from = EMTextOf(receipts[i].from);
            // Whom the conversation is with, seen from who has read it.
            BOOL named = receipts[i].chat_type == LACUNA_GROUP || [from isEqualToString:me];
            NSString *to = named ? EMTextOf(receipts[i].conversation) : me;
            [delegates tell:@selector(onConversationRead:to:) with:^(id<EMChatManagerDelegate> delegate) {
                [delegate onConversationRead:from to:to];
            }];
        }
    }
}

static void recalled(void *context, const LacunaRecall *recall) {
    @autoreleasepool {
        EMRecallMessageInfo *info = [[EMRecallMessageInfo alloc] init];
        info.recallBy = EMTextOf(recall->by);
        info.recallMessageId = EMTextOf(recall->message_id);
        info.conversationId = EMTextOf(recall->conversation);
        info.ext = EMStringOf(recall->ext);
        if (recall->message) info.recallMessage = [[EMChatMessage alloc] initWithLacunaMessage:recall->message];
        [coreOf(context).chatDelegates tell:@selector(messagesInfoDidRecall:) with:^(id<EMChatManagerDelegate> delegate) {
            [delegate messagesInfoDidRecall:@[ info ]];
        }];
    }
}

static void edited(void *context, const LacunaMessage *message, const char *by, int64_t time) {
    @autoreleasepool {
        EMChatMessage *changed = [[EMChatMessage alloc] initWithLacunaMessage:message];
        NSString *editor = EMTextOf(by);
        NSUInteger when = time > 0 ? (NSUInteger)time : 0;
        [coreOf(context).chatDelegates tell:@selector(onMessageContentChanged:operatorId:operationTime:)
                                       with:^(id<EMChatManagerDelegate> delegate) {
            [delegate onMessageContentChanged:changed operatorId:editor operationTime:when];
        }];
    }
}

#pragma mark - Conversations

static void conversationsChanged(void *context) {
    @autoreleasepool {
        EMCore *core = coreOf(context);
        // The list is read only for somebody.
        if (![core.chatDelegates wants:@selector(conversationListDidUpdate:)]) return;
        NSArray<EMConversation *> *list = [core allConversations] ?: @[];
        [core.chatDelegates tell:@selector(conversationListDidUpdate:) with:^(id<EMChatManagerDelegate> delegate) {
            [delegate conversationListDidUpdate:list];
        }];
    }
}

static void messagesRemoved(void *context, int32_t type, const char *conversation, const char *device) {
    (void)type;
    @autoreleasepool {
        NSString *identifier = EMTextOf(conversation);
        NSString *resource = EMTextOf(device);
        [coreOf(context).deviceDelegates tell:@selector(multiDevicesMessageBeRemoved:deviceId:)
                                         with:^(id<EMMultiDevicesDelegate> delegate) {
            [delegate multiDevicesMessageBeRemoved:identifier deviceId:resource];
        }];
    }
}

static void conversationEvent(void *context, int32_t event, int32_t type, const char *conversation, const char *device) {
    (void)device;
    @autoreleasepool {
        NSString *identifier = EMTextOf(conversation);
        [coreOf(context).deviceDelegates tell:@selector(multiDevicesConversationEvent:conversationId:conversationType:)
                                         with:^(id<EMMultiDevicesDelegate> delegate) {
            [delegate multiDevicesConversationEvent:(EMMultiDevicesEvent)event
                                     conversationId:identifier
                                   conversationType:(EMConversationType)type];
        }];
    }
}

#pragma mark - Groups

static void tellInvited(EMCore *core, EMGroup *group, const LacunaGroupEvent *event) {
    NSString *by = EMTextOf(event->by);
    NSString *reason = EMStringOf(event->reason);
    BOOL isIn = event->change == LACUNA_GROUP_DIRECT_JOINED;
    if (isIn) {
        [core.groupDelegates tell:@selector(didJoinGroup:inviter:message:) with:^(id<EMGroupManagerDelegate> delegate) {
            [delegate didJoinGroup:group inviter:by message:reason];
        }];
        return;
    }
    [core.groupDelegates tell:@selector(groupInvitationDidReceive:groupName:inviter:message:)
                         with:^(id<EMGroupManagerDelegate> delegate) {
        [delegate groupInvitationDidReceive:group.groupId groupName:group.groupName ?: @"" inviter:by message:reason];
    }];
}

static void tellOut(EMCore *core, EMGroup *group, const LacunaGroupEvent *event) {
    EMGroupLeaveReason reason = EMGroupLeaveReasonUserLeave;
    if (event->change == LACUNA_GROUP_KICKED) reason = EMGroupLeaveReasonBeRemoved;
    if (event->change == LACUNA_GROUP_DESTROYED) reason = EMGroupLeaveReasonDestroyed;
    [core leftGroup:group.groupId];
    [core.groupDelegates tell:@selector(didLeaveGroup:reason:) with:^(id<EMGroupManagerDelegate> delegate) {
        [delegate didLeaveGroup:group reason:reason];
    }];
}

static void tellOther(EMCore *core, EMGroup *group, NSString *user, BOOL came) {
    if (came) {
        [core.groupDelegates tell:@selector(userDidJoinGroup:user:) with:^(id<EMGroupManagerDelegate> delegate) {
            [delegate userDidJoinGroup:group user:user];
        }];
        return;
    }
    [core.groupDelegates tell:@selector(userDidLeaveGroup:user:) with:^(id<EMGroupManagerDelegate> delegate) {
        [delegate userDidLeaveGroup:group user:user];
    }];
}

static void groupEvent(void *context, const LacunaGroupEvent *event) {
    @autoreleasepool {
        EMCore *core = coreOf(context);
        EMGroup *group = [core knownGroup:EMTextOf(event->group)];
        if (event->is_out) {
            tellOut(core, group, event);
            return;
        }
        NSString *me = core.user ?: @"";
        NSArray<NSString *> *users = EMTextsOf(event->users, event->user_count);
        BOOL came = event->change == LACUNA_GROUP_JOINED;
        BOOL invited = event->change == LACUNA_GROUP_INVITED && [users containsObject:me];
        if (event->change == LACUNA_GROUP_DIRECT_JOINED || invited) {
            tellInvited(core, group, event);
        } else if (came || event->change == LACUNA_GROUP_LEFT || event->change == LACUNA_GROUP_KICKED) {
            for (NSString *user in users) {
                if (![user isEqualToString:me]) tellOther(core, group, user, came);
            }
        }
    }
}

void EMObserve(EMCore *core, const LacunaClient *client) {
    EMObserved *observed = [[EMObserved alloc] init];
    observed.core = core;
    LacunaObserver observer = {
        .context = (__bridge_retained void *)observed,
        .release = released,
        .connection_changed = connectionChanged,
        .kicked = kicked,
        .token_will_expire = tokenWillExpire,
        .token_expired = tokenExpired,
        .sync_started = syncStarted,
        .sync_finished = syncFinished,
        .store_recovered = storeRecovered,
        .messages_received = messagesReceived,
        .commands_received = commandsReceived,
        .message_status_changed = statusChanged,
        .receipts_received = receiptsReceived,
        .message_recalled = recalled,
        .message_edited = edited,
        .conversations_changed = conversationsChanged,
        .messages_removed = messagesRemoved,
        .conversation_event = conversationEvent,
        .group_event = groupEvent,
    };
    lacuna_client_set_observer(client, &observer);
}
