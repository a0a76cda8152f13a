// Of Apple's C library, what the bindings call.
#pragma once
#include <stdint.h>
struct stat {
    uint16_t st_mode;
    int64_t st_size;
};
int stat(const char *, struct stat *);
int mkdir(const char *, uint16_t);
#define S_ISREG(mode) (((mode) & 0170000) == 0100000)
#define S_ISDIR(mode) (((mode) & 0170000) == 0040000)
