// The classes that ObjFW has no counterpart of.
#import <Foundation/Foundation.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

NSString *const NSLocalizedDescriptionKey = @"NSLocalizedDescription";
NSErrorDomain const NSCocoaErrorDomain = @"NSCocoaErrorDomain";
NSExceptionName const NSInvalidArgumentException = @"NSInvalidArgumentException";
NSExceptionName const NSInternalInconsistencyException = @"NSInternalInconsistencyException";

@implementation NSError
+ (instancetype)errorWithDomain:(NSErrorDomain)domain code:(NSInteger)code userInfo:(NSDictionary *)userInfo {
    return [[self alloc] initWithDomain:domain code:code userInfo:userInfo];
}
- (instancetype)initWithDomain:(NSErrorDomain)domain code:(NSInteger)code userInfo:(NSDictionary *)userInfo {
    if ((self = [super init])) {
        _domain = [domain copy];
        _code = code;
        _userInfo = userInfo ? [userInfo copy] : @{};
    }
    return self;
}
- (id)copyWithZone:(NSZone *)zone {
    (void)zone;
    return self;
}
- (NSString *)localizedDescription {
    return self.userInfo[NSLocalizedDescriptionKey] ?: [NSString stringWithFormat:@"%@ error %ld", self.domain, (long)self.code];
}
- (NSString *)description { return self.localizedDescription; }
@end

@implementation NSException
+ (NSException *)exceptionWithName:(NSExceptionName)name reason:(NSString *)reason userInfo:(NSDictionary *)userInfo {
    (void)userInfo;
    NSException *exception = [[self alloc] init];
    exception->_name = [name copy];
    exception->_reason = [reason copy];
    return exception;
}
- (id)copyWithZone:(NSZone *)zone {
    (void)zone;
    return self;
}
- (NSString *)description { return [NSString stringWithFormat:@"%@: %@", self.name, self.reason ?: @""]; }
- (void)raise { @throw self; }
@end

static BOOL fail(NSError **error, NSInteger code, NSString *text) {
    if (error) *error = [NSError errorWithDomain:NSCocoaErrorDomain code:code userInfo:@{NSLocalizedDescriptionKey : text}];
    return NO;
}

@implementation NSJSONSerialization
+ (BOOL)isValidJSONObject:(id)object {
    return ([object isKindOfClass:NSArray.class] || [object isKindOfClass:NSDictionary.class]) && [self isValue:object];
}
+ (BOOL)isValue:(id)object {
    if ([object isKindOfClass:NSArray.class]) {
        for (id item in object)
            if (![self isValue:item]) return NO;
        return YES;
    }
    if ([object isKindOfClass:NSDictionary.class]) {
        for (id key in object)
            if (![key isKindOfClass:NSString.class] || ![self isValue:[object objectForKey:key]]) return NO;
        return YES;
    }
    return [object isKindOfClass:NSString.class] || [object isKindOfClass:NSNumber.class] || [object isKindOfClass:NSNull.class];
}
+ (NSData *)dataWithJSONObject:(id)object options:(NSJSONWritingOptions)options error:(NSError **)error {
    (void)error; // Apple's, too, raises for what is not JSON: that is a mistake of the program.
    BOOL valid = options & NSJSONWritingFragmentsAllowed ? [self isValue:object] : [self isValidJSONObject:object];
    if (!valid) [[NSException exceptionWithName:NSInvalidArgumentException reason:@"not a JSON object" userInfo:nil] raise];
    OFJSONRepresentationOptions how = 0;
    if (options & NSJSONWritingPrettyPrinted) how |= OFJSONRepresentationOptionPretty;
    if (options & NSJSONWritingSortedKeys) how |= OFJSONRepresentationOptionSorted;
    return [[(id<OFJSONRepresentation>)object JSONRepresentationWithOptions:how] dataUsingEncoding:NSUTF8StringEncoding];
}
+ (id)JSONObjectWithData:(NSData *)data options:(NSJSONReadingOptions)options error:(NSError **)error {
    NSString *text = [[NSString alloc] initWithData:data encoding:NSUTF8StringEncoding];
    id object = nil;
    @try {
        object = text.objectByParsingJSON;
    } @catch (OFException *exception) {
    }
    if (object && !(options & NSJSONReadingFragmentsAllowed) && ![object isKindOfClass:NSArray.class] &&
        ![object isKindOfClass:NSDictionary.class])
        object = nil;
    if (!object) fail(error, 3840, @"the data is not JSON");
    return object;
}
@end

@implementation NSFileManager
+ (NSFileManager *)defaultManager {
    static NSFileManager *manager;
    static dispatch_once_t once;
    dispatch_once(&once, ^{ manager = [[self alloc] init]; });
    return manager;
}
- (BOOL)fileExistsAtPath:(NSString *)path { return access(path.UTF8String, F_OK) == 0; }
- (BOOL)removeItemAtPath:(NSString *)path error:(NSError **)error {
    @try {
        [OFFileManager.defaultManager removeItemAtPath:path];
        return YES;
    } @catch (OFException *exception) {
        return fail(error, 4, exception.description);
    }
}
- (BOOL)createDirectoryAtPath:(NSString *)path
  withIntermediateDirectories:(BOOL)intermediate
                   attributes:(NSDictionary *)attributes
                        error:(NSError **)error {
    (void)attributes;
    @try {
        [OFFileManager.defaultManager createDirectoryAtPath:path createParents:intermediate];
        return YES;
    } @catch (OFException *exception) {
        if (intermediate && [self fileExistsAtPath:path]) return YES;
        return fail(error, 512, exception.description);
    }
}
@end

NSString *NSHomeDirectory(void) { return [NSString stringWithUTF8String:getenv("HOME") ?: "/"]; }
NSString *NSTemporaryDirectory(void) { return [NSString stringWithFormat:@"%s/", getenv("TMPDIR") ?: "/tmp"]; }
NSArray<NSString *> *NSSearchPathForDirectoriesInDomains(NSSearchPathDirectory directory, NSSearchPathDomainMask mask, BOOL expandTilde) {
    (void)mask;
    (void)expandTilde;
    NSString *name = directory == NSCachesDirectory ? @"Library/Caches" : directory == NSDocumentDirectory ? @"Documents"
                                                                        : @"Library/Application Support";
    return @[ [NSHomeDirectory() stringByAppendingPathComponent:name] ];
}
