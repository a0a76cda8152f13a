// Clients come and go, and nothing of them stays: no thread, no memory, no open file.
#include "check.h"

#include <dirent.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 200

static int entries(const char *folder) {
  DIR *open = opendir(folder);
  int count = 0;
  while (readdir(open)) count++;
  closedir(open);
  return count;
}
static int threads(void) { return entries("/proc/self/task"); }
static int files(void) { return entries("/proc/self/fd"); }

static long resident_kib(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;
  while (fgets(line, sizeof line, file)) sscanf(line, "VmRSS: %ld", &kib);
  fclose(file);
  return kib;
}

// The kernel takes a joined thread off the list a moment after the join has returned.
static int threads_settled(int wanted) {
  struct timespec const moment = {.tv_nsec = 1000000};
  for (int i = 0; i < 5000 && threads() > wanted; i++) nanosleep(&moment, NULL);
  return threads();
}

static void life(const char *url, const char *name, const char *folder, int turn) {
  LacunaClient *client = client_in(url, folder);
  Notes *notes = notes_new(client);
  CHECK_CODE(0, lacuna_login(client, name, "secret", false, LACUNA_BLOCKING, NULL, on_done));
  int64_t time;
  char *id = send_text(client, name, "to myself", &time);
  Seen *seen = seen_new();
  lacuna_delete_from_server_through(client, LACUNA_CHAT, name, (double)time, LACUNA_LATER, seen, on_done);
  // Every other one is freed while the call is on its way.
  if (turn % 2) CHECK_CODE(0, seen_wait(seen));
  lacuna_client_free(client);
  CHECK(seen->calls == 1);
  seen_free(seen);
  notes_free(notes);
  free(id);
}

static void clients_come_and_go(void) {
  char *name = new_name("leak"), *folder = new_folder();
  LacunaClient *client = client_in(server_url(), folder);
  CHECK_CODE(0, lacuna_register(client, name, "secret", LACUNA_BLOCKING, NULL, on_done));
  lacuna_client_free(client);
  int threads_before = 0, files_before = 0;
  long kib_before = 0;
  for (int i = 0; i < CLIENTS; i++) {
    life(server_url(), name, folder, i);
    // The first ones fill caches and allocators.
    if (i != CLIENTS / 4) continue;
    malloc_trim(0);
    files_before = files();
    kib_before = resident_kib();
    threads_before = threads();
  }
  malloc_trim(0);
  int threads_after = threads_settled(threads_before), files_after = files();
  long kib_after = resident_kib();
  printf("       threads %d -> %d, files %d -> %d, resident %ld -> %ld KiB\n", threads_before, threads_after, files_before, files_after,
         kib_before, kib_after);
  CHECK(threads_after <= threads_before);
  CHECK(files_after <= files_before);
  // The sanitizer keeps what was freed for a while, so its build is looked at for leaks, not for size.
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(kib_after < kib_before + 4096);
#endif
  free(folder);
  free(name);
}

// Clients that nobody logs in with, all alive at once.
static void many_at_once(void) {
  // The first client of a process leaves two sockets for signals, which all later ones share.
  char *first = new_folder();
  lacuna_client_free(client_in(server_url(), first));
  free(first);
  int before = threads_settled(1), files_before = files();
  LacunaClient *clients[20];
  char *folders[20];
  for (int i = 0; i < 20; i++) {
    folders[i] = new_folder();
    clients[i] = client_in(server_url(), folders[i]);
  }
  CHECK(threads() > before);
  for (int i = 0; i < 20; i++) {
    lacuna_client_free(clients[i]);
    free(folders[i]);
  }
  CHECK(threads_settled(before) == before);
  CHECK(files() == files_before);
}

int main(void) {
  run("many at once", many_at_once);
  run("clients come and go", clients_come_and_go);
  return report();
}
