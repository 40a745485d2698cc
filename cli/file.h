/*
 * Files, whole. Output appears under its name complete or not at all.
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stdio.h>
#include <time.h>

#include "cli/buffer.h"

/* Reads a file of at most `most` bytes: 0, or -1 after an error. *mtime if not NULL: when it was last changed. */
int file_load(const char *path, uint64_t most, struct buffer *content, time_t *mtime);

/* An output under way: written to a temporary file beside its target. */
struct output {
    FILE *file;
    char *target, *temporary;
};

/*
 * 0, or -1 after an error. Refuses a target that is there but no plain file, such as a device, or that is one of the
 * inputs (a list that ends with NULL).
 */
int output_open(struct output *out, const char *path, const char *const *inputs);

/* Renames it into place: 0, or -1 after an error, with nothing left behind. */
int output_commit(struct output *out);

void output_discard(struct output *out);

/* All of it at once. */
int output_save(const char *path, const char *const *inputs, const struct buffer *content);

#endif
