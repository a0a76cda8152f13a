/* Faults for a process under test, by LD_PRELOAD: a journal of what it writes and syncs, a full disk, a clock that jumps.
 * Each is asked for by an environment variable; see faults.rs. Linux with glibc. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define FDS 4096

enum { CREATE = 'C', WRITE = 'W', CUT = 'T', SYNC = 'S', REMOVE = 'R' };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *paths[FDS]; /* of the files below the folder that are open */
static const char *folder, *journal_path, *full_flag, *clock_file;
static int journal = -1;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_clock)(clockid_t, struct timespec *);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

__attribute__((constructor)) static void begin(void) {
    if (real_pwrite) return;
    real_open = real("open64");
    real_close = real("close");
    real_fsync = real("fsync");
    real_ftruncate = real("ftruncate64");
    real_unlink = real("unlink");
    real_clock = real("clock_gettime");
    real_write = real("write");
    folder = getenv("LACUNA_FAULTS_FOLDER");
    journal_path = getenv("LACUNA_FAULTS_JOURNAL");
    full_flag = getenv("LACUNA_FAULTS_FULL");
    clock_file = getenv("LACUNA_FAULTS_CLOCK");
    if (journal_path) journal = real_open(journal_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    real_pwrite = real("pwrite64");
}

/* --- the journal ------------------------------------------------------------------------------------------------- */

static const char *below(const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    return length && !strncmp(path, folder, length) ? path : NULL;
}

/* Called with the lock. One record: kind, length of the path, offset, length of the data, path, data. */
static void record(char kind, const char *path, uint64_t offset, const void *data, uint64_t length) {
    if (journal < 0) return;
    uint64_t head[4] = {(uint64_t)kind, strlen(path), offset, length};
    size_t size = sizeof head + head[1] + length;
    char *all = malloc(size);
    if (!all) abort();
    memcpy(all, head, sizeof head);
    memcpy(all + sizeof head, path, head[1]);
    if (length) memcpy(all + sizeof head + head[1], data, length);
    if (real_write(journal, all, size) != (ssize_t)size) abort();
    free(all);
}

static const char *path_of(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }

static int opened(int fd, const char *path, int created) {
    char full[PATH_MAX];
    if (fd < 0 || fd >= FDS || !folder || !realpath(path, full) || !below(full)) return fd;
    pthread_mutex_lock(&lock);
    free(paths[fd]);
    paths[fd] = strdup(full);
    if (created) record(CREATE, full, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return fd;
}

static int open_it(const char *path, int flags, mode_t mode) {
    begin();
    struct stat status;
    int created = (flags & O_CREAT) && stat(path, &status) != 0;
    return opened(real_open(path, flags, mode), path, created);
}

#define OPEN(name)                                  \
    int name(const char *path, int flags, ...) {    \
        va_list more;                               \
        va_start(more, flags);                      \
        mode_t mode = va_arg(more, int);            \
        va_end(more);                               \
        return open_it(path, flags, mode);          \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    begin();
    pthread_mutex_lock(&lock);
    if (path_of(fd)) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
    pthread_mutex_unlock(&lock);
    return real_close(fd);
}

/* --- a full disk: what makes a file longer fails ----------------------------------------------------------------- */

static int is_full(int fd, off_t end) {
    struct stat status;
    if (!full_flag || access(full_flag, F_OK) != 0) return 0;
    return fstat(fd, &status) == 0 && end > status.st_size;
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset, int placed) {
    pthread_mutex_lock(&lock);
    const char *path = path_of(fd);
    ssize_t written;
    if (path && is_full(fd, offset + (off_t)length)) {
        errno = ENOSPC;
        written = -1;
    } else {
        written = placed ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
        if (path && written > 0) record(WRITE, path, offset, data, written);
    }
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t write(int fd, const void *data, size_t length) {
    begin();
    if (!path_of(fd)) return real_write(fd, data, length);
    return write_at(fd, data, length, lseek(fd, 0, SEEK_CUR), 0);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    begin();
    if (!path_of(fd)) return real_pwrite(fd, data, length, offset);
    return write_at(fd, data, length, offset, 1);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return pwrite(fd, data, length, offset); }

/* --- cuts, syncs, removals --------------------------------------------------------------------------------------- */

int ftruncate(int fd, off_t length) {
    begin();
    pthread_mutex_lock(&lock);
    int done = real_ftruncate(fd, length);
    if (path_of(fd) && done == 0) record(CUT, path_of(fd), length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

/* A journal is made where the disk itself is not at stake: the record is the sync. */
int fsync(int fd) {
    begin();
    pthread_mutex_lock(&lock);
    if (path_of(fd)) record(SYNC, path_of(fd), 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return journal < 0 ? real_fsync(fd) : 0;
}

int fdatasync(int fd) { return fsync(fd); }

int unlink(const char *path) {
    begin();
    pthread_mutex_lock(&lock);
    int done = real_unlink(path);
    if (done == 0 && below(path)) record(REMOVE, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

/* --- the wall clock, so many milliseconds ahead or behind, as a file says ---------------------------------------- */

int clock_gettime(clockid_t id, struct timespec *now) {
    begin();
    int done = real_clock(id, now);
    if (done != 0 || id != CLOCK_REALTIME || !clock_file) return done;
    char text[32] = {0};
    int fd = real_open(clock_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return done;
    ssize_t length = read(fd, text, sizeof text - 1);
    real_close(fd);
    if (length <= 0) return done;
    int64_t ms = now->tv_sec * 1000LL + now->tv_nsec / 1000000 + atoll(text);
    now->tv_sec = ms / 1000;
    now->tv_nsec = ms % 1000 * 1000000 + now->tv_nsec % 1000000;
    return done;
}
