// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
double floor(double), ceil(double), trunc(double), round(double), fabs(double);
#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()
#define isnan(x) __builtin_isnan(x)
#define isfinite(x) __builtin_isfinite(x)
