// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
#include <stdint.h>
typedef int pid_t;
typedef uint16_t mode_t;
typedef int64_t off_t;
typedef long ssize_t;
