#include "server/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Looks without opening: an O_PATH descriptor neither wakes a FIFO's writer nor touches a device. */
static bool look(const struct otter_root *root, const char *path, struct stat *st)
{
    int fd = otter_root_openat(root, path, O_PATH);
    if (fd < 0)
        return false;
    bool found = fstat(fd, st) == 0 && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
    close(fd);
    return found;
}

static int append(struct otter_listing *listing, const char *name, const struct stat *st)
{
    if (listing->count % 64 == 0) {
        void *more = realloc(listing->entries, (listing->count + 64) * sizeof *listing->entries);
        if (!more)
            return -ENOMEM;
        listing->entries = more;
    }
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    listing->entries[listing->count++] = (struct otter_entry){ copy, (uint64_t)st->st_size, st->st_mtim.tv_sec,
                                                               S_ISDIR(st->st_mode) };
    return 0;
}

static int by_name(const void *left, const void *right)
{
    const struct otter_entry *a = left, *b = right;
    if (a->folder != b->folder)
        return a->folder ? -1 : 1;
    return strverscmp(a->name, b->name);
}

static int read_entries(struct otter_listing *listing, const struct otter_root *root, const char *path, DIR *dir)
{
    int err = 0;
    const struct dirent *entry;
    while (!err && (errno = 0, entry = readdir(dir))) {
        char full[OTTER_PATH_SIZE];
        struct stat st;
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(full, sizeof full, "%s/%s", path, entry->d_name) >= (int)sizeof full || !look(root, full, &st))
            continue;
        if (listing->count == OTTER_LISTING_MAX) {
            listing->cut = true;
            return 0;
        }
        err = append(listing, entry->d_name, &st);
    }
    return err ? err : -errno;
}

int otter_listing_read(struct otter_listing *listing, const struct otter_root *root, const char *path)
{
    *listing = (struct otter_listing){ 0 };
    int fd = otter_root_openat(root, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fd;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -ENOMEM;
    }
    int err = read_entries(listing, root, path, dir);
    closedir(dir);
    if (err)
        otter_listing_free(listing);
    else if (listing->count)
        qsort(listing->entries, listing->count, sizeof *listing->entries, by_name);
    return err;
}

void otter_listing_free(struct otter_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i].name);
    free(listing->entries);
    *listing = (struct otter_listing){ 0 };
}

static void escape(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("<>&\"'", *text))
            fprintf(out, "&#%d;", *text);
        else
            fputc(*text, out);
    }
}

static void row(FILE *out, const struct otter_entry *entry)
{
    struct tm tm;
    char date[32];
    gmtime_r(&entry->mtime, &tm);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
    fputs("<tr><td><a href=\"", out);
    otter_path_encode(out, entry->name);
    fputs(entry->folder ? "/\">" : "\">", out);
    escape(out, entry->name);
    fputs(entry->folder ? "/</a><td>" : "</a><td>", out);
    if (!entry->folder)
        fprintf(out, "%" PRIu64, entry->size);
    fprintf(out, "<td>%s\n", date);
}

static const char style[] = "body{font:16px system-ui,sans-serif;margin:2em;color-scheme:light dark}"
                            "td,th{padding:.2em 2em .2em 0;text-align:left;font-variant-numeric:tabular-nums}"
                            "td:nth-child(2),th:nth-child(2){text-align:right}";

char *otter_listing_page(const struct otter_listing *listing, const char *path, size_t *length)
{
    char *page = NULL;
    FILE *out = open_memstream(&page, length);
    if (!out)
        return NULL;
    const char *title = strcmp(path, ".") ? path : "";
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>/",
          out);
    escape(out, title);
    fprintf(out, "</title>\n<style>%s</style>\n<h1>/", style);
    escape(out, title);
    fputs("</h1>\n<table>\n<tr><th>Name<th>Bytes<th>Changed (UTC)\n", out);
    if (*title)
        fputs("<tr><td><a href=\"../\">../</a><td><td>\n", out);
    for (size_t i = 0; i < listing->count; i++)
        row(out, &listing->entries[i]);
    fputs("</table>\n", out);
    if (listing->cut)
        fprintf(out, "<p>There are more than these %d entries.\n", OTTER_LISTING_MAX);
    bool broken = ferror(out);
    if (fclose(out) || broken) {
        free(page);
        return NULL;
    }
    return page;
}
