// Of Apple's C library, what the bindings call.
#pragma once
#define SIGKILL 9
#define SIGTERM 15
#define SIGABRT 6
#include <sys/types.h>
int kill(pid_t, int);
int raise(int);
