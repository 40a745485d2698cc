/*
 * otter pack: each format has a table of options and a file of its own.
 */
#ifndef CLI_PACK_H
#define CLI_PACK_H

#include <time.h>

#include "cli/encode/encode.h"
#include "cli/package_file.h"

int pack_otter(int argc, char **argv);
int pack_rbl(int argc, char **argv);

/* What --compress was given, or NULL for its default: NULL after an error. */
const struct encoder *pack_encoder(const char *name);

/* A raw image of 1 to `most` bytes: EXIT_OK, or EXIT_FAIL after an error. Warns of what no device could run. */
int pack_load_image(const char *path, uint64_t most, struct buffer *image, time_t *mtime);

void pack_warn_of_part(const char *part);

/* Reads a new package through the reader that devices have: EXIT_OK, or EXIT_FAIL after an error. */
int pack_check(const char *name, struct buffer package, const struct reader_keys *keys);

#endif
