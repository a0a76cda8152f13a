// Of Apple's C library, what the bindings call.
#pragma once
typedef long time_t;
struct timespec {
    time_t tv_sec;
    long tv_nsec;
};
time_t time(time_t *);
int nanosleep(const struct timespec *, struct timespec *);
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 6
int clock_gettime(int, struct timespec *);
