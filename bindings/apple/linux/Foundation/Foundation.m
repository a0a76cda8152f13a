// What ObjFW's classes lack of Foundation's methods.
#import <Foundation/Foundation.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

@implementation OFObject (Foundation)
+ (instancetype)new { return [[self alloc] init]; }
// ObjFW's collections copy their keys by -copy, and so do `copy` properties.
- (id)copy { return [(id<NSCopying>)self copyWithZone:NULL]; }
- (id)mutableCopy { return [(id<NSMutableCopying>)self mutableCopyWithZone:NULL]; }
@end

// For the classes that ObjFW copies by itself.
#define COPYING - (id)copyWithZone:(NSZone *)zone { (void)zone; return [self copy]; }
#define MUTABLE_COPYING - (id)mutableCopyWithZone:(NSZone *)zone { (void)zone; return [self mutableCopy]; }

@implementation OFString (Foundation)
COPYING
MUTABLE_COPYING
- (NSInteger)integerValue { return strtol(self.UTF8String, NULL, 10); }
- (BOOL)boolValue {
    const char *text = self.UTF8String;
    text += strspn(text, " \t\n+-0");
    return *text != '\0' && strchr("YyTt123456789", *text) != NULL;
}
- (BOOL)isEqualToString:(NSString *)string { return [self isEqual:string]; }
- (instancetype)initWithData:(NSData *)data encoding:(NSStringEncoding)encoding {
    return [self initWithBytes:data.items ?: "" length:data.count encoding:encoding];
}
- (instancetype)initWithBytes:(const void *)bytes length:(NSUInteger)length encoding:(NSStringEncoding)encoding {
    @try {
        return [self initWithCString:bytes encoding:encoding length:length];
    } @catch (OFInvalidEncodingException *exception) {
        return nil;
    }
}
- (NSData *)dataUsingEncoding:(NSStringEncoding)encoding {
    return [NSData dataWithItems:[self cStringWithEncoding:encoding] count:[self cStringLengthWithEncoding:encoding]];
}
+ (instancetype)stringWithContentsOfFile:(NSString *)path encoding:(NSStringEncoding)encoding error:(NSError **)error {
    NSData *data = [NSData dataWithContentsOfFile:path];
    NSString *string = data ? [[self alloc] initWithData:data encoding:encoding] : nil;
    if (!string && error) *error = [NSError errorWithDomain:NSCocoaErrorDomain code:260 userInfo:nil];
    return string;
}
- (BOOL)writeToFile:(NSString *)path atomically:(BOOL)atomically encoding:(NSStringEncoding)encoding error:(NSError **)error {
    if ([[self dataUsingEncoding:encoding] writeToFile:path atomically:atomically]) return YES;
    if (error) *error = [NSError errorWithDomain:NSCocoaErrorDomain code:512 userInfo:nil];
    return NO;
}
@end

@implementation OFMutableString (Foundation)
- (void)setString:(NSString *)string { [self replaceCharactersInRange:OFMakeRange(0, self.length) withString:string]; }
@end

@implementation OFArray (Foundation)
COPYING
MUTABLE_COPYING
- (BOOL)isEqualToArray:(NSArray *)array { return [self isEqual:array]; }
- (NSArray *)subarrayWithRange:(NSRange)range { return [self objectsInRange:range]; }
- (NSArray *)sortedArrayUsingComparator:(NSComparator)comparator { return [self sortedArrayUsingComparator:comparator options:0]; }
- (NSArray *)sortedArrayUsingSelector:(SEL)selector { return [self sortedArrayUsingSelector:selector options:0]; }
- (NSEnumerator *)reverseObjectEnumerator { return self.reversedArray.objectEnumerator; }
@end

@implementation OFMutableArray (Foundation)
- (void)sortUsingComparator:(NSComparator)comparator { [self sortUsingComparator:comparator options:0]; }
- (void)setArray:(NSArray *)array {
    NSArray *kept = [array copy]; // It may be this array.
    [self removeAllObjects];
    [self addObjectsFromArray:kept];
}
@end

@implementation OFDictionary (Foundation)
COPYING
MUTABLE_COPYING
- (NSArray *)allValues { return self.allObjects; }
- (BOOL)isEqualToDictionary:(NSDictionary *)dictionary { return [self isEqual:dictionary]; }
@end

