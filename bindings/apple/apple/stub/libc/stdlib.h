// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
void *malloc(size_t), *calloc(size_t, size_t), *realloc(void *, size_t);
void free(void *);
int atoi(const char *);
long atol(const char *);
char *getenv(const char *);
void abort(void) __attribute__((noreturn));
void exit(int) __attribute__((noreturn));
long strtol(const char *, char **, int);
long long strtoll(const char *, char **, int);
char *strdup(const char *);
