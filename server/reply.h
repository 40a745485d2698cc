/*
 * A reply as plain data: what decides about it knows nothing of sockets or of the HTTP library.
 */
#ifndef OTTER_REPLY_H
#define OTTER_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OTTER_REPLY_HEADERS   12
#define OTTER_REPLY_NOTE_SIZE 80

struct otter_reply_header {
    const char *name; /* not copied */
    char *value;      /* from malloc */
};

struct otter_reply {
    unsigned status;
    struct otter_reply_header headers[OTTER_REPLY_HEADERS];
    int header_count;
    int fd;                           /* the body is in this file, which the reply owns; or -1 */
    char *bytes;                      /* the body where fd is -1: from malloc, or NULL where length is 0 */
    uint64_t offset;                  /* of the body's first byte in fd */
    uint64_t length;                  /* bytes of the body, also where it is only announced (HEAD, 304) */
    char note[OTTER_REPLY_NOTE_SIZE]; /* for the log and nobody else; may be empty */
    bool broken;                      /* memory ran out while it was built: it must not be sent */
};

/* A reply without headers or body. */
void otter_reply_init(struct otter_reply *reply, unsigned status);

/* Adds one header; at most OTTER_REPLY_HEADERS. `name` is not copied. */
void otter_reply_add(struct otter_reply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes over `bytes`, which come from malloc; NULL marks the reply as broken. */
void otter_reply_body(struct otter_reply *reply, const char *type, char *bytes, size_t length);

/* A whole reply to something that cannot be done: one line of text for the person who reads it. */
void otter_reply_error(struct otter_reply *reply, unsigned status, const char *why);

/* Gives back what the reply owns, also after a part of it was taken away (fd set to -1, bytes to NULL). */
void otter_reply_free(struct otter_reply *reply);

/* The header's value, or NULL. */
const char *otter_reply_find(const struct otter_reply *reply, const char *name);

#endif
