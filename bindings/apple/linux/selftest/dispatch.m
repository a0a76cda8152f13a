// What a block captures lives until the block has run and is freed then, also when a thread that only C knows queued it and the
// threads' own autorelease pools are all there is. Once with ARC and once without, each many times over.
#import <Foundation/Foundation.h>
#include <pthread.h>
#include <stdatomic.h>

#define CHECK(...) NSCAssert((__VA_ARGS__), @"%s", #__VA_ARGS__)
#if __has_feature(objc_arc)
#define RELEASE(object) ((void)0)
#define AUTORELEASE(object) (object)
#else
#define RELEASE(object) [object release]
#define AUTORELEASE(object) [object autorelease]
#endif

static atomic_int live;

@interface Probe : NSObject
@property (nonatomic, copy) NSString *name;
@end
@implementation Probe
- (instancetype)init {
    if ((self = [super init])) atomic_fetch_add(&live, 1);
    return self;
}
- (void)dealloc {
    atomic_fetch_sub(&live, 1);
#if !__has_feature(objc_arc)
    [_name release];
    [super dealloc];
#endif
}
@end

// As an SDK class would keep one.
@interface Holder : NSObject
@property (nonatomic, strong) dispatch_queue_t queue;
@end
@implementation Holder
#if !__has_feature(objc_arc)
- (void)dealloc {
    [_queue release];
    [super dealloc];
}
#endif
@end

static atomic_int ran, wrong;
static dispatch_semaphore_t done;

static void use(Probe *probe) {
    if (atomic_load(&live) < 1 || ![probe.name isEqualToString:@"probe 1"]) atomic_fetch_add(&wrong, 1);
    // Autoreleased on a thread that nobody gave a pool: it must not stay.
    (void)AUTORELEASE([[Probe alloc] init]);
    atomic_fetch_add(&ran, 1);
}

static void *foreign(void *context) {
    (void)context;
    @autoreleasepool {
        Holder *holder = AUTORELEASE([[Holder alloc] init]);
        dispatch_queue_t serial = dispatch_queue_create("serial", DISPATCH_QUEUE_SERIAL);
        holder.queue = serial;
        RELEASE(serial);
        for (int round = 0; round < 10; round++) {
            Probe *probe = AUTORELEASE([[Probe alloc] init]);
            probe.name = [NSString stringWithFormat:@"probe %d", 1];
            dispatch_async(dispatch_get_main_queue(), ^{
                if (!NSThread.isMainThread) atomic_fetch_add(&wrong, 1);
                use(probe);
            });
            dispatch_async(holder.queue, ^{ use(probe); });
            dispatch_async(dispatch_get_global_queue(0, 0), ^{ use(probe); });
        }
        // The queue goes when its last block has run, though nothing else holds it by then.
        dispatch_async(holder.queue, ^{ dispatch_semaphore_signal(done); });
    }
    return NULL;
}

int main(void) {
    @autoreleasepool {
        done = dispatch_semaphore_create(0);
        pthread_t threads[4];
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, foreign, NULL);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
        for (int i = 0; i < 4; i++) CHECK(dispatch_semaphore_wait(done, dispatch_time(DISPATCH_TIME_NOW, 10 * NSEC_PER_SEC)) == 0);
        NSDate *end = [NSDate dateWithTimeIntervalSinceNow:10];
        while ((atomic_load(&ran) < 120 || atomic_load(&live) > 0) && end.timeIntervalSinceNow > 0)
            [[NSRunLoop mainRunLoop] runMode:NSDefaultRunLoopMode beforeDate:end];
        CHECK(atomic_load(&ran) == 120 && atomic_load(&wrong) == 0 && atomic_load(&live) == 0);
        RELEASE(done);
        __block BOOL synced = NO;
        dispatch_queue_t queue = dispatch_queue_create("sync", NULL);
        dispatch_sync(queue, ^{ synced = YES; });
        CHECK(synced && strcmp(dispatch_queue_get_label(queue), "sync") == 0);
        RELEASE(queue);
    }
    // The other way to serve the main queue: the main thread ends and libdispatch's threads take its blocks.
    dispatch_async(dispatch_get_main_queue(), ^{
        puts("dispatch: passed");
        exit(0);
    });
    dispatch_main();
}
