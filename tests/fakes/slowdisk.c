/*
 * Preloaded, it is a network folder that stops answering: looking at a file in a folder called `slow-folder` takes a second
 * and a half for as long as the folder has a file `hangs`.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not from <sys/stat.h>, which promises that the path is not NULL: Rust's library asks with NULL whether the call exists. */
int statx(int folder, const char *path, int flags, unsigned mask, void *out);

int statx(int folder, const char *path, int flags, unsigned mask, void *out) {
    const char *found = path ? strstr(path, "/slow-folder/") : NULL;
    if (found) {
        char mark[4096];
        snprintf(mark, sizeof mark, "%.*s/slow-folder/hangs", (int)(found - path), path);
        if (!access(mark, F_OK)) usleep(1500 * 1000);
    }
    return (int)syscall(SYS_statx, folder, path, flags, mask, out);
}
