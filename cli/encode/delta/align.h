/*
 * Which stretches of an image come from which of its base: found on copies of both in which addresses are replaced by
 * what they point at, so that code that only moved looks the same.
 */
#ifndef CLI_ENCODE_DELTA_ALIGN_H
#define CLI_ENCODE_DELTA_ALIGN_H

#include "cli/encode/delta/delta.h"
#include "core/codec/delta_model.h"

struct delta_alignment {
    struct delta_stretch base, image; /* as given */
    uint8_t *old, *new;               /* normalised */
    int32_t *suffixes;                /* of old, sorted */
    struct otter_delta_record *records;
    uint32_t record_count;
};

/* 0, or -1 when memory is short. Free it in either case. */
int delta_align(struct delta_alignment *a, struct delta_stretch base, struct delta_stretch image, uint32_t load);
void delta_align_free(struct delta_alignment *a);

/* The longest stretch of the base that looks like the image at `to`, at most `limit` bytes: its length. */
uint32_t delta_longest(const struct delta_alignment *a, uint32_t to, uint32_t limit, uint32_t *from);

/* How many bytes from there on look the same, at most `limit`. */
uint32_t delta_same(const struct delta_alignment *a, uint32_t to, uint32_t from, uint32_t limit);

#endif
