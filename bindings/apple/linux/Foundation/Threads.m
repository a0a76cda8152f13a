// What has to happen before there are threads, as ObjFW leaves it to the first use.
#import <Foundation/Foundation.h>
#include <pthread.h>

// A string literal becomes whole at the first message to it: -finishInitialization allocates its storage and then gives it another
// class. Of two threads that come at once, one would find a class that lacks the method, so they take turns and it is there.
static pthread_mutex_t literals = PTHREAD_MUTEX_INITIALIZER;
static Class unfinished;
typedef void (*Finish)(id, SEL);
static Finish finish;

static void finishOnce(id literal, SEL selector) {
    pthread_mutex_lock(&literals);
    if (object_getClass(literal) == unfinished) finish(literal, selector);
    pthread_mutex_unlock(&literals);
}

static void guardLiterals(void) {
    SEL selector = sel_registerName("finishInitialization");
    Class finished = objc_lookUpClass("OFConstantUTF8String");
    unfinished = OFConstantString.class;
    NSCAssert(finished && class_respondsToSelector(unfinished, selector), @"another ObjFW than this was written for");
    (void)[finished class];
    IMP once = (IMP)(void (*)(void))finishOnce;
    finish = (Finish)(void (*)(void))class_replaceMethod(unfinished, selector, once, "v16@0:8");
    class_replaceMethod(finished, selector, once, "v16@0:8");
}

// A class's dispatch table is filled at the first message to the class, in place, while other threads read it: two threads that
// meet a class for the first time crash now and then (objc_update_dtable in ObjFW's runtime/class.m). So every class gets a first
// message here.
static void initializeClasses(void) {
    unsigned int count = 0;
    Class *classes = objc_copyClassList(&count);
    for (unsigned int i = 0; i < count; i++) {
        Class named = objc_lookUpClass(class_getName(classes[i])); // Binds its superclass, too.
        if (named) (void)[named class];
    }
    free(classes);
}

void foundation_start(void) {
    initializeClasses();
    guardLiterals();
}
