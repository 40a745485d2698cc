/*
 * Between the two files about Otter packages: package_otter.c judges, package_otter_show.c shows.
 */
#ifndef CLI_PACKAGE_OTTER_H
#define CLI_PACKAGE_OTTER_H

#include "cli/package_file.h"

/* Where a manifest says how it is proven, and with which key. */
enum { PACKAGE_OTTER_PROOF_KIND = 5, PACKAGE_OTTER_KEY_ID = 8 };

/* Whether manifest and proof are there, with sizes that make sense. For those only, the functions below. */
bool package_otter_is_readable(const struct package_file *f);

/* 'otter pack --for-signing' leaves zeros where the proof belongs. */
bool package_otter_is_unsigned(const struct package_file *f);

/* The nth field of that tag. Its length is not checked. */
bool package_otter_find(const struct package_file *f, uint16_t tag, unsigned n, struct otter_field *field);

/* Copies a text, with a NUL, as much as there is room for; returns it. */
const char *package_otter_text(const struct otter_field *field, char *text, size_t room);

const char *package_otter_proof_name(const uint8_t *manifest);

void package_otter_print(const struct package_file *f);
void package_otter_print_json(const struct package_file *f, struct json *json);

#endif
