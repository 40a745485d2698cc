/*
 * From a request's target to a file, and nowhere outside the folder that is served.
 *
 *     "/fw/app%2D2.rbl?x=1"  --decode-->  "fw/app-2.rbl"  --openat-->  fd
 *
 * Two independent walls. The text: no "..", no NUL, no backslash, no name that begins with a dot. The file system: the
 * kernel resolves the path beneath the folder, so that no symbolic link leads out, whoever swaps it meanwhile.
 */
#ifndef OTTER_PATH_H
#define OTTER_PATH_H

#include <stdbool.h>
#include <stdio.h>

#define OTTER_PATH_SIZE 4096 /* bytes with the NUL, as Linux's PATH_MAX */

struct otter_path {
    char text[OTTER_PATH_SIZE]; /* relative, without empty names; "." is the folder itself */
    bool slash;                 /* the target ended with a slash: it means a folder */
};

/*
 * Decodes a raw request target (RFC 9112, 3.2: origin-form, or absolute-form, whose host is ignored), the query cut
 * off. 0, or the HTTP status that refuses it: 400, 404 (a hidden name: whether it exists is not told) or 414.
 */
int otter_path_decode(struct otter_path *path, const char *target);

/* Writes the path as it stands in a URL: a slash stays, other bytes are escaped where RFC 3986, 2.3 wants it. */
void otter_path_encode(FILE *out, const char *path);

struct otter_root {
    int dir;      /* the folder, open */
    bool openat2; /* the kernel has it; otherwise symbolic links are not followed at all */
};

/* 0 or -errno. */
int otter_root_open(struct otter_root *root, const char *dir);
void otter_root_close(struct otter_root *root);

/*
 * Opens a decoded path with open(2)'s flags: a descriptor, or -errno (-EXDEV: a symbolic link leaves the folder, or is
 * absolute). Never blocks: a FIFO opens at once, and it is for the caller to see that it is no regular file.
 */
int otter_root_openat(const struct otter_root *root, const char *path, int flags);

#endif
