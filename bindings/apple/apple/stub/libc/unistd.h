// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
int getpid(void);
unsigned sleep(unsigned);
int usleep(unsigned);
