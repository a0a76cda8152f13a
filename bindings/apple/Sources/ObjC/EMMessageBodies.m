// What messages say, to the C library and back.
#import "EMConvert.h"
#include <sys/stat.h>

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@interface EMFileMessageBody ()
- (void)lacunaTake:(const LacunaFile *)file;
@end

static EMFileMessageBody *fileBody(EMFileMessageBody *body, const LacunaFile *file) {
    [body lacunaTake:file];
    return body;
}

static EMMessageBody *customBody(const LacunaBody *body) {
    NSMutableDictionary<NSString *, NSString *> *fields = [NSMutableDictionary dictionary];
    for (size_t i = 0; i < body->field_count; i++) {
        fields[EMTextOf(body->field_names[i])] = EMTextOf(body->field_values[i]);
    }
    return [[EMCustomMessageBody alloc] initWithEvent:EMTextOf(body->event) customExt:fields];
}

static EMMessageBody *combineBody(const LacunaBody *body) {
    EMCombineMessageBody *combine = [[EMCombineMessageBody alloc] init];
    combine.title = EMTextOf(body->title);
    combine.summary = EMTextOf(body->summary);
    return fileBody(combine, &body->file);
}

@implementation EMMessageBody

- (EMMessageBodyType)type {
    // Only the classes below have one. The C library refuses this.
    return (EMMessageBodyType)LACUNA_BODY_OTHER;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    (void)arena;
    body->kind = (int32_t)self.type;
}

+ (EMMessageBody *)lacunaBodyOf:(const LacunaBody *)body {
    switch (body->kind) {
        case LACUNA_BODY_TEXT: return [[EMTextMessageBody alloc] initWithText:EMStringOf(body->text)];
        case LACUNA_BODY_IMAGE: return fileBody([[EMImageMessageBody alloc] init], &body->file);
        case LACUNA_BODY_VIDEO: return fileBody([[EMVideoMessageBody alloc] init], &body->file);
        case LACUNA_BODY_VOICE: return fileBody([[EMVoiceMessageBody alloc] init], &body->file);
        case LACUNA_BODY_FILE: return fileBody([[EMFileMessageBody alloc] init], &body->file);
        case LACUNA_BODY_COMBINE: return combineBody(body);
        case LACUNA_BODY_COMMAND: return [[EMCmdMessageBody alloc] initWithAction:EMTextOf(body->action)];
        case LACUNA_BODY_LOCATION:
            return [[EMLocationMessageBody alloc] initWithLatitude:body->latitude
                                                         longitude:body->longitude
                                                           address:EMStringOf(body->address)
                                                      buildingName:EMStringOf(body->building)];
        // One of a kind that this version does not know has neither an event nor fields.
        default: return customBody(body);
    }
}

@end

@implementation EMTextMessageBody

- (instancetype)init {
    return [self initWithText:nil];
}

- (instancetype)initWithText:(NSString *)aText {
    if ((self = [super init])) _text = [aText copy] ?: @"";
    return self;
}

- (EMMessageBodyType)type {
    return EMMessageBodyTypeText;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->text = [arena text:self.text];
}

@end

@implementation EMLocationMessageBody

- (instancetype)initWithLatitude:(double)aLatitude longitude:(double)aLongitude address:(NSString *)aAddress {
    return [self initWithLatitude:aLatitude longitude:aLongitude address:aAddress buildingName:nil];
}

- (instancetype)initWithLatitude:(double)aLatitude
                       longitude:(double)aLongitude
                         address:(NSString *)aAddress
                    buildingName:(NSString *)aBuildingName {
    if ((self = [super init])) {
        _latitude = aLatitude;
        _longitude = aLongitude;
        _address = [aAddress copy];
        _buildingName = [aBuildingName copy];
    }
    return self;
}

- (EMMessageBodyType)type {
    return EMMessageBodyTypeLocation;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->latitude = self.latitude;
    body->longitude = self.longitude;
    body->address = [arena text:self.address];
    body->building = [arena text:self.buildingName];
}

@end

@implementation EMCmdMessageBody

- (instancetype)initWithAction:(NSString *)aAction {
    if ((self = [super init])) _action = [aAction copy];
    return self;
}

