#include "server/path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The path of an absolute-form target, which every HTTP/1.1 server must accept. */
static const char *skip_authority(const char *target)
{
    static const char *const schemes[] = { "http://", "https://" };
    for (int i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (!strncasecmp(target, schemes[i], len)) {
            target += len;
            target += strcspn(target, "/?");
            return *target == '/' ? target : "/";
        }
    }
    return target;
}

/* Takes the escapes out, once, up to the query. */
static int unescape(char out[OTTER_PATH_SIZE], const char *in)
{
    size_t len = 0;
    for (; *in && *in != '?'; in++) {
        int c = (unsigned char)*in;
        if (c == '%') {
            int high = hex(in[1]), low = high < 0 ? -1 : hex(in[2]);
            if (low < 0)
                return 400;
            c = high << 4 | low;
            in += 2;
        }
        if (c < ' ' || c == 0x7F || c == '\\')
            return 400;
        if (len == OTTER_PATH_SIZE - 1)
            return 414;
        out[len++] = (char)c;
    }
    out[len] = 0;
    return 0;
}

static int judge_name(const char *name, size_t len)
{
    if (name[0] != '.')
        return 0;
    return len == 1 || (len == 2 && name[1] == '.') ? 400 : 404;
}

int otter_path_decode(struct otter_path *path, const char *target)
{
    char text[OTTER_PATH_SIZE];
    int status = unescape(text, skip_authority(target));
    if (status)
        return status;
    if (text[0] != '/')
        return 400;

    size_t used = 0;
    for (const char *name = text; *name;) {
        name += strspn(name, "/");
        size_t len = strcspn(name, "/");
        if (len == 0)
            break;
        status = judge_name(name, len);
        if (status)
            return status;
        if (used)
            path->text[used++] = '/';
        memcpy(path->text + used, name, len);
        used += len;
        name += len;
    }
    memcpy(path->text + used, used ? "" : ".", used ? 1 : 2);
    path->slash = text[strlen(text) - 1] == '/';
    return 0;
}

void otter_path_encode(FILE *out, const char *path)
{
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        if ((c < 0x80 && isalnum(c)) || strchr("-._~/", c))
            fputc(c, out);
        else
            fprintf(out, "%%%02X", c);
    }
}

/* Debian 12's C library has no function for it. */
static int openat2_beneath(int dir, const char *path, int flags)
{
    struct open_how how = { .flags = (unsigned)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    long fd;
    int tries = 8; /* the kernel gives up with EAGAIN when something was renamed while it looked at a ".." */
    do
        fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --tries > 0)));
    return fd < 0 ? -errno : (int)fd;
}

/* Name by name, following no symbolic link: right on any kernel, but links inside the folder don't work. */
static int openat_each(int dir, const char *path, int flags)
{
    int at = dir, fd;
    for (;;) {
        char name[OTTER_PATH_SIZE];
        size_t len = strcspn(path, "/");
        if (len >= sizeof name)
            return -ENAMETOOLONG;
        memcpy(name, path, len);
        name[len] = 0;
        bool last = path[len] == 0;
        fd = openat(at, name, last ? flags | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int err = errno;
        if (at != dir)
            close(at);
        if (fd < 0)
            return -err;
        if (last)
            return fd;
        at = fd;
        path += len + 1;
    }
}

int otter_root_openat(const struct otter_root *root, const char *path, int flags)
{
    flags |= O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    /* openat2 refuses flags that O_PATH makes meaningless, where openat ignores them. */
    if (flags & O_PATH)
        flags &= O_PATH | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW;
    return root->openat2 ? openat2_beneath(root->dir, path, flags) : openat_each(root->dir, path, flags);
}

int otter_root_open(struct otter_root *root, const char *dir)
{
    *root = (struct otter_root){ .dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
    if (root->dir < 0)
        return -errno;
    /* Old kernels lack it (ENOSYS), and old containers forbid what they don't know (EPERM). */
    int fd = openat2_beneath(root->dir, ".", O_PATH | O_CLOEXEC);
    root->openat2 = fd >= 0;
    if (fd >= 0)
        close(fd);
    return 0;
}

void otter_root_close(struct otter_root *root)
{
    close(root->dir);
    root->dir = -1;
}
