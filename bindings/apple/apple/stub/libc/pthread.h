// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
typedef struct _opaque_pthread_t *pthread_t;
int pthread_create(pthread_t *, const void *, void *(*)(void *), void *), pthread_join(pthread_t, void **);
pthread_t pthread_self(void);
int pthread_main_np(void);
