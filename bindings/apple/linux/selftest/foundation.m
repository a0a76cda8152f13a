// The stand-in for Foundation keeps Apple's behaviour, with and without ARC. Compiles against Apple's headers, too.
#import <Foundation/Foundation.h>
#include <string.h>
#include <unistd.h>

#define CHECK(...) NSCAssert((__VA_ARGS__), @"%s", #__VA_ARGS__)
#if __has_feature(objc_arc)
#define RELEASE(object) ((void)0)
#define AUTORELEASE(object) (object)
#define SUPER_DEALLOC ((void)0)
#else
#define RELEASE(object) [object release]
#define AUTORELEASE(object) [object autorelease]
#define SUPER_DEALLOC [super dealloc]
#endif

typedef NS_ENUM(NSInteger, Kind) { KindText = 1, KindImage };
typedef NS_OPTIONS(NSUInteger, Flags) { FlagsOne = 1 << 0, FlagsTwo = 1 << 1 };

static int live;

@interface Key : NSObject <NSCopying>
@property (nonatomic, copy) NSString *name;
@property (nonatomic, readonly) Kind kind;
- (instancetype)initWithKind:(Kind)kind NS_DESIGNATED_INITIALIZER;
- (instancetype)init NS_UNAVAILABLE;
@end
@implementation Key
- (instancetype)initWithKind:(Kind)kind {
    if ((self = [super init])) {
        _kind = kind;
        live++;
    }
    return self;
}
- (id)copyWithZone:(NSZone *)zone {
    (void)zone;
    Key *copy = [[Key alloc] initWithKind:_kind];
    copy.name = self.name;
    return copy;
}
- (BOOL)isEqual:(id)other { return [other isKindOfClass:Key.class] && [(Key *)other kind] == _kind; }
- (NSUInteger)hash { return (NSUInteger)_kind; }
- (void)dealloc {
    live--;
#if !__has_feature(objc_arc)
    [_name release];
#endif
    SUPER_DEALLOC;
}
@end

static void strings(void) {
    NSString *text = [NSString stringWithUTF8String:"grün"];
    CHECK([text isEqualToString:@"grün"] && text.length == 4 && strcmp(text.UTF8String, "grün") == 0);
    CHECK([[NSString stringWithFormat:@"%@-%d-%ld", text, 7, (long)8] isEqualToString:@"grün-7-8"]);
    CHECK([@"user_1" hasPrefix:@"user"] && [@"user_1" hasSuffix:@"_1"] && [@"42" integerValue] == 42 && [@"true" boolValue]);
    NSMutableString *mutable = [NSMutableString stringWithString:@"a"];
    [mutable appendString:@"b"];
    [mutable appendFormat:@"%d", 3];
    NSString *copy = [mutable copy];
    [mutable setString:@"other"];
    CHECK([copy isEqualToString:@"ab3"] && [mutable isEqualToString:@"other"]);
    RELEASE(copy);
    NSData *data = [text dataUsingEncoding:NSUTF8StringEncoding];
    CHECK(data.length == 5 && [data isEqualToData:[NSData dataWithBytes:"grün" length:5]]);
    NSString *back = [[NSString alloc] initWithData:data encoding:NSUTF8StringEncoding];
    CHECK([back isEqualToString:text]);
    RELEASE(back);
    NSString *wrong = [[NSString alloc] initWithData:[NSData dataWithBytes:"\xff" length:1] encoding:NSUTF8StringEncoding];
    CHECK(wrong == nil);
}

static void collections(void) {
    NSMutableArray<NSString *> *names = [NSMutableArray arrayWithArray:@[ @"b", @"a" ]];
    [names addObject:@"c"];
    names[0] = @"d";
    NSMutableString *seen = [NSMutableString string];
    for (NSString *name in names) [seen appendString:name];
    CHECK([seen isEqualToString:@"dac"] && names.count == 3 && [names.firstObject isEqualToString:@"d"]);
    NSArray *sorted = [names sortedArrayUsingComparator:^NSComparisonResult(id left, id right) { return [left compare:right]; }];
    CHECK(([sorted isEqualToArray:@[ @"a", @"c", @"d" ]]));
    __block NSUInteger turns = 0;
    [sorted enumerateObjectsUsingBlock:^(id object, NSUInteger index, BOOL *stop) {
        (void)object;
        turns++;
        *stop = index == 1;
    }];
    CHECK(turns == 2 && [sorted subarrayWithRange:NSMakeRange(1, 2)].count == 2);
    NSMutableDictionary<NSString *, id> *map = [NSMutableDictionary dictionary];
    map[@"one"] = @1;
    [map setObject:@[ @"x" ] forKey:@"list"];
    CHECK([map[@"one"] intValue] == 1 && map[@"none"] == nil && map.allKeys.count == 2 && map.allValues.count == 2);
    map[@"one"] = nil;
    CHECK(map.count == 1 && [@{@"k" : @"v"} isEqualToDictionary:@{@"k" : @"v"}]);
    NSSet *set = [NSSet setWithArray:@[ @1, @1, @2 ]];
    CHECK(set.count == 2 && [set containsObject:@2] && set.allObjects.count == 2);
    NSDictionary *frozen = [map copy];
    [map removeAllObjects];
    CHECK(frozen.count == 1 && [NSNull null] == [NSNull null]);
    RELEASE(frozen);
}

