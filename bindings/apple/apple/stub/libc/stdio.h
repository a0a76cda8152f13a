// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
typedef struct __sFILE FILE;
extern FILE *__stderrp, *__stdoutp;
int printf(const char *, ...), fprintf(FILE *, const char *, ...), snprintf(char *, size_t, const char *, ...), puts(const char *), fflush(FILE *);
#define stderr __stderrp
#define stdout __stdoutp
