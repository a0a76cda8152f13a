// Test-only stand-in for Apple's Foundation on Linux: Apple's names over ObjFW (modern ABI, ARC, blocks as objects). What is
// written against it must also compile against Apple's: the stub in ../apple, which has nothing of ObjFW, is what checks that.
// Where ObjFW differs in ways that cannot be mended here, ../README.md says so.
#pragma once
#import <ObjFW/ObjFW.h>
#include <stdlib.h>
#include <unistd.h>
#include "NSObjCRuntime.h"

#define NSObject OFObject
#define NSString OFString
#define NSMutableString OFMutableString
#define unichar OFUnichar
#define NSArray OFArray
#define NSMutableArray OFMutableArray
#define NSDictionary OFDictionary
#define NSMutableDictionary OFMutableDictionary
#define NSSet OFSet
#define NSMutableSet OFMutableSet
#define NSEnumerator OFEnumerator
#define NSValue OFValue
#define NSNumber OFNumber
#define NSNull OFNull
#define NSData OFData
#define NSMutableData OFMutableData
#define NSDate OFDate
#define NSUUID OFUUID
#define NSThread OFThread
#define NSLock OFMutex
#define NSRecursiveLock OFRecursiveMutex
#define NSCondition OFCondition
#define NSLocking OFLocking
#define NSRange OFRange
#define NSMakeRange OFMakeRange
#define NSNotFound OFNotFound
#define NSComparisonResult OFComparisonResult
#define NSComparator OFComparator
#define NSOrderedAscending OFOrderedAscending
#define NSOrderedSame OFOrderedSame
#define NSOrderedDescending OFOrderedDescending
#define NSStringEncoding OFStringEncoding
#define NSUTF8StringEncoding OFStringEncodingUTF8
#define NSASCIIStringEncoding OFStringEncodingASCII

