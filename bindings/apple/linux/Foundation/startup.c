// Linked last, and C: it runs when all Objective-C files, NSError.m and the program's own among them, have named their classes.
extern void foundation_start(void);
__attribute__((constructor)) static void start(void) { foundation_start(); }
