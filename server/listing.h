/*
 * What a folder holds, as far as it is served.
 */
#ifndef OTTER_LISTING_H
#define OTTER_LISTING_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "server/path.h"

#define OTTER_LISTING_MAX 5000 /* entries: a page that a browser can still show */

struct otter_entry {
    char *name;
    uint64_t size; /* bytes */
    time_t mtime;
    bool folder;
};

struct otter_listing {
    struct otter_entry *entries; /* folders first, then by name, numbers in names by their value */
    size_t count;
    bool cut; /* there are more than OTTER_LISTING_MAX */
};

/*
 * Regular files and folders that a request could get: nothing hidden, no link that leaves the root. 0 or -errno; after
 * an error there is nothing to free.
 */
int otter_listing_read(struct otter_listing *listing, const struct otter_root *root, const char *path);
void otter_listing_free(struct otter_listing *listing);

/* A page for browsers, from malloc, or NULL if memory ran out. */
char *otter_listing_page(const struct otter_listing *listing, const char *path, size_t *length);

#endif
