/*
 * otter pack: each format has a table of options and a file of its own.
 */
#ifndef CLI_PACK_H
#define CLI_PACK_H

#include "cli/package_file.h"

int pack_otter(int argc, char **argv);
int pack_rbl(int argc, char **argv);

/* Reads a new package through the reader that devices have: EXIT_OK, or EXIT_FAIL after an error. */
int pack_check(const char *name, struct buffer package, const struct reader_keys *keys);

#endif
