#import "EMConvert.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@implementation EMFacts
@end

@implementation EMMembers
@end

#pragma mark - Errors and texts

EMError *EMErrorMake(EMErrorCode code, NSString *text) {
    return [EMError errorWithDescription:text code:code];
}

EMError *EMErrorOf(const LacunaError *error) {
    if (!error) return nil;
    return EMErrorMake((EMErrorCode)lacuna_error_code(error), EMTextOf(lacuna_error_description(error)));
}

NSString *EMStringOf(const char *text) {
    return text ? [NSString stringWithUTF8String:text] : nil;
}

NSString *EMTextOf(const char *text) {
    return EMStringOf(text) ?: @"";
}

NSString *EMStringTake(char *text) {
    NSString *string = EMStringOf(text);
    lacuna_string_free(text);
    return string;
}

NSArray<NSString *> *EMTextsOf(const char *const *texts, size_t count) {
    NSMutableArray<NSString *> *list = [NSMutableArray array];
    for (size_t i = 0; i < count; i++) [list addObject:EMTextOf(texts[i])];
    return list;
}

#pragma mark - The app's own data

NSString *EMJSONOf(NSDictionary *ext) {
    if (ext.count == 0) return nil;
    NSString *refused = @"not JSON";
    if (![NSJSONSerialization isValidJSONObject:ext]) return refused;
    NSData *data = [NSJSONSerialization dataWithJSONObject:ext options:0 error:NULL];
    NSString *text = data ? [[NSString alloc] initWithData:data encoding:NSUTF8StringEncoding] : nil;
    return text ?: refused;
}

NSDictionary *EMExtOf(const char *json) {
    if (!json) return nil;
    NSData *data = [EMTextOf(json) dataUsingEncoding:NSUTF8StringEncoding];
    id object = data ? [NSJSONSerialization JSONObjectWithData:data options:0 error:NULL] : nil;
    return [object isKindOfClass:[NSDictionary class]] ? object : nil;
}

#pragma mark - Lists

EMCursorResult<EMChatMessage *> *EMMessagesOf(const LacunaMessages *messages) {
    if (!messages) return nil;
    NSMutableArray<EMChatMessage *> *list = [NSMutableArray array];
    for (size_t i = 0; i < messages->count; i++) {
        [list addObject:[[EMChatMessage alloc] initWithLacunaMessage:&messages->items[i]]];
    }
    return [EMCursorResult cursorResultWithList:list andCursor:EMStringOf(messages->cursor)];
}

static EMFacts *factsOf(const LacunaConversation *conversation) {
    EMFacts *facts = [[EMFacts alloc] init];
    facts.type = conversation->chat_type;
    facts.identifier = EMTextOf(conversation->id);
    facts.unread = conversation->unread;
    facts.pinnedAt = conversation->pinned_at;
    facts.ext = EMExtOf(conversation->ext);
    if (conversation->latest) facts.latest = [[EMChatMessage alloc] initWithLacunaMessage:conversation->latest];
    return facts;
}

EMCursorResult<EMFacts *> *EMFactsOf(const LacunaConversations *conversations) {
    if (!conversations) return nil;
    NSMutableArray<EMFacts *> *list = [NSMutableArray array];
    for (size_t i = 0; i < conversations->count; i++) [list addObject:factsOf(&conversations->items[i])];
    return [EMCursorResult cursorResultWithList:list andCursor:EMStringOf(conversations->cursor)];
}

NSArray<EMGroup *> *EMGroupsOf(const LacunaGroups *groups) {
    if (!groups) return nil;
    NSMutableArray<EMGroup *> *list = [NSMutableArray array];
    for (size_t i = 0; i < groups->count; i++) {
        const LacunaGroup *item = &groups->items[i];
        EMGroup *group = [EMGroup groupWithId:EMTextOf(item->id)];
        group.groupName = EMTextOf(item->name);
        group.description = EMTextOf(item->description);
        group.owner = EMTextOf(item->owner);
        group.occupantsCount = (NSInteger)item->members;
        group.isPublic = item->is_public;
        [list addObject:group];
    }
    return list;
}

EMMembers *EMMembersOf(const LacunaMembers *members) {
    if (!members) return nil;
    EMMembers *page = [[EMMembers alloc] init];
    NSMutableArray<NSString *> *others = [NSMutableArray array];
    for (size_t i = 0; i < members->count; i++) {
        NSString *name = EMTextOf(members->items[i].name);
        if (members->items[i].is_owner) {
            page.owner = name;
        } else {
            [others addObject:name];
        }
    }
    page.others = others;
    page.count = members->count;
    return page;
}

NSArray<EMDeviceConfig *> *EMDevicesOf(const LacunaDevices *devices) {
    if (!devices) return nil;
    NSMutableArray<EMDeviceConfig *> *list = [NSMutableArray array];
    for (size_t i = 0; i < devices->count; i++) {
        const LacunaDevice *item = &devices->items[i];
        [list addObject:[[EMDeviceConfig alloc] initWithResource:EMTextOf(item->resource)
                                                            uuid:EMTextOf(item->uuid)
                                                            name:EMTextOf(item->name)]];
    }
    return list;
}

#pragma mark - Numbers

long long EMNow(void) {
    return (long long)([[NSDate date] timeIntervalSince1970] * 1000);
}

int32_t EMInt32(long long number) {
    if (number > INT32_MAX) return INT32_MAX;
    return number < INT32_MIN ? INT32_MIN : (int32_t)number;
}
