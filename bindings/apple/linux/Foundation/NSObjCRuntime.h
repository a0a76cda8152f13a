// The macros of Apple's Foundation that headers and sources use, with Apple's meaning. Shared by the stand-in over ObjFW and by
// the stub that Apple's importer reads.
#pragma once

#define NS_ASSUME_NONNULL_BEGIN _Pragma("clang assume_nonnull begin")
#define NS_ASSUME_NONNULL_END _Pragma("clang assume_nonnull end")

// With a name it declares the type, too; the second form is for enums without one.
#define NS_ENUM_GET(_1, _2, NAME, ...) NAME
#define NS_ENUM_NAMED(type, name) enum __attribute__((enum_extensibility(open))) name : type name; enum name : type
#define NS_ENUM_ANONYMOUS(type) enum __attribute__((enum_extensibility(open))) : type
#define NS_ENUM(...) NS_ENUM_GET(__VA_ARGS__, NS_ENUM_NAMED, NS_ENUM_ANONYMOUS, )(__VA_ARGS__)
#define NS_CLOSED_ENUM(type, name) enum __attribute__((enum_extensibility(closed))) name : type name; enum name : type
#define NS_OPTIONS(type, name) enum __attribute__((flag_enum, enum_extensibility(open))) name : type name; enum name : type
#define NS_TYPED_EXTENSIBLE_ENUM __attribute__((swift_wrapper(struct)))

#define NS_SWIFT_NAME(name) __attribute__((swift_name(#name)))
#define NS_SWIFT_UNAVAILABLE(text) __attribute__((availability(swift, unavailable, message = text)))
#define NS_REFINED_FOR_SWIFT __attribute__((swift_private))
#define NS_SWIFT_NOTHROW __attribute__((swift_error(none)))
#define NS_SWIFT_DISABLE_ASYNC __attribute__((swift_async(none)))
#define NS_SWIFT_ASYNC_NAME(name) __attribute__((swift_async_name(#name)))
#define NS_SWIFT_SENDABLE __attribute__((swift_attr("@Sendable")))
#define NS_UNAVAILABLE __attribute__((unavailable))
#define NS_DESIGNATED_INITIALIZER __attribute__((objc_designated_initializer))
#define NS_REQUIRES_SUPER __attribute__((objc_requires_super))
#define NS_RETURNS_RETAINED __attribute__((ns_returns_retained))
#define NS_NOESCAPE __attribute__((noescape))
#ifdef __cplusplus
#define FOUNDATION_EXPORT extern "C"
#else
#define FOUNDATION_EXPORT extern
#endif

typedef long NSInteger;
typedef unsigned long NSUInteger;
typedef double NSTimeInterval;
#define NSIntegerMax __LONG_MAX__
#define NSIntegerMin (-__LONG_MAX__ - 1L)
#define NSUIntegerMax (__LONG_MAX__ * 2UL + 1UL)

#ifndef MIN
#define MIN(A, B) ({ __typeof__(A) _a = (A); __typeof__(B) _b = (B); _a < _b ? _a : _b; })
#define MAX(A, B) ({ __typeof__(A) _a = (A); __typeof__(B) _b = (B); _a < _b ? _b : _a; })
#endif

// Apple's CFCGTypes.h has these, and Foundation includes it.
#define CGFLOAT_DEFINED 1
typedef double CGFloat;
typedef struct CGPoint { CGFloat x, y; } CGPoint;
typedef struct CGSize { CGFloat width, height; } CGSize;