- (EMMessageBodyType)type {
    return EMMessageBodyTypeCmd;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->action = [arena text:self.action];
}

@end

@implementation EMCustomMessageBody

- (instancetype)initWithEvent:(NSString *)aEvent customExt:(NSDictionary<NSString *, NSString *> *)aCustomExt {
    if ((self = [super init])) {
        _event = [aEvent copy];
        _customExt = [aCustomExt copy];
    }
    return self;
}

- (EMMessageBodyType)type {
    return EMMessageBodyTypeCustom;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->event = [arena text:self.event];
    NSMutableArray<NSString *> *names = [NSMutableArray array];
    NSMutableArray<NSString *> *values = [NSMutableArray array];
    for (NSString *name in self.customExt) {
        [names addObject:name];
        [values addObject:self.customExt[name]];
    }
    body->field_names = [arena texts:names];
    body->field_values = [arena texts:values];
    body->field_count = names.count;
}

@end

#pragma mark - Files

@implementation EMFileMessageBody

- (instancetype)initWithLocalPath:(NSString *)aLocalPath displayName:(NSString *)aDisplayName {
    if ((self = [super init])) {
        _localPath = [aLocalPath copy];
        _displayName = [aDisplayName copy];
        struct stat about;
        if (aLocalPath.length > 0 && stat(aLocalPath.UTF8String, &about) == 0) _fileLength = about.st_size;
    }
    return self;
}

- (EMMessageBodyType)type {
    return EMMessageBodyTypeFile;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->file.name = [arena text:self.displayName];
    body->file.local_path = [arena text:self.localPath];
    body->file.remote_path = [arena text:self.remotePath];
    body->file.secret = [arena text:self.secretKey];
    body->file.length = self.fileLength;
}

- (void)lacunaTake:(const LacunaFile *)file {
    self.displayName = EMStringOf(file->name);
    self.localPath = EMStringOf(file->local_path);
    self.remotePath = EMStringOf(file->remote_path);
    self.secretKey = EMStringOf(file->secret);
    self.fileLength = file->length;
}

@end

@implementation EMImageMessageBody

- (EMMessageBodyType)type {
    return EMMessageBodyTypeImage;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->file.width = self.size.width;
    body->file.height = self.size.height;
    body->file.thumbnail_remote_path = [arena text:self.thumbnailRemotePath];
    body->file.thumbnail_secret = [arena text:self.thumbnailSecretKey];
}

- (void)lacunaTake:(const LacunaFile *)file {
    [super lacunaTake:file];
    self.size = (CGSize){file->width, file->height};
    self.thumbnailRemotePath = EMStringOf(file->thumbnail_remote_path);
    self.thumbnailSecretKey = EMStringOf(file->thumbnail_secret);
}

@end

@implementation EMVideoMessageBody

- (EMMessageBodyType)type {
    return EMMessageBodyTypeVideo;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->file.duration = self.duration;
    body->file.width = self.thumbnailSize.width;
    body->file.height = self.thumbnailSize.height;
    body->file.thumbnail_remote_path = [arena text:self.thumbnailRemotePath];
    body->file.thumbnail_secret = [arena text:self.thumbnailSecretKey];
}

- (void)lacunaTake:(const LacunaFile *)file {
    [super lacunaTake:file];
    self.duration = file->duration;
    self.thumbnailSize = (CGSize){file->width, file->height};
    self.thumbnailRemotePath = EMStringOf(file->thumbnail_remote_path);
    self.thumbnailSecretKey = EMStringOf(file->thumbnail_secret);
}

@end

@implementation EMVoiceMessageBody

- (EMMessageBodyType)type {
    return EMMessageBodyTypeVoice;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->file.duration = self.duration;
}

- (void)lacunaTake:(const LacunaFile *)file {
    [super lacunaTake:file];
    self.duration = file->duration;
}

@end

@implementation EMCombineMessageBody

- (EMMessageBodyType)type {
    return EMMessageBodyTypeCombine;
}

- (void)lacunaFill:(LacunaBody *)body arena:(EMArena *)arena {
    [super lacunaFill:body arena:arena];
    body->title = [arena text:self.title];
    body->summary = [arena text:self.summary];
}

@end
