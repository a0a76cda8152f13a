#import "EMConvert.h"

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

@implementation EMOptions {
    NSString *_restServer;
    NSString *_chatServer;
    NSString *_dataFolder;
    int _chatPort;
    BOOL _enableDnsConfig;
}

+ (instancetype)optionsWithAppkey:(NSString *)aAppkey {
    EMOptions *options = [[self alloc] init];
    options.appkey = aAppkey;
    return options;
}

- (instancetype)init {
    if ((self = [super init])) {
        _logLevel = EMLogLevelDebug;
        _isAutoLogin = YES;
        _deleteMessagesOnLeaveGroup = YES;
        _enableRequireReadAck = YES;
        _autoLoadConversations = YES;
        _enableDnsConfig = YES;
    }
    return self;
}

#pragma mark - Where the server is

// Declared in a category, so the compiler makes none of these.

- (NSString *)restServer { return _restServer; }
- (void)setRestServer:(NSString *)restServer { _restServer = [restServer copy]; }
- (NSString *)chatServer { return _chatServer; }
- (void)setChatServer:(NSString *)chatServer { _chatServer = [chatServer copy]; }
- (int)chatPort { return _chatPort; }
- (void)setChatPort:(int)chatPort { _chatPort = chatPort; }
- (BOOL)enableDnsConfig { return _enableDnsConfig; }
- (void)setEnableDnsConfig:(BOOL)enableDnsConfig { _enableDnsConfig = enableDnsConfig; }
- (NSString *)dataFolder { return _dataFolder; }
- (void)setDataFolder:(NSString *)dataFolder { _dataFolder = [dataFolder copy]; }

#pragma mark - For the C library

static NSUInteger placeOf(NSString *part, NSString *text) {
    return [text rangeOfString:part].location;
}

// The server's API with its scheme.
static NSString *addressOf(NSString *server, BOOL secure) {
    if (placeOf(@"://", server) != NSNotFound) return server;
    return [NSString stringWithFormat:@"%@://%@", secure ? @"https" : @"http", server];
}

// The socket beside an API, on another host, another port or both; nil if there is nothing else to say.
static NSString *socketOf(NSString *address, NSString *chatServer, int chatPort) {
    if (chatServer.length == 0 && chatPort <= 0) return nil;
    NSUInteger scheme = placeOf(@"://", address);
    NSString *place = [address substringFromIndex:scheme + 3];
    NSUInteger path = placeOf(@"/", place);
    if (path != NSNotFound) place = [place substringToIndex:path];
    // The port follows the last colon, unless that one is within the brackets of an address of IPv6.
    NSString *host = place;
    NSString *port = @"";
    for (NSUInteger i = place.length; i > 0 && [place characterAtIndex:i - 1] != ']'; i--) {
        if ([place characterAtIndex:i - 1] != ':') continue;
        host = [place substringToIndex:i - 1];
        port = [place substringFromIndex:i - 1];
        break;
    }
    if (chatServer.length > 0) host = chatServer;
    if (chatPort > 0) port = [NSString stringWithFormat:@":%d", chatPort];
    return [NSString stringWithFormat:@"%@://%@%@/websocket", [address hasPrefix:@"https:"] ? @"wss" : @"ws", host, port];
}

- (NSString *)lacunaDeviceName {
    // The library's own default, named here because getDeviceConfig: says it.
    return self.customDeviceName.length > 0 ? self.customDeviceName : @"lacuna";
}

- (int32_t)lacunaLog {
    if (!self.enableConsoleLog) return 0;
    switch (self.logLevel) {
        case EMLogLevelError: return 1;
        case EMLogLevelWarning: return 2;
        case EMLogLevelDebug: return 3;
    }
    return 3;
}

- (EMError *)lacunaFill:(LacunaOptions *)options appkey:(NSString *)appkey arena:(EMArena *)arena {
    NSString *server = self.restServer ?: @"";
    if (server.length == 0) return EMErrorMake(EMErrorInvalidParam, @"EMOptions.restServer is not set");
    NSString *address = addressOf(server, self.usingHttpsOnly);
    if (self.usingHttpsOnly && ![address hasPrefix:@"https://"]) {
        return EMErrorMake(EMErrorInvalidParam, @"usingHttpsOnly is on, and EMOptions.restServer is without TLS");
    }
    options->app_key = [arena text:appkey ?: @""];
    options->rest_url = [arena text:address];
    options->socket_url = [arena text:socketOf(address, self.chatServer, self.chatPort)];
    options->folder = [arena text:self.dataFolder];
    options->device_name = [arena text:self.lacunaDeviceName];
    options->auto_login = self.isAutoLogin;
    options->empty_conversations = self.loadEmptyConversations;
    options->delivery_receipts = self.enableDeliveryAck;
    // These two can be changed any time, so they are looked at where they count: EMChatManager, EMGroupManager, EMObserver.
    options->imported_are_read = false;
    options->delete_on_leaving_group = false;
    options->log = [self lacunaLog];
    return nil;
}

@end
