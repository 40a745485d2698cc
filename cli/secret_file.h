/*
 * Small text files that hold secrets: their bytes never lie in memory that outlives the reading of them.
 */
#ifndef CLI_SECRET_FILE_H
#define CLI_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_FILE_MAX 4096

/* What a file holds, for secret_file_wipe when it is no longer needed. */
struct secret_file {
    const char *path;
    char text[SECRET_FILE_MAX + 1]; /* ends with a NUL, and has no other */
};

/* False after an error. */
bool secret_file_read(struct secret_file *file, const char *path);
void secret_file_wipe(struct secret_file *file);
void secret_file_warn_if_readable(const struct secret_file *file);

/* A new file with these rights: false after an error, with nothing left behind. A file that is there is kept. */
bool secret_file_create(const char *path, const char *text, unsigned mode);

/*
 * Goes through lines "name = value"; empty ones and those that start with # are skipped. `take` returns false to end it
 * after an error; `where` is for that, "path:line". False if it did. Leaves the text in pieces.
 */
bool secret_file_lines(struct secret_file *file,
                       bool (*take)(void *arg, const char *where, const char *name, const char *value), void *arg);

#endif