#define NSLog(format, ...) OFLog(format, ##__VA_ARGS__)
#define NSCAssert(condition, message, ...) \
    do { if (!(condition)) { OFLog(@"%s:%d: assertion failed: " message, __FILE__, __LINE__, ##__VA_ARGS__); abort(); } } while (0)
#define NSAssert NSCAssert
#define NSCParameterAssert(condition) NSCAssert(condition, @"%s", #condition)
#define NSParameterAssert NSCParameterAssert

// ObjFW throws where Apple's gives nil: another selector takes the place of theirs. One that makes an object has to begin with "init", or
// ARC takes what it returns for autoreleased.
#define initWithData initFoundationWithData
#define stringWithContentsOfFile foundationStringWithContentsOfFile

NS_ASSUME_NONNULL_BEGIN

typedef struct _NSZone NSZone;

@protocol NSCopying
- (id)copyWithZone:(nullable NSZone *)zone;
@end
@protocol NSMutableCopying
- (id)mutableCopyWithZone:(nullable NSZone *)zone;
@end

@interface OFObject (Foundation)
+ (instancetype)new;
- (id)copy;
- (id)mutableCopy;
@end

@class NSError;
typedef NSString *NSErrorDomain;
FOUNDATION_EXPORT NSString *const NSLocalizedDescriptionKey;
FOUNDATION_EXPORT NSErrorDomain const NSCocoaErrorDomain;
@interface NSError : NSObject <NSCopying>
@property (readonly, copy) NSErrorDomain domain;
@property (readonly) NSInteger code;
@property (readonly, copy) NSDictionary *userInfo;
@property (readonly, copy) NSString *localizedDescription;
+ (instancetype)errorWithDomain:(NSErrorDomain)domain code:(NSInteger)code userInfo:(nullable NSDictionary *)userInfo;
- (instancetype)initWithDomain:(NSErrorDomain)domain code:(NSInteger)code userInfo:(nullable NSDictionary *)userInfo;
@end

typedef NSString *NSExceptionName;
FOUNDATION_EXPORT NSExceptionName const NSInvalidArgumentException;
FOUNDATION_EXPORT NSExceptionName const NSInternalInconsistencyException;
@interface NSException : OFException <NSCopying>
@property (readonly, copy) NSExceptionName name;
@property (nullable, readonly, copy) NSString *reason;
+ (NSException *)exceptionWithName:(NSExceptionName)name reason:(nullable NSString *)reason userInfo:(nullable NSDictionary *)userInfo;
- (void)raise;
@end

// Typed as copyable because Apple's are; ObjFW has the copy itself.
@interface OFString (Foundation) <NSCopying, NSMutableCopying>
@property (readonly) NSInteger integerValue;
@property (readonly) BOOL boolValue;
- (BOOL)isEqualToString:(NSString *)string;
- (nullable instancetype)initWithData:(NSData *)data encoding:(NSStringEncoding)encoding;
- (instancetype)initWithBytes:(const void *)bytes length:(NSUInteger)length encoding:(NSStringEncoding)encoding;
- (nullable NSData *)dataUsingEncoding:(NSStringEncoding)encoding;
+ (nullable instancetype)stringWithContentsOfFile:(NSString *)path
                                         encoding:(NSStringEncoding)encoding
                                            error:(NSError *_Nullable *_Nullable)error;
- (BOOL)writeToFile:(NSString *)path
         atomically:(BOOL)atomically
           encoding:(NSStringEncoding)encoding
              error:(NSError *_Nullable *_Nullable)error;
@end

@interface OFMutableString (Foundation)
- (void)setString:(NSString *)string;
@end

@interface OFArray<ObjectType> (Foundation) <NSCopying, NSMutableCopying>
- (BOOL)isEqualToArray:(NSArray<ObjectType> *)array;
- (NSArray<ObjectType> *)subarrayWithRange:(NSRange)range;
- (NSArray<ObjectType> *)sortedArrayUsingComparator:(NSComparator)comparator;
- (NSArray<ObjectType> *)sortedArrayUsingSelector:(SEL)selector;
- (NSEnumerator<ObjectType> *)reverseObjectEnumerator;
@end

@interface OFMutableArray<ObjectType> (Foundation)
- (void)replaceObjectAtIndex:(NSUInteger)index withObject:(ObjectType)object;
- (void)sortUsingComparator:(NSComparator)comparator;
- (void)setArray:(NSArray<ObjectType> *)array;
@end

@interface OFDictionary<KeyType, ObjectType> (Foundation) <NSCopying, NSMutableCopying>
@property (readonly, copy) NSArray<ObjectType> *allValues;
- (BOOL)isEqualToDictionary:(NSDictionary<KeyType, ObjectType> *)dictionary;
@end

@interface OFMutableDictionary<KeyType, ObjectType> (Foundation)
- (void)removeObjectsForKeys:(NSArray<KeyType> *)keys;
- (void)setDictionary:(NSDictionary<KeyType, ObjectType> *)dictionary;
@end

@interface OFSet<ObjectType> (Foundation) <NSCopying, NSMutableCopying>
@property (readonly, copy) NSArray<ObjectType> *allObjects;
- (BOOL)isEqualToSet:(NSSet<ObjectType> *)set;
@end

@interface OFNumber (Foundation) <NSCopying>
@property (readonly) NSInteger integerValue;
@property (readonly) NSUInteger unsignedIntegerValue;
+ (NSNumber *)numberWithInteger:(NSInteger)value;
+ (NSNumber *)numberWithUnsignedInteger:(NSUInteger)value;
- (BOOL)isEqualToNumber:(NSNumber *)number;
@end

typedef NS_OPTIONS(NSUInteger, NSDataBase64EncodingOptions) { NSDataBase64Encoding64CharacterLineLength = 1 };
@interface OFData (Foundation) <NSCopying, NSMutableCopying>
@property (readonly) NSUInteger length;
@property (nullable, readonly) const void *bytes;
+ (instancetype)dataWithBytes:(nullable const void *)bytes length:(NSUInteger)length;
- (instancetype)initWithBytes:(nullable const void *)bytes length:(NSUInteger)length;
- (BOOL)isEqualToData:(NSData *)data;
- (NSString *)base64EncodedStringWithOptions:(NSDataBase64EncodingOptions)options;
// nil, where ObjFW's own of this name throws.
+ (nullable instancetype)dataWithContentsOfFile:(NSString *)path;
- (BOOL)writeToFile:(NSString *)path atomically:(BOOL)atomically;
@end

@interface OFDate (Foundation) <NSCopying>
- (BOOL)isEqualToDate:(NSDate *)date;
@end

@interface OFThread (Foundation)
// Of any thread: ObjFW's own knows only threads that it started.
+ (BOOL)isMainThread;
+ (void)detachNewThreadWithBlock:(void (^)(void))block;
@end

typedef NS_OPTIONS(NSUInteger, NSJSONReadingOptions) {
    NSJSONReadingMutableContainers = 1, NSJSONReadingMutableLeaves = 2, NSJSONReadingFragmentsAllowed = 4
};
typedef NS_OPTIONS(NSUInteger, NSJSONWritingOptions) {
    NSJSONWritingPrettyPrinted = 1, NSJSONWritingSortedKeys = 2, NSJSONWritingFragmentsAllowed = 4
};
@interface NSJSONSerialization : NSObject
+ (BOOL)isValidJSONObject:(id)object;
+ (nullable NSData *)dataWithJSONObject:(id)object options:(NSJSONWritingOptions)options error:(NSError *_Nullable *_Nullable)error;
+ (nullable id)JSONObjectWithData:(NSData *)data options:(NSJSONReadingOptions)options error:(NSError *_Nullable *_Nullable)error;
@end

@interface NSFileManager : NSObject
@property (class, readonly) NSFileManager *defaultManager;
- (BOOL)fileExistsAtPath:(NSString *)path;
- (BOOL)removeItemAtPath:(NSString *)path error:(NSError *_Nullable *_Nullable)error;
- (BOOL)createDirectoryAtPath:(NSString *)path
  withIntermediateDirectories:(BOOL)intermediate
                   attributes:(nullable NSDictionary<NSString *, id> *)attributes
                        error:(NSError *_Nullable *_Nullable)error;
@end
typedef NS_ENUM(NSUInteger, NSSearchPathDirectory) { NSDocumentDirectory = 9, NSCachesDirectory = 13, NSApplicationSupportDirectory = 14 };
typedef NS_OPTIONS(NSUInteger, NSSearchPathDomainMask) { NSUserDomainMask = 1 };
FOUNDATION_EXPORT NSArray<NSString *> *NSSearchPathForDirectoriesInDomains(NSSearchPathDirectory directory, NSSearchPathDomainMask mask,
                                                                           BOOL expandTilde);
FOUNDATION_EXPORT NSString *NSHomeDirectory(void);
FOUNDATION_EXPORT NSString *NSTemporaryDirectory(void);
FOUNDATION_EXPORT NSString *NSStringFromClass(Class aClass);
FOUNDATION_EXPORT NSString *NSStringFromSelector(SEL selector);

// How Apple's code tells @YES from @1 and @1.5: its own objCType cannot.
typedef const void *CFTypeRef;
typedef const struct __CFNumber *CFNumberRef;
typedef unsigned long CFTypeID;
typedef unsigned char CFBoolean;
FOUNDATION_EXPORT CFTypeID CFGetTypeID(CFTypeRef object);
FOUNDATION_EXPORT CFTypeID CFBooleanGetTypeID(void);
FOUNDATION_EXPORT CFTypeID CFNumberGetTypeID(void);
FOUNDATION_EXPORT unsigned char CFNumberIsFloatType(CFNumberRef number);

NS_ASSUME_NONNULL_END

#include <dispatch/dispatch.h>
#include "NSRunLoop.h"
