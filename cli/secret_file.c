#include "cli/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/buffer.h"
#include "cli/term.h"
#include "core/crypto/aes.h"

static bool fail(const char *path, const char *verb)
{
    term_error("cannot %s '%s': %s", verb, path, strerror(errno));
    return false;
}

/* Without stdio, whose buffer nobody could wipe. */
static bool read_text(int fd, struct secret_file *file)
{
    size_t len = 0;
    ssize_t n;

    while (len < sizeof file->text && (n = read(fd, file->text + len, sizeof file->text - len)) > 0)
        len += (size_t)n;
    if (len < sizeof file->text && n < 0)
        return fail(file->path, "read");
    if (len == sizeof file->text) {
        term_error("'%s' is larger than %d bytes: no key file", file->path, SECRET_FILE_MAX);
        return false;
    }
    file->text[len] = 0;
    if (strlen(file->text) == len)
        return true;
    term_error("'%s' is not a text file", file->path);
    return false;
}

bool secret_file_read(struct secret_file *file, const char *path)
{
    int fd = open(path, O_RDONLY);

    file->path = path;
    if (fd < 0)
        return fail(path, "open");
    bool good = read_text(fd, file);
    if (!good)
        secret_file_wipe(file);
    close(fd);
    return good;
}

void secret_file_wipe(struct secret_file *file)
{
    otter_wipe(file->text, sizeof file->text);
}

void secret_file_warn_if_readable(const struct secret_file *file)
{
    struct stat st;

    if (!stat(file->path, &st) && S_ISREG(st.st_mode) && st.st_mode & (S_IRGRP | S_IROTH))
        term_warning("'%s' can be read by other users: chmod 600 it", file->path);
}

static bool write_text(int fd, const char *text, unsigned mode)
{
    size_t len = strlen(text);

    return write(fd, text, len) == (ssize_t)len && !fchmod(fd, mode) && !fsync(fd);
}

/* Under a name of its own first; a link to it never replaces what is there, as a rename would. */
bool secret_file_create(const char *path, const char *text, unsigned mode)
{
    char *temporary = must_alloc(strlen(path) + sizeof ".XXXXXX");
    int fd, error = 0;

    sprintf(temporary, "%s.XXXXXX", path);
    fd = mkstemp(temporary);
    if (fd < 0) {
        error = errno;
    } else {
        if (!write_text(fd, text, mode) || link(temporary, path))
            error = errno;
        close(fd);
        unlink(temporary);
    }
    free(temporary);
    if (error == EEXIST)
        term_error("'%s' is there already, and a key is never overwritten: name another file", path);
    else if (error)
        term_error("cannot create '%s': %s", path, strerror(error));
    return !error;
}

static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len && strchr(" \t\r", text[len - 1]))
        text[--len] = 0;
    return text;
}

bool secret_file_lines(struct secret_file *file,
                       bool (*take)(void *arg, const char *where, const char *name, const char *value), void *arg)
{
    char where[256];
    int number = 0;

    for (char *line = file->text, *end; line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = 0;
        line = trim(line);
        number++;
        if (!*line || *line == '#')
            continue;
        char *equals = strchr(line, '=');
        if (equals)
            *equals = 0;
        snprintf(where, sizeof where, "%s:%d", file->path, number);
        if (!take(arg, where, trim(line), equals ? trim(equals + 1) : ""))
            return false;
    }
    return true;
}
