// Of Apple's C library, what the bindings call.
#pragma once
#define assert(condition) ((void)(condition))
