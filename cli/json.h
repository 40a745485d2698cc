/*
 * JSON on standard output (RFC 8259), a member a line.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as { 0 }. */
struct json {
    int depth;
    bool has_members; /* of the innermost object or array */
};

/* `name` is NULL for the outermost value and in arrays. `bracket` is '{' or '[', and its partner at the end. */
void json_open(struct json *j, const char *name, char bracket);
void json_close(struct json *j, char bracket);

void json_text(struct json *j, const char *name, const char *value); /* NULL: null */
void json_number(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_hex(struct json *j, const char *name, const uint8_t *bytes, size_t size);

#endif
