#include "tests/unit/server/folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MUST(expression)                                                                                               \
    do {                                                                                                               \
        if (!(expression)) {                                                                                           \
            perror(#expression);                                                                                       \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

char folder_app_byte(size_t off)
{
    return (char)(off * 7 + off / 256);
}

static int open_below(const char *path)
{
    int fd = open(path, O_PATH | O_DIRECTORY);
    MUST(fd >= 0);
    return fd;
}

static void put_at(const char *path, const char *name, const void *data, size_t len)
{
    int dir = open_below(path);
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    MUST(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    close(fd);
    close(dir);
}

void folder_put(const struct folder *f, const char *name, const void *data, size_t len)
{
    put_at(f->path, name, data, len);
}

static void put_files(const struct folder *f)
{
    char app[FOLDER_APP_SIZE];
    for (size_t i = 0; i < sizeof app; i++)
        app[i] = folder_app_byte(i);
    folder_put(f, "app.rbl", app, sizeof app);
    folder_put(f, "empty.bin", "", 0);
    folder_put(f, "a b&<c>.txt", "text", 4);
    folder_put(f, ".secret", "hidden", 6);
    folder_put(f, "fw/new.rbl", "new", 3);
    folder_put(f, "fw/.old/x.rbl", "old", 3);
    folder_put(f, "web/index.html", "<h1>hello</h1>", 14);
    put_at(f->parent, "outside.txt", FOLDER_OUTSIDE, strlen(FOLDER_OUTSIDE));
}

static void put_links(const struct folder *f, int dir)
{
    char absolute[sizeof f->path + 16];
    snprintf(absolute, sizeof absolute, "%s/app.rbl", f->path);
    const char *const links[][2] = {
        { "fw/new.rbl", "link.rbl" }, { "../app.rbl", "fw/up.rbl" },
        { "fw", "dirlink" },          { "../outside.txt", "out.rbl" },
        { absolute, "absolute.rbl" }, { "..", "outdir" },
        { "loop", "loop" },
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        MUST(symlinkat(links[i][0], dir, links[i][1]) == 0);
}

int folder_setup(void **state)
{
    static const char *const folders[] = { "fw", "fw/.old", "web" };
    struct folder *f = calloc(1, sizeof *f);
    MUST(f);
    strcpy(f->parent, "/tmp/otter-folder-XXXXXX");
    MUST(mkdtemp(f->parent));
    snprintf(f->path, sizeof f->path, "%s/www", f->parent);
    MUST(mkdir(f->path, 0755) == 0);
    int dir = open_below(f->path);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        MUST(mkdirat(dir, folders[i], 0755) == 0);
    MUST(mkfifoat(dir, "fifo", 0644) == 0);
    put_files(f);
    put_links(f, dir);
    close(dir);
    MUST(otter_root_open(&f->root, f->path) == 0);
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int folder_teardown(void **state)
{
    struct folder *f = *state;
    otter_root_close(&f->root);
    int err = nftw(f->parent, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return err;
}
