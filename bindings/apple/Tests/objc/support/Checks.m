#import "Support.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static atomic_int failures;
static atomic_int passes;

void check(BOOL passed, const char *what, const char *file, int line) {
    atomic_fetch_add(passed ? &passes : &failures, 1);
    if (!passed) fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

void checkCode(NSInteger expected, EMError *error, const char *what, const char *file, int line) {
    NSInteger code = error ? (NSInteger)error.code : 0;
    check(error == nil || (error.code != 0 && error.errorDescription.length > 0), "an error has a number and a description", file, line);
    atomic_fetch_add(code == expected ? &passes : &failures, 1);
    if (code == expected) return;
    fprintf(stderr, "%s:%d: expected %ld, got %ld (%s): %s\n", file, line, (long)expected, (long)code,
            error.errorDescription.UTF8String ?: "", what);
}

void checkEqual(id expected, id got, const char *what, const char *file, int line) {
    BOOL equal = expected == got || [expected isEqual:got];
    atomic_fetch_add(equal ? &passes : &failures, 1);
    if (equal) return;
    fprintf(stderr, "%s:%d: expected %s, got %s: %s\n", file, line, [[expected description] UTF8String] ?: "nil",
            [[got description] UTF8String] ?: "nil", what);
}

int report(void) {
    printf("%d checks passed, %d failed\n", (int)passes, (int)failures);
    return failures != 0 || passes == 0;
}

void closeClients(void);

void run(const char *name, void (*test)(void)) {
    const char *only = getenv("LACUNA_ONLY");
    if (only && strcmp(only, name) != 0) return;
    int before = failures;
    @autoreleasepool {
        test();
    }
    @autoreleasepool {
        closeClients();
    }
    printf("%s %s\n", failures == before ? "ok    " : "FAILED", name);
    fflush(stdout);
}

BOOL becomes(BOOL (^condition)(void)) {
    NSDate *end = [NSDate dateWithTimeIntervalSinceNow:PATIENCE_SECONDS];
    while (!condition()) {
        if ([end timeIntervalSinceNow] < 0) return NO;
        @autoreleasepool {
            NSDate *soon = [NSDate dateWithTimeIntervalSinceNow:0.005];
            [[NSRunLoop mainRunLoop] runMode:NSDefaultRunLoopMode beforeDate:soon];
        }
    }
    return YES;
}

@implementation Answer {
    dispatch_semaphore_t _there;
}

+ (instancetype)answer {
    return MADE([[self alloc] init]);
}

- (instancetype)init {
    if ((self = [super init])) _there = dispatch_semaphore_create(0);
    return self;
}

- (void)dealloc {
#if !__has_feature(objc_arc)
    [_error release];
    [_value release];
    dispatch_release(_there);
#endif
    SUPER_DEALLOC;
}

- (void)give:(id)value error:(EMError *)error {
    self.thread = pthread_self();
    self.value = value;
    self.error = error;
    self.calls++;
    dispatch_semaphore_signal(_there);
}

- (EMError *)wait {
    if (dispatch_semaphore_wait(_there, dispatch_time(DISPATCH_TIME_NOW, PATIENCE_SECONDS * (int64_t)NSEC_PER_SEC)) != 0) {
        CHECK(!"a completion did not come");
        return [EMError errorWithDescription:@"a completion did not come" code:(EMErrorCode)-1];
    }
    CHECK(self.calls == 1);
    return self.error;
}

- (id)got {
    EMError *error = [self wait];
    CHECK_CODE(0, error);
    return self.value;
}

// Without ARC a block that is returned has to leave the stack by itself.
- (void (^)(EMError *))none {
    return MADE([^(EMError *error) { [self give:nil error:error]; } copy]);
}

- (void (^)(id, EMError *))one {
    return MADE([^(id value, EMError *error) { [self give:value error:error]; } copy]);
}

- (void (^)(NSInteger, EMError *))number {
    return MADE([^(NSInteger count, EMError *error) { [self give:@(count) error:error]; } copy]);
}

@end
