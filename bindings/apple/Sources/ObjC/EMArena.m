#import "EMArena.h"
#include <stdlib.h>
#include <string.h>

#if !__has_feature(objc_arc)
#error "compile with -fobjc-arc"
#endif

// Each piece knows the one before it. The union aligns what follows.
typedef union EMPiece {
    union EMPiece *before;
    max_align_t aligned;
} EMPiece;

@implementation EMArena {
    EMPiece *_last;
}

- (void)dealloc {
    while (_last) {
        EMPiece *before = _last->before;
        free(_last);
        _last = before;
    }
}

- (void *)room:(size_t)size {
    EMPiece *piece = calloc(1, sizeof(EMPiece) + size);
    if (!piece) abort();
    piece->before = _last;
    _last = piece;
    return piece + 1;
}

- (const char *)text:(NSString *)text {
    // The string's own bytes live only as long as the pool around: too short for some callers.
    const char *bytes = text.UTF8String;
    if (!bytes) return NULL;
    size_t size = strlen(bytes) + 1;
    return memcpy([self room:size], bytes, size);
}

- (const char *const *)texts:(NSArray<NSString *> *)texts {
    if (texts.count == 0) return NULL;
    const char **list = [self room:texts.count * sizeof *list];
    for (NSUInteger i = 0; i < texts.count; i++) list[i] = [self text:texts[i]];
    return list;
}

- (const int32_t *)numbers:(NSArray<NSNumber *> *)numbers {
    if (numbers.count == 0) return NULL;
    int32_t *list = [self room:numbers.count * sizeof *list];
    for (NSUInteger i = 0; i < numbers.count; i++) list[i] = numbers[i].intValue;
    return list;
}

@end
