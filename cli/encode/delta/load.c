/*
 * The address that an image is linked for: the one that makes the most of its words point at what looks like the start
 * of a function: it is called somewhere, or saves the return address.
 */
#include <stdlib.h>

#include "cli/encode/delta/delta.h"
#include "core/bytes.h"
#include "core/codec/thumb.h"

enum {
    STEP = 256,   /* load addresses are multiples */
    WORDS = 4000, /* that vote, at most */
    VOTES_MIN = 4,
};

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static size_t distinct(uint32_t *values, size_t n)
{
    size_t out = 0;

    qsort(values, n, sizeof *values, by_value);
    for (size_t i = 0; i < n; i++)
        if (!out || values[out - 1] != values[i])
            values[out++] = values[i];
    return out;
}

static size_t find_functions(struct delta_stretch s, uint32_t *out)
{
    size_t n = 0;

    for (uint32_t i = 0; i + 4 <= s.size; i += 2) {
        uint32_t w = otter_le32(s.at + i);
        uint32_t target = i + 4 + otter_thumb_offset(w);
        if ((w & 0xD000F800) == 0xD000F000 && target < s.size)
            out[n++] = target;
        else if ((w & 0xFF00) == 0xB500 || (w & 0x4000FFFF) == 0x4000E92D)
            out[n++] = i;
    }
    return distinct(out, n);
}

/* Words that could point at Thumb code: odd, and not among the devices. */
static size_t find_pointers(struct delta_stretch s, uint32_t *out)
{
    size_t n = 0;

    for (uint32_t i = 0; i + 4 <= s.size; i += 4) {
        uint32_t w = otter_le32(s.at + i);
        if (w & 1 && (w < 0x40000000 || (w >= 0x60000000 && w < 0xA0000000)))
            out[n++] = w - 1;
    }
    return distinct(out, n);
}

static uint32_t most_frequent(uint32_t *votes, size_t n, uint32_t otherwise)
{
    size_t best = VOTES_MIN - 1;
    uint32_t winner = otherwise;

    if (n)
        qsort(votes, n, sizeof *votes, by_value);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && votes[j] == votes[i]; j++)
            ;
        if (j - i > best) {
            best = j - i;
            winner = votes[i];
        }
    }
    return winner;
}

static uint32_t vote(const uint32_t *functions, size_t count, const uint32_t *pointers, size_t n, uint32_t otherwise)
{
    size_t step = n / WORDS + 1, size = 0, room = 0;
    uint32_t *votes = NULL, winner;

    for (size_t i = 0; i < n; i += step) {
        for (size_t j = 0; j < count; j++) {
            uint32_t load = pointers[i] - functions[j];
            if (load % STEP || pointers[i] < functions[j])
                continue;
            if (size == room) {
                room = room * 2 + 4096;
                uint32_t *more = realloc(votes, room * sizeof *votes);
                if (!more) {
                    free(votes);
                    return otherwise;
                }
                votes = more;
            }
            votes[size++] = load;
        }
    }
    winner = most_frequent(votes, size, otherwise);
    free(votes);
    return winner;
}

uint32_t delta_find_load(struct delta_stretch image)
{
    uint32_t *functions = malloc((image.size / 2 + 1) * sizeof *functions);
    uint32_t *pointers = malloc((image.size / 4 + 1) * sizeof *pointers);
    uint32_t load = image.size >= 8 ? otter_le32(image.at + 4) & ~0xFFFFu : 0;

    if (functions && pointers)
        load = vote(functions, find_functions(image, functions), pointers, find_pointers(image, pointers), load);
    free(functions);
    free(pointers);
    return load;
}
