#include "cli/encode/delta/align.h"

#include <divsufsort.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/codec/thumb.h"

enum {
    GAIN_MIN = 6,   /* bytes by which a match must beat going on with the one before */
    CONTEXT = 12,   /* bytes at an address that stand for it */
    RECORD_MIN = 8, /* bytes; shorter stretches are left to be found again */
};

/* The bytes at an address, without what they themselves point at. */
static uint32_t hash_at(struct delta_stretch s, uint32_t at)
{
    uint32_t hash = 0x811C9DC5u;

    for (uint32_t i = 0; i < CONTEXT && at + i < s.size;) {
        if (at + i + 4 <= s.size && otter_thumb_is_branch(otter_le32(s.at + at + i))) {
            hash = (hash ^ 0xF000) * 0x01000193u;
            i += 4;
        } else {
            hash = (hash ^ s.at[at + i]) * 0x01000193u;
            i++;
        }
    }
    return hash ^ hash >> 15;
}

static uint8_t *normalise(struct delta_stretch s, uint32_t load)
{
    uint8_t *out = malloc(s.size + 4);

    if (!out)
        return NULL;
    memcpy(out, s.at, s.size);
    for (uint32_t i = 0; i + 4 <= s.size;) {
        uint32_t w = otter_le32(s.at + i), target = i + 4 + otter_thumb_offset(w);
        if (otter_thumb_is_branch(w)) {
            uint32_t hash = target < s.size ? hash_at(s, target) : target;
            otter_put_le32(out + i, (w & 0xD000F800) | (hash & 0x2FFF07FF));
            i += 4;
        } else if (!(i & 3) && w - load < s.size) {
            uint32_t hash = hash_at(s, (w - load) & ~1u);
            otter_put_le32(out + i, (hash & 0x00FFFFFE) | 0xB5000000 | (w & 1));
            i += 4;
        } else if (!(i & 3) && otter_thumb_is_ram(w)) {
            otter_put_le32(out + i, 0xB6B7B8B9);
            i += 4;
        } else {
            i += 2;
        }
    }
    return out;
}

uint32_t delta_same(const struct delta_alignment *a, uint32_t to, uint32_t from, uint32_t limit)
{
    uint32_t n = 0;

    if (from >= a->base.size)
        return 0;
    if (limit > a->base.size - from)
        limit = (uint32_t)a->base.size - from;
    while (n < limit && a->old[from + n] == a->new[to + n])
        n++;
    return n;
}

uint32_t delta_longest(const struct delta_alignment *a, uint32_t to, uint32_t limit, uint32_t *from)
{
    uint32_t low = 0, high = (uint32_t)a->base.size, best = 0;

    *from = 0;
    while (low < high) {
        uint32_t mid = (low + high) / 2, at = (uint32_t)a->suffixes[mid];
        uint32_t n = delta_same(a, to, at, limit);
        if (n > best) {
            best = n;
            *from = at;
        }
        if (n == limit)
            break;
        if (at + n < a->base.size && a->old[at + n] > a->new[to + n])
            high = mid;
        else
            low = mid + 1;
    }
    return best;
}

static int equal(const struct delta_alignment *a, uint32_t to, uint32_t from)
{
    return from < a->base.size && a->old[from] == a->new[to];
}

/* How far two stretches go on being more alike than not; step is 1 or -1. */
static uint32_t extend(const struct delta_alignment *a, uint32_t to, uint32_t from, uint32_t limit, int step)
{
    int32_t score = 0, best = 0;
    uint32_t len = 0;

    for (uint32_t i = 0; i < limit; i++) {
        uint32_t by = step > 0 ? i : 0u - i - 1;
        score += equal(a, to + by, from + by) ? 1 : -1;
        if (score > best) {
            best = score;
            len = i + 1;
        }
    }
    return len;
}

/* Two neighbours claim the same bytes: how many of them the first one keeps. */
static uint32_t divide(const struct delta_alignment *a, uint32_t to, uint32_t first, uint32_t second, uint32_t overlap)
{
    int32_t score = 0, best = 0;
    uint32_t keep = 0;

    for (uint32_t i = 0; i < overlap; i++) {
        score += equal(a, to + i, first + i) - equal(a, to + i, second + i);
        if (score > best) {
            best = score;
            keep = i + 1;
        }
    }
    return keep;
}

static void add(struct delta_alignment *a, uint32_t to, uint32_t from, uint32_t len)
{
    if (len >= RECORD_MIN)
        a->records[a->record_count++] = (struct otter_delta_record){ to, from, len };
}

static void find_records(struct delta_alignment *a)
{
    uint32_t size = (uint32_t)a->image.size, base = (uint32_t)a->base.size;
    uint32_t scan = 0, len = 0, from = 0, last_to = 0, last_from = 0;

    while (scan < size) {
        uint32_t shift = last_from - last_to, same = 0, seen;

        for (seen = scan += len; scan < size; scan++) {
            len = delta_longest(a, scan, size - scan, &from);
            for (; seen < scan + len; seen++)
                same += (uint32_t)equal(a, seen, seen + shift);
            if ((len == same && len) || len > same + GAIN_MIN)
                break;
            same -= (uint32_t)equal(a, scan, scan + shift);
        }
        if (len == same && scan < size)
            continue;
        uint32_t limit = scan - last_to < base - last_from ? scan - last_to : base - last_from;
        uint32_t forward = extend(a, last_to, last_from, limit, 1), backward = 0;
        if (scan < size)
            backward = extend(a, scan, from, scan - last_to < from ? scan - last_to : from, -1);
        if (forward + backward > scan - last_to) {
            uint32_t overlap = forward + backward - (scan - last_to), at = scan - backward;
            uint32_t keep = divide(a, at, last_from + (at - last_to), from - backward, overlap);
            forward += keep - overlap;
            backward -= keep;
        }
        add(a, last_to, last_from, forward);
        last_to = scan - backward;
        last_from = from - backward;
    }
}

int delta_align(struct delta_alignment *a, struct delta_stretch base, struct delta_stretch image, uint32_t load)
{
    *a = (struct delta_alignment){ .base = base, .image = image };
    a->old = normalise(base, load);
    a->new = normalise(image, load);
    a->suffixes = malloc((base.size + 1) * sizeof *a->suffixes);
    a->records = malloc((image.size / RECORD_MIN + 1) * sizeof *a->records);
    if (!a->old || !a->new || !a->suffixes || !a->records)
        return -1;
    if (base.size && divsufsort(a->old, a->suffixes, (int32_t)base.size))
        return -1;
    find_records(a);
    return 0;
}

void delta_align_free(struct delta_alignment *a)
{
    free(a->old);
    free(a->new);
    free(a->suffixes);
    free(a->records);
}
