// What the other headers need from the platform, and what they supply where it is missing.

#import <Foundation/Foundation.h>
#import <dispatch/dispatch.h>

// Apple's Foundation defines all of these; another Foundation may not.
#ifndef NS_ASSUME_NONNULL_BEGIN
#define NS_ASSUME_NONNULL_BEGIN _Pragma("clang assume_nonnull begin")
#define NS_ASSUME_NONNULL_END _Pragma("clang assume_nonnull end")
#endif

#ifndef NS_ENUM
#define NS_ENUM(type, name)                                                \
    enum __attribute__((enum_extensibility(open))) name : type name;       \
    enum name : type
#endif

#ifndef NS_SWIFT_NAME
#define NS_SWIFT_NAME(name) __attribute__((swift_name(#name)))
#endif

#ifndef NS_UNAVAILABLE
#define NS_UNAVAILABLE __attribute__((unavailable))
#endif

#ifndef NS_DESIGNATED_INITIALIZER
#define NS_DESIGNATED_INITIALIZER __attribute__((objc_designated_initializer))
#endif

// The sizes of pictures. Apple's platforms have them in CoreGraphics; elsewhere there is none.
#if __has_include(<CoreGraphics/CGGeometry.h>)
#import <CoreGraphics/CGGeometry.h>
#elif !defined(CGFLOAT_DEFINED)
#define CGFLOAT_DEFINED 1
typedef double CGFloat;
typedef struct CGSize {
    CGFloat width;
    CGFloat height;
} CGSize;
#endif
