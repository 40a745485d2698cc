#include "cli/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/term.h"

static int fail(const char *path, const char *verb)
{
    term_error("cannot %s '%s': %s", verb, path, strerror(errno));
    return -1;
}

static int read_all(FILE *f, const char *path, uint64_t most, struct buffer *content)
{
    const size_t step = 256 * 1024;

    while (!feof(f) && !ferror(f) && content->size <= most)
        content->size += fread(buffer_reserve(content, step), 1, step, f);
    if (ferror(f))
        return fail(path, "read");
    if (content->size > most) {
        term_error("'%s' is larger than %llu bytes", path, (unsigned long long)most);
        return -1;
    }
    return 0;
}

int file_load(const char *path, uint64_t most, struct buffer *content, time_t *mtime)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    int result = -1;

    if (!f)
        return fail(path, "open");
    if (fstat(fileno(f), &st)) {
        fail(path, "read");
    } else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > most) {
        term_error("'%s' is %llu bytes long; at most %llu are possible", path, (unsigned long long)st.st_size,
                   (unsigned long long)most);
    } else {
        result = read_all(f, path, most, content);
        if (mtime)
            *mtime = st.st_mtime;
    }
    fclose(f);
    return result;
}

/* Whether the target may be replaced: 0, or -1 after an error. */
static int check_target(const char *path, const char *const *inputs)
{
    struct stat target, input;

    if (stat(path, &target))
        return 0;
    if (!S_ISREG(target.st_mode)) {
        term_error("'%s' is not a plain file: name another one for the output", path);
        return -1;
    }
    for (; *inputs; inputs++)
        if (!stat(*inputs, &input) && input.st_dev == target.st_dev && input.st_ino == target.st_ino) {
            term_error("'%s' is the input too: name another file for the output", path);
            return -1;
        }
    return 0;
}

/* mkstemp makes files for the owner only; outputs get what any new file would. */
static FILE *open_temporary(char *path)
{
    mode_t mask = umask(0);
    int fd;

    umask(mask);
    fd = mkstemp(path);
    if (fd < 0)
        return NULL;
    fchmod(fd, 0666 & ~mask);
    return fdopen(fd, "wb");
}

int output_open(struct output *out, const char *path, const char *const *inputs)
{
    if (check_target(path, inputs))
        return -1;
    /* Behind a symbolic link, the file is replaced and not the link. */
    out->target = realpath(path, NULL);
    if (!out->target)
        out->target = strdup(path);
    out->temporary = must_alloc(strlen(out->target) + sizeof ".XXXXXX");
    sprintf(out->temporary, "%s.XXXXXX", out->target);
    out->file = open_temporary(out->temporary);
    if (out->file)
        return 0;
    fail(path, "create");
    free(out->target);
    free(out->temporary);
    return -1;
}

int output_commit(struct output *out)
{
    int result = ferror(out->file) | fflush(out->file);

    if (fclose(out->file) || result || rename(out->temporary, out->target)) {
        result = fail(out->target, "write");
        unlink(out->temporary);
    }
    free(out->target);
    free(out->temporary);
    return result;
}

void output_discard(struct output *out)
{
    fclose(out->file);
    unlink(out->temporary);
    free(out->target);
    free(out->temporary);
}

int output_save(const char *path, const char *const *inputs, const struct buffer *content)
{
    struct output out;

    if (output_open(&out, path, inputs))
        return -1;
    fwrite(content->data, 1, content->size, out.file);
    return output_commit(&out);
}
