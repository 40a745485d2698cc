/*
 * https for the commands: the board's trust, entropy and time behind one TLS transport. A program without https links
 * another file in place of https.c.
 */
#ifndef APP_HTTPS_H
#define APP_HTTPS_H

#include "fetch/http.h"

/* Ready for a new download; what the last one left is forgotten. NULL: this program has no https. */
struct otter_transport *https_transport(void);

/* Why the last call of the transport failed, one line; or NULL. */
const char *https_why(void);

/* Memory set apart for connections, and the most that the last one needed: bytes. */
struct https_memory {
    uint32_t size, peak;
};

void https_memory(struct https_memory *memory);

/* For on_field of a request of `http`, which is its arg: the time of day, if the server can be believed. */
void https_on_field(void *http, const char *name, const char *value);

#endif
