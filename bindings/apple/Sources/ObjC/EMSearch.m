#import "EMSearch.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@implementation EMSearch

- (instancetype)init {
    if ((self = [super init])) {
        _side = -1;
        _timestamp = -1;
        _start = -1;
        _end = -1;
        _count = 1;
    }
    return self;
}

+ (instancetype)searchAt:(long long)timestamp
                   count:(int)count
                    from:(NSString *)sender
               direction:(EMMessageSearchDirection)direction {
    EMSearch *search = [[self alloc] init];
    search.timestamp = timestamp;
    search.count = count;
    search.direction = direction;
    if (sender.length > 0) search.senders = @[ sender ];
    return search;
}

- (const LacunaQuery *)queryIn:(EMArena *)arena {
    LacunaQuery *query = [arena room:sizeof *query];
    query->chat_type = (int32_t)self.type;
    query->conversation = [arena text:self.conversation];
    query->kinds = [arena numbers:self.kinds];
    query->kind_count = self.kinds.count;
    query->senders = [arena texts:self.senders];
    query->sender_count = self.senders.count;
    query->side = self.side;
    query->keyword = [arena text:self.keyword];
    query->scope = (int32_t)self.scope;
    query->beyond = [arena text:self.beyond];
    query->timestamp = self.timestamp;
    query->start = self.start;
    query->end = self.end;
    query->count = self.count;
    query->direction = (int32_t)self.direction;
    return query;
}

@end

@implementation EMCore (Search)

static EMCall lookup(EMSearch *search) {
    return ^(const LacunaClient *client, EMArena *arena, int32_t mode, void *context) {
        lacuna_find(client, [search queryIn:arena], mode, context, EMTakeMessages);
    };
}

- (NSArray<EMChatMessage *> *)find:(EMSearch *)search {
    EMCursorResult<EMChatMessage *> *found = [self now:NULL call:lookup(search)];
    return found.list;
}

- (void)find:(EMSearch *)search done:(EMFound)done {
    [self later:^(EMCursorResult<EMChatMessage *> *found, EMError *error) {
        if (done) done(found.list, error);
    } call:lookup(search)];
}

@end
