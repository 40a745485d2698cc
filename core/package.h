/*
 * The package reader: from a partition that holds a package to a stream of each raw image. Formats are rows.
 *
 * A package begins with its head: what says everything else, and is kept with an installed image. In RBL that is the
 * header, in Otter's own format the signed manifest.
 */
#ifndef OTTER_PACKAGE_H
#define OTTER_PACKAGE_H

#include "core/chain.h"
#include "core/mem.h"

#define OTTER_HEAD_MAX        (2048 + OTTER_PROOF_MAX) /* bytes of the longest head */
#define OTTER_HEAD_PREFIX     16                       /* bytes that tell the format and the head's size */
#define OTTER_VERSION_MAX     32                       /* characters */
#define OTTER_PACKAGE_ID_SIZE 8

/* Called now and then during long work, with bytes; done never falls and ends at total. */
struct otter_progress {
    void (*step)(void *arg, uint32_t done, uint32_t total); /* or NULL */
    void *arg;
};

static inline void otter_progress_step(struct otter_progress progress, uint32_t done, uint32_t total)
{
    if (progress.step)
        progress.step(progress.arg, done, total);
}

struct otter_package {
    const struct otter_config *config;
    const struct otter_format *format;
    const struct otter_part *src; /* holds the package from its offset 0 on */
    const uint8_t *head;          /* in the caller's memory */
    uint32_t head_size;
    uint8_t id[OTTER_PACKAGE_ID_SIZE]; /* tells packages apart; for signed ones nobody can make two with the same */
    char version[OTTER_VERSION_MAX + 1];
    uint32_t timestamp; /* seconds since 1970 */
    uint32_t counter;   /* security counter; 0 where the format has none */
    uint8_t key;        /* place of its key in config->keys; OTTER_KEYS_MAX where the format has none */
    bool downgrade;     /* a development key allows it to be older than what is installed */
    uint8_t image_count;
    uint32_t size; /* bytes, head included */
};

/* The stored bytes of one image's body. `finish` reads what is left of them: 0 if all of them were right. */
struct otter_source {
    struct otter_stream stream;
    int (*finish)(struct otter_source *source);
};

/* The bodies of a package on their way into a partition. */
struct otter_arrival {
    const struct otter_package *pkg;
    uint32_t done; /* bytes of the bodies that have come */
    uint8_t image; /* images whose body has begun */
    union {
        struct otter_chain chain;
        struct otter_hash_state crc;
    } state;
};

/* Where a partition keeps the head of the image that it holds. */
struct otter_trailer {
    uint32_t off, size; /* of the head, bytes */
    uint8_t image;      /* which of the package's images this is */
    uint8_t nonce[8];   /* of an encrypted copy; zeros where the image lies as it is */
};

/* Bytes that a source takes from work memory beside its chunk, at most. */
#define OTTER_SOURCE_MAX 384

struct otter_format {
    const char *name;
    bool keeps_nonce; /* its trailer has room for one, so a copy can be encrypted */

    /* Bytes of the head, 0 if the package is not of this format, or a negative error. */
    int (*head_size)(const uint8_t prefix[OTTER_HEAD_PREFIX]);

    /* Checks and authenticates pkg->head before it believes it, and fills the fields from `id` on. */
    int (*parse)(struct otter_package *pkg);

    /* Image i, 0..image_count - 1, of a package that was parsed. */
    int (*image)(const struct otter_package *pkg, unsigned i, struct otter_image *image);

    /* The source of its body, in memory from mem; NULL if that is too small. */
    struct otter_source *(*source)(const struct otter_package *pkg, const struct otter_image *image,
                                   struct otter_mem *mem);

    /* Judges what arrives, as far as it can: OTTER_E_CHECKSUM as soon as it is known. len > 0; not beyond pkg->size. */
    int (*arrive)(struct otter_arrival *arrival, const uint8_t *data, size_t len);

    /* What the stages are told. The arguments stay valid as long as `keys`, 48 bytes, does. */
    int (*codec_args)(const struct otter_package *pkg, unsigned i, struct otter_codec_args *args, uint8_t *keys);

    /* Bytes at the end of a destination that the image cannot have. */
    uint32_t (*trailer_area)(const struct otter_part *part);

    /* Where the head of the installed image lies: OTTER_E_NO_PACKAGE if there is none of this format. */
    int (*find_trailer)(const struct otter_part *part, struct otter_trailer *trailer);

    /* Programs the head into the erased area, so that any cut before the end leaves none that find_trailer finds. */
    int (*write_trailer)(const struct otter_part *part, const struct otter_trailer *trailer, const uint8_t *head);
};

extern const struct otter_format otter_format_rbl;   /* docs/SPEC.md: RBL */
extern const struct otter_format otter_format_otter; /* docs/SPEC.md: Otter's package */

/*
 * Bytes of the head of a package that begins so: OTTER_E_NO_PACKAGE if the board knows no such format, or it makes no
 * sense.
 */
int otter_package_head_size(const struct otter_config *config, const uint8_t prefix[OTTER_HEAD_PREFIX]);

/*
 * Judges a head alone, before the bodies are there. `head`, of the size that otter_package_head_size gave, is kept by
 * reference. On every error but OTTER_E_NO_PACKAGE and those of the proof, as much of pkg is filled as a message needs.
 */
int otter_package_parse(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                        const uint8_t *head, uint32_t size);

/* The same without judging the images, some of which may be for partitions that a later table has no more. */
int otter_package_parse_head(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                             const uint8_t *head, uint32_t size);

/* Reads the head at the start of `src` into memory from mem and judges it, as above. */
int otter_package_open(struct otter_package *pkg, const struct otter_config *config, const struct otter_part *src,
                       struct otter_mem *mem);

/*
 * Judges the bodies while they arrive, in pieces of any size: OTTER_E_CHECKSUM as soon as a byte is known to be wrong,
 * OTTER_E_FORMAT for more bytes than the package has. When pkg->size bytes have come and it has given 0, all are right.
 */
void otter_arrival_init(struct otter_arrival *arrival, const struct otter_package *pkg);
int otter_arrive(struct otter_arrival *arrival, const uint8_t *data, size_t len);

/* Judges one image: OTTER_E_DESTINATION, OTTER_E_UNSUPPORTED, OTTER_E_TOO_LARGE or OTTER_E_FORMAT. */
int otter_package_image(const struct otter_package *pkg, unsigned i, struct otter_image *image);

/*
 * An open body: a stream of the raw image. When it ends, with 0, everything that the head promises of it has been
 * compared and is right; until then its bytes may be anything. Of several errors it gives the one nearest the cause:
 * OTTER_E_CHECKSUM rather than what a damaged body made of a decoder. Keep it where it is while reading.
 */
struct otter_body {
    struct otter_stream stream;
    struct otter_image image;
    struct otter_source *source;  /* the body as it lies in the partition */
    struct otter_stream *decoded; /* the last stage */
    struct otter_hash_stream raw; /* hashes it */
    int end;                      /* what reading ended with: 1 while it has not */
};

/* Stacks the stages of image i, from mem. Reads nothing yet. */
int otter_body_open(struct otter_body *body, const struct otter_package *pkg, unsigned i, struct otter_mem *mem);

/*
 * Decodes all images once and compares everything that can be compared, writing nothing: 0, or the first error.
 * OTTER_E_VECTORS for an image that could not start in its destination. Until it has given 0, nothing may be erased
 * for the package. May be repeated.
 */
int otter_package_verify(const struct otter_package *pkg, struct otter_mem mem, struct otter_progress progress);

#endif
