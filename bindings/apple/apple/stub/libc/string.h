// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
size_t strlen(const char *);
int strcmp(const char *, const char *), strncmp(const char *, const char *, size_t), memcmp(const void *, const void *, size_t);
void *memcpy(void *, const void *, size_t), *memset(void *, int, size_t), *memmove(void *, const void *, size_t);
char *strdup(const char *), *strchr(const char *, int), *strstr(const char *, const char *);
