#include "server/static.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/listing.h"
#include "server/range.h"

/* What browsers need to show a page with nosniff. All else is bytes: packages above all. */
static const char *const types[][2] = {
    { ".html", "text/html; charset=utf-8" },
    { ".htm", "text/html; charset=utf-8" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".log", "text/plain; charset=utf-8" },
    { ".md", "text/plain; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript" },
    { ".json", "application/json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".jpg", "image/jpeg" },
    { ".ico", "image/x-icon" },
};

static const char *type_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (!strcasecmp(dot, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

static void error(struct otter_reply *reply, unsigned status, const char *why, const char *note)
{
    otter_reply_error(reply, status, why);
    snprintf(reply->note, sizeof reply->note, "%s", note);
}

static void refuse_target(struct otter_reply *reply, int status)
{
    if (status == 404)
        error(reply, 404, "no such file", "hidden name");
    else if (status == 414)
        error(reply, 414, "the path is too long", "");
    else
        error(reply, 400, "the path makes no sense", "malformed path");
}

/* What the client gets to know is less than what the log says. */
static void refuse_open(struct otter_reply *reply, int err)
{
    switch (err) {
    case -EACCES:
    case -EPERM:
        error(reply, 403, "the server may not read this", "no permission to read");
        break;
    case -EXDEV:
        error(reply, 404, "no such file", "symbolic link leaves DIR");
        break;
    case -ELOOP:
        error(reply, 404, "no such file", "symbolic link not followed");
        break;
    case -ENOENT:
    case -ENOTDIR:
    case -ENXIO:
    case -ENAMETOOLONG:
        error(reply, 404, "no such file", "");
        break;
    case -EAGAIN:
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
        error(reply, 503, "the server is busy, try again", strerror(-err));
        break;
    default:
        error(reply, 500, "the server cannot read this", strerror(-err));
    }
}

/* A package is often built again under its old name, so a cache must ask each time; the entity tag makes that cheap. */
static void add_cache_control(struct otter_reply *reply)
{
    otter_reply_add(reply, "Cache-Control", "no-cache");
}

static void send_range(struct otter_reply *reply, const char *range, uint64_t size)
{
    switch (otter_range_parse(range, size, &reply->offset, &reply->length)) {
    case OTTER_RANGE_WHOLE:
        break;
    case OTTER_RANGE_PART: {
        uint64_t last = reply->offset + reply->length - 1;
        reply->status = 206;
        otter_reply_add(reply, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, reply->offset, last, size);
        snprintf(reply->note, sizeof reply->note, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, reply->offset, last, size);
        break;
    }
    case OTTER_RANGE_UNSATISFIABLE:
        close(reply->fd);
        reply->fd = -1;
        otter_reply_error(reply, 416, "the range lies outside the file");
        otter_reply_add(reply, "Content-Range", "bytes */%" PRIu64, size);
        snprintf(reply->note, sizeof reply->note, "of %" PRIu64 " bytes", size);
    }
}

static void send_file(struct otter_reply *reply, const struct otter_static_query *query, const char *path, int fd,
                      const struct stat *st)
{
    uint64_t size = (uint64_t)st->st_size;
    time_t now = time(NULL), mtime = st->st_mtim.tv_sec < now ? st->st_mtim.tv_sec : now;
    char etag[OTTER_ETAG_SIZE], date[OTTER_HTTP_DATE_SIZE];
    otter_etag_make(st, etag);
    otter_http_date_make(mtime, date);

    unsigned status = otter_conditions_check(&query->conditions, etag, mtime);
    if (status == 412) {
        close(fd);
        error(reply, 412, "the file is another one by now", "");
        return;
    }
    *reply = (struct otter_reply){ .status = status ? status : 200, .fd = fd, .length = size };
    otter_reply_add(reply, "ETag", "%s", etag);
    otter_reply_add(reply, "Last-Modified", "%s", date);
    otter_reply_add(reply, "Accept-Ranges", "bytes");
    add_cache_control(reply);
    /* Ranges are defined for GET alone. */
    if (!status && !strcmp(query->method, "GET") && otter_conditions_allow_range(&query->conditions, etag, mtime))
        send_range(reply, query->range, size);
    if (reply->status == 416 || reply->status == 304)
        return;
    otter_reply_add(reply, "Content-Type", "%s", type_of(path));
    otter_reply_add(reply, "X-Content-Type-Options", "nosniff");
}

/* A descriptor, or -errno. */
static int open_file(const struct otter_root *root, const char *path, struct stat *st)
{
    int fd = otter_root_openat(root, path, O_RDONLY);
    if (fd < 0 || fstat(fd, st) == 0)
        return fd;
    int err = -errno;
    close(fd);
    return err;
}

static void redirect_to_folder(struct otter_reply *reply, const char *path)
{
    char *url = NULL;
    size_t len;
    FILE *out = open_memstream(&url, &len);
    if (out) {
        otter_path_encode(out, path);
        fclose(out);
    }
    otter_reply_error(reply, 301, "this is a folder");
    /* One slash only: two would name another host. */
    otter_reply_add(reply, "Location", "/%s/", url ? url : "");
    reply->broken |= !url;
    free(url);
}

static void send_listing(struct otter_reply *reply, const struct otter_root *root, const char *path)
{
    struct otter_listing listing;
    int err = otter_listing_read(&listing, root, path);
    if (err) {
        refuse_open(reply, err);
        return;
    }
    size_t len = 0;
    char *page = otter_listing_page(&listing, path, &len);
    otter_listing_free(&listing);
    otter_reply_body(reply, "text/html; charset=utf-8", page, len);
    otter_reply_add(reply, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    add_cache_control(reply);
}

static void send_folder(struct otter_reply *reply, const struct otter_root *root,
                        const struct otter_static_query *query, const struct otter_path *path)
{
    bool top = !strcmp(path->text, ".");
    if (!path->slash && !top) {
        redirect_to_folder(reply, path->text);
        return;
    }
    char index[OTTER_PATH_SIZE + sizeof "/index.html"];
    snprintf(index, sizeof index, "%s/index.html", path->text);
    struct stat st;
    int fd = open_file(root, index, &st);
    if (fd >= 0 && S_ISREG(st.st_mode)) {
        send_file(reply, query, index, fd, &st);
        return;
    }
    if (fd >= 0)
        close(fd);
    send_listing(reply, root, path->text);
}

static void send_path(struct otter_reply *reply, const struct otter_root *root, const struct otter_static_query *query,
                      const struct otter_path *path)
{
    struct stat st;
    int fd = open_file(root, path->text, &st);
    if (fd >= 0 && S_ISREG(st.st_mode) && !path->slash) {
        send_file(reply, query, path->text, fd, &st);
        return;
    }
    if (fd >= 0)
        close(fd);
    if (fd < 0)
        refuse_open(reply, fd);
    else if (S_ISDIR(st.st_mode))
        send_folder(reply, root, query, path);
    else
        error(reply, 404, "no such file", path->slash ? "" : "not a regular file");
}

void otter_static_answer(const struct otter_root *root, const struct otter_static_query *query,
                         struct otter_reply *reply)
{
    otter_reply_init(reply, 200);
    if (strcmp(query->method, "GET") && strcmp(query->method, "HEAD")) {
        otter_reply_error(reply, 405, "files can be read by GET and HEAD, nothing else");
        otter_reply_add(reply, "Allow", "GET, HEAD");
        return;
    }
    struct otter_path path;
    int status = otter_path_decode(&path, query->target);
    if (status)
        refuse_target(reply, status);
    else
        send_path(reply, root, query, &path);
}
