/*
 * What the encoder and the decoder of a delta both know: the map from the base's addresses to the image's, what a
 * copied item is predicted to become, and the probability of every decision (docs/SPEC.md). Integers only, so that all
 * machines agree.
 *
 * Symbols are coded by functions that both sides call: the encoder's coder writes the bit it is given, the decoder's
 * coder returns the one it reads. So a function that takes a value returns the value, and on a decoder what it takes
 * says nothing.
 */
#ifndef OTTER_CODEC_DELTA_MODEL_H
#define OTTER_CODEC_DELTA_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OTTER_DELTA_INPUTS = 5,       /* predictions that are mixed for one bit */
    OTTER_DELTA_SETS = 16,        /* sets of weights */
    OTTER_DELTA_CORRECTIONS = 64, /* targets that the map got wrong; a power of two */
    OTTER_DELTA_RECENT = 512,     /* halfwords that are remembered; a power of two */
    OTTER_DELTA_HEADS = 256,      /* places among them that are found again; a power of two */
    OTTER_DELTA_NEIGHBOURS = 32,  /* words that point into RAM; a power of two */
    OTTER_DELTA_STRIDE = 16,      /* bytes of a copy that one flag can say are all as predicted */
    OTTER_DELTA_RECORDS_MAX = 512,
    OTTER_DELTA_HEAD = 5,      /* bytes before the coded bits */
    OTTER_DELTA_BITS_MIN = 12, /* log2 of the table's bytes */
    OTTER_DELTA_BITS_MAX = 14,
    OTTER_DELTA_MATCH_MIN = 4, /* bytes */
};

/* One stretch of the base that is found again in the image. Offsets and length in bytes. */
struct otter_delta_record {
    uint32_t to, from, len;
};

struct otter_delta_pair {
    uint32_t old, new;
};

enum otter_delta_kind {
    OTTER_DELTA_BYTE,
    OTTER_DELTA_HALF,   /* a halfword: with a target relative to the pc, mapped, if it is such an instruction */
    OTTER_DELTA_BRANCH, /* BL or B.W, 4 bytes */
    OTTER_DELTA_FLASH,  /* a word that points into the image */
    OTTER_DELTA_RAM,    /* a word that points into RAM */
};

/* What a few bytes of a copy are taken for, and what they should become. */
struct otter_delta_item {
    uint8_t kind, len;
    uint8_t hint;      /* how sure the prediction is, for contexts */
    uint32_t old;      /* as in the base */
    uint32_t expected; /* as it should be in the image */
    uint32_t target;   /* expected address: an offset into the image, or in RAM */
    uint32_t key;      /* the address in the base that it comes from */
};

struct otter_delta {
    /* Codes one bit that is 1 with probability p / 65536. */
    unsigned (*code)(struct otter_delta *d, uint32_t p, unsigned bit);

    uint32_t load;                      /* the address of the base's and the image's first byte */
    uint32_t base_size, raw_size;       /* bytes */
    uint16_t *slots;                    /* 12 bits of probability, 4 bits of count */
    unsigned slots_shift;               /* 32 - log2 of their number */
    struct otter_delta_record *records; /* by rising `to`, no overlap there */
    uint16_t *by_from;                  /* their indices by rising `from` */
    uint32_t record_count;

    uint32_t ctx[OTTER_DELTA_INPUTS];
    unsigned inputs, set;
    unsigned guides; /* how many of the inputs, the last ones, expect a value */
    uint16_t guide[OTTER_DELTA_INPUTS];
    int32_t weights[OTTER_DELTA_SETS][OTTER_DELTA_INPUTS]; /* Q14 */
    struct otter_delta_pair corrections[OTTER_DELTA_CORRECTIONS];
    struct otter_delta_pair ram[OTTER_DELTA_NEIGHBOURS];
    unsigned ram_next;

    uint32_t strides, items, ops; /* the last flags, newest lowest */
    uint32_t since;               /* bytes since the last miss */
    uint32_t last;                /* the image's last four bytes, newest highest */
    uint32_t last_residual;
    uint16_t recent[OTTER_DELTA_RECENT], heads[OTTER_DELTA_HEADS];
    uint16_t recent_next;         /* halfwords remembered so far */
    uint16_t guess_at, guess_len; /* where they likely go on as now, and for how many halfwords they did */
    bool second;                  /* the next halfword is the second one of an instruction */
    int8_t moved[32];             /* by opcode: how the low byte was last corrected */
};

/* Records that a table of 1 << bits bytes comes with. */
static inline uint32_t otter_delta_records(unsigned bits)
{
    return bits == OTTER_DELTA_BITS_MAX ? 512 : bits == OTTER_DELTA_BITS_MIN ? 96 : 128;
}

/* The caller then sets code, load and the sizes. The memory is not cleared by the caller. */
void otter_delta_init(struct otter_delta *d, unsigned bits, void *slots, struct otter_delta_record *records,
                      uint16_t *by_from);

/* The map; OTTER_E_FORMAT if a record is outside of the base or the image. The encoder has filled in the records. */
int otter_delta_map(struct otter_delta *d, uint32_t records_max);

/* What the bytes at `from` of the base are, when they are copied to `to` and `len` are left of the copy. `word` has
 * the next four bytes, or zeros after the base's end. */
void otter_delta_predict(struct otter_delta *d, struct otter_delta_item *item, uint32_t word, uint32_t from,
                         uint32_t to, uint32_t len);

/* One flag for all items of a stride. */
bool otter_delta_stride(struct otter_delta *d, bool as_expected);

/* Whether `value` is as expected, and if not, the value. `sure`: it is known not to be. */
uint32_t otter_delta_item(struct otter_delta *d, const struct otter_delta_item *item, uint32_t value, bool sure);

/* To be called after each item, coded or not, with what it became. */
void otter_delta_learn(struct otter_delta *d, const struct otter_delta_item *item, uint32_t value);

/* One halfword that is new, or one byte. `near` is the halfword at the base's current position. */
uint32_t otter_delta_literal(struct otter_delta *d, unsigned len, uint32_t near, uint32_t value);

/* To be called when a copy starts. */
void otter_delta_begin_copy(struct otter_delta *d);

enum otter_delta_op { OTTER_DELTA_LITERAL, OTTER_DELTA_COPY };
unsigned otter_delta_op(struct otter_delta *d, bool odd, unsigned op);

enum otter_delta_number {
    OTTER_DELTA_COUNT,
    OTTER_DELTA_GAP,
    OTTER_DELTA_LENGTH,
    OTTER_DELTA_JUMP,
    OTTER_DELTA_COPY_LENGTH,
    OTTER_DELTA_COPY_JUMP,
    OTTER_DELTA_RESIDUAL,
};
uint32_t otter_delta_number(struct otter_delta *d, enum otter_delta_number what, uint32_t hint, uint32_t value);
int32_t otter_delta_signed(struct otter_delta *d, enum otter_delta_number what, uint32_t hint, int32_t value);

#endif
