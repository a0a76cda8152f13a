// Of Apple's C library, what the bindings call.
#pragma once
#include <stddef.h>
double floor(double), ceil(double), trunc(double), round(double), fabs(double);
