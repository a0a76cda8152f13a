// Of Apple's C library, what the bindings call.
#pragma once
#include <sys/types.h>
pid_t getpid(void);
unsigned sleep(unsigned);
int usleep(unsigned);
int access(const char *, int);
int unlink(const char *);
#define F_OK 0