@implementation OFMutableDictionary (Foundation)
- (void)removeObjectsForKeys:(NSArray *)keys {
    for (id key in keys) [self removeObjectForKey:key];
}
- (void)setDictionary:(NSDictionary *)dictionary {
    NSDictionary *kept = [dictionary copy];
    [self removeAllObjects];
    [self addEntriesFromDictionary:kept];
}
@end

@implementation OFSet (Foundation)
COPYING
MUTABLE_COPYING
- (NSArray *)allObjects { return self.objectEnumerator.allObjects; }
- (BOOL)isEqualToSet:(NSSet *)set { return [self isEqual:set]; }
@end

@implementation OFNumber (Foundation)
COPYING
- (NSInteger)integerValue { return self.longValue; }
- (NSUInteger)unsignedIntegerValue { return self.unsignedLongValue; }
+ (NSNumber *)numberWithInteger:(NSInteger)value { return [self numberWithLong:value]; }
+ (NSNumber *)numberWithUnsignedInteger:(NSUInteger)value { return [self numberWithUnsignedLong:value]; }
- (BOOL)isEqualToNumber:(NSNumber *)number { return [self isEqual:number]; }
@end

@implementation OFData (Foundation)
COPYING
MUTABLE_COPYING
- (NSUInteger)length { return self.count; }
- (const void *)bytes { return self.items; }
+ (instancetype)dataWithBytes:(const void *)bytes length:(NSUInteger)length { return [self dataWithItems:bytes ?: "" count:length]; }
- (instancetype)initWithBytes:(const void *)bytes length:(NSUInteger)length { return [self initWithItems:bytes ?: "" count:length]; }
- (BOOL)isEqualToData:(NSData *)data { return [self isEqual:data]; }
- (NSString *)base64EncodedStringWithOptions:(NSDataBase64EncodingOptions)options {
    (void)options;
    return self.stringByBase64Encoding;
}
// Takes the place of ObjFW's own, which throws; reads with C alone, as that is what ObjFW's initialiser would call.
+ (instancetype)dataWithContentsOfFile:(NSString *)path {
    FILE *file = fopen(path.UTF8String, "rb");
    if (!file) return nil;
    OFMutableData *data = [OFMutableData data];
    char part[4096];
    for (size_t read; (read = fread(part, 1, sizeof part, file)) > 0;) [data addItems:part count:read];
    fclose(file);
    return [self dataWithItems:data.items ?: "" count:data.count];
}
- (BOOL)writeToFile:(NSString *)path atomically:(BOOL)atomically {
    (void)atomically;
    FILE *file = fopen(path.UTF8String, "wb");
    if (!file) return NO;
    bool whole = self.count == 0 || fwrite(self.items, 1, self.count, file) == self.count;
    return fclose(file) == 0 && whole;
}
@end

@implementation OFDate (Foundation)
COPYING
- (BOOL)isEqualToDate:(NSDate *)date { return [self isEqual:date]; }
@end

@implementation OFThread (Foundation)
+ (BOOL)isMainThread { return syscall(SYS_gettid) == getpid(); }
+ (void)detachNewThreadWithBlock:(void (^)(void))block {
    dispatch_async(dispatch_queue_create("detached", DISPATCH_QUEUE_SERIAL), block);
}
@end

NSString *NSStringFromClass(Class aClass) { return [NSString stringWithUTF8String:class_getName(aClass)]; }
NSString *NSStringFromSelector(SEL selector) { return [NSString stringWithUTF8String:sel_getName(selector)]; }

static bool isNumberOf(CFTypeRef object, const char *types) {
    id number = (__bridge id)object;
    return [number isKindOfClass:NSNumber.class] && strchr(types, *[(NSNumber *)number objCType]) != NULL;
}
CFTypeID CFBooleanGetTypeID(void) { return 21; }
CFTypeID CFNumberGetTypeID(void) { return 22; }
CFTypeID CFGetTypeID(CFTypeRef object) {
    if (isNumberOf(object, "B")) return CFBooleanGetTypeID();
    return [(__bridge id)object isKindOfClass:NSNumber.class] ? CFNumberGetTypeID() : 1;
}
unsigned char CFNumberIsFloatType(CFNumberRef number) { return isNumberOf(number, "fd"); }