static void numbers(void) {
    CHECK([@YES boolValue] && [@5 intValue] == 5 && [@(1LL << 40) longLongValue] == 1LL << 40 && [@1.5 doubleValue] == 1.5);
    CHECK([[NSNumber numberWithInteger:-3] integerValue] == -3 && [@(KindImage) integerValue] == 2 && (FlagsOne | FlagsTwo) == 3);
#define TYPE(number) CFGetTypeID((CFTypeRef)(__bridge const void *)(number))
    CHECK(TYPE(@YES) == CFBooleanGetTypeID() && TYPE(@1) == CFNumberGetTypeID() && TYPE(@"s") != CFNumberGetTypeID());
    CHECK(CFNumberIsFloatType((CFNumberRef)(__bridge const void *)@1.5) && !CFNumberIsFloatType((CFNumberRef)(__bridge const void *)@1));
}

static void json(void) {
    NSError *error = nil;
    NSDictionary *object = @{@"flag" : @YES, @"n" : @3, @"f" : @2.5, @"s" : @"q\"\n", @"a" : @[ [NSNull null], @{} ]};
    NSData *data = [NSJSONSerialization dataWithJSONObject:object options:0 error:&error];
    NSDictionary *back = [NSJSONSerialization JSONObjectWithData:data options:0 error:&error];
    CHECK([back isEqualToDictionary:object] && TYPE(back[@"flag"]) == CFBooleanGetTypeID() && TYPE(back[@"n"]) == CFNumberGetTypeID());
    id broken = [NSJSONSerialization JSONObjectWithData:[NSData dataWithBytes:"{\"a\":" length:5] options:0 error:&error];
    CHECK(broken == nil && error.code == 3840 && error.localizedDescription.length > 0);
    BOOL raised = NO;
    @try {
        [NSJSONSerialization dataWithJSONObject:@{@"d" : [NSDate date]} options:0 error:NULL];
    } @catch (NSException *exception) {
        raised = [exception.name isEqualToString:NSInvalidArgumentException];
    }
    CHECK(raised && ![NSJSONSerialization isValidJSONObject:@"s"]);
}

static void files(void) {
    NSFileManager *manager = NSFileManager.defaultManager;
    NSString *folder = [NSTemporaryDirectory() stringByAppendingPathComponent:[NSString stringWithFormat:@"foundation-%d", getpid()]];
    NSString *path = [folder stringByAppendingPathComponent:@"deep"];
    NSError *error = nil;
    CHECK([manager createDirectoryAtPath:path withIntermediateDirectories:YES attributes:nil error:&error]);
    CHECK([manager createDirectoryAtPath:path withIntermediateDirectories:YES attributes:nil error:&error]);
    path = [path stringByAppendingPathComponent:@"file"];
    CHECK([NSData dataWithContentsOfFile:path] == nil);
    CHECK([@"text" writeToFile:path atomically:YES encoding:NSUTF8StringEncoding error:&error] && [manager fileExistsAtPath:path]);
    CHECK([[NSString stringWithContentsOfFile:path encoding:NSUTF8StringEncoding error:&error] isEqualToString:@"text"]);
    CHECK([NSData dataWithContentsOfFile:path].length == 4 && [manager removeItemAtPath:folder error:&error]);
    CHECK(![manager removeItemAtPath:folder error:&error] && error != nil);
}

static void objects(void) {
    Key *key = AUTORELEASE([[Key alloc] initWithKind:KindText]);
    NSDictionary *map = @{key : @"text"};
    CHECK([map[key] isEqualToString:@"text"] && [key respondsToSelector:@selector(name)] && [NSStringFromClass(key.class) isEqualToString:@"Key"]);
#if __has_feature(objc_arc)
    __weak Key *weak;
    @autoreleasepool {
        Key *strong = [[Key alloc] initWithKind:KindImage];
        weak = strong;
        CHECK(weak == strong);
    }
    CHECK(weak == nil);
#endif
    NSLock *lock = [[NSLock alloc] init];
    [lock lock];
    CHECK(![lock tryLock]);
    [lock unlock];
    RELEASE(lock);
    @synchronized(key) { CHECK(NSThread.isMainThread && [NSThread isMainThread]); }
    CHECK([NSDate date].timeIntervalSince1970 > 1.5e9 && [NSUUID UUID].UUIDString.length == 36);
}

int main(void) {
    @autoreleasepool {
        strings();
        collections();
        numbers();
        json();
        files();
        objects();
    }
    CHECK(live == 0);
    puts("foundation: passed");
    return 0;
}
