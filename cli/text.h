/*
 * Text of unknown origin, made safe to print: a package's name must not steer the user's terminal, or end a JSON
 * string.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What cannot be seen, or is not UTF-8, as \xNN; all the rest as it is. */
void text_print(FILE *out, const char *text);

/* With its quotes (RFC 8259). Bytes that are not UTF-8 become U+FFFD, since JSON has no way to say them. */
void text_print_json(FILE *out, const char *text);

/* Exactly 2 * size digits, of either case: false if there is anything else. */
bool text_decode_hex(const char *digits, uint8_t *out, size_t size);

/* Writes 2 * size digits, and a NUL. */
void text_encode_hex(const uint8_t *bytes, size_t size, char *digits);

/* How many single-character edits lead from a to b: insertions, deletions, changes. Both are short. */
unsigned text_distance(const char *a, const char *b);

/* The nearest of the names, a list that ends with NULL, to a mistyped one; NULL if none is near. */
const char *text_nearest(const char *typed, const char *const *names);

#endif
