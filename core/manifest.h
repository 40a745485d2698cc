/*
 * The manifest of an Otter package (docs/SPEC.md), little-endian:
 *
 *      0 "OTTR"   4 version = 1   5 proof kind   6 u16 size   8 key id[8]   16 fields ...   size  proof
 *
 * A field is u16 tag, u16 length, value. A reader that does not know a tag skips the field, or refuses the manifest if
 * the tag's highest bit is set. Tags come in rising order; only `hardware` and `image` may come more than once. The
 * proof is over everything before it. The bodies of the images follow it, in the images' order.
 */
#ifndef OTTER_MANIFEST_H
#define OTTER_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OTTER_MANIFEST_VERSION 1
#define OTTER_MANIFEST_MAX     2048 /* bytes, without the proof */
#define OTTER_MANIFEST_FIELDS  16   /* offset of the first field */
#define OTTER_CHUNK_MIN        256  /* bytes */
#define OTTER_CHUNK_MAX        4096

enum otter_tag {
    OTTER_TAG_CRITICAL = 0x8000, /* who does not know the tag must refuse the package */

    OTTER_TAG_PRODUCT = 0x8001,   /* text */
    OTTER_TAG_HARDWARE = 0x8002,  /* text; several: for any of them */
    OTTER_TAG_VERSION = 0x8003,   /* text, a semantic version */
    OTTER_TAG_COUNTER = 0x8004,   /* u32 security counter */
    OTTER_TAG_BOOT = 0x8005,      /* u32 lowest bootloader version: major << 16 | minor << 8 | patch */
    OTTER_TAG_TIMESTAMP = 0x0006, /* u64 seconds since 1970 */
    OTTER_TAG_NOTES = 0x0007,     /* text */
    OTTER_TAG_KEY = 0x8008,       /* product key id[8], nonce[8], content key[40] wrapped by AES-KW (RFC 3394) */
    OTTER_TAG_REVOKE = 0x8009,    /* ids[8] of signing keys that are trusted no longer */
    OTTER_TAG_DOWNGRADE = 0x800A, /* empty; development keys only */
    OTTER_TAG_IMAGE = 0x8010,     /* see below */
};

/*
 * The value of an image field:
 *
 *      0 partition[16]   16 u32 raw size   20 SHA-256 of the raw image [32]   52 u32 body size
 *     56 u16 chunk size   58 stage count   59 0   60 SHA-256 of the first chunk [32]
 *     92 stages: u8 codec, u8 length, parameters ...
 */
enum {
    OTTER_IMAGE_PART = 0,
    OTTER_IMAGE_RAW_SIZE = 16,
    OTTER_IMAGE_DIGEST = 20,
    OTTER_IMAGE_BODY_SIZE = 52,
    OTTER_IMAGE_CHUNK_SIZE = 56,
    OTTER_IMAGE_STAGE_COUNT = 58,
    OTTER_IMAGE_FIRST_CHUNK = 60,
    OTTER_IMAGE_STAGES = 92,
};

/* The value of a key field. */
enum {
    OTTER_CONTENT_KEY_ID = 0,
    OTTER_CONTENT_NONCE = 8,
    OTTER_CONTENT_WRAPPED = 16,
    OTTER_CONTENT_SIZE = 56,
};

/* One field, as it lies in the manifest. */
struct otter_field {
    uint16_t tag, size;
    const uint8_t *value;
};

/* Bytes of manifest and proof, 0 if the prefix is another format's, or OTTER_E_NO_PACKAGE if it makes no sense. */
int otter_manifest_head_size(const uint8_t prefix[16]);

/*
 * Goes from field to field: start with *off = OTTER_MANIFEST_FIELDS. True with the next field; false at the end, with
 * *off equal to the manifest's size, or where a field reaches past it.
 */
bool otter_manifest_next(const uint8_t *manifest, uint32_t *off, struct otter_field *field);

/* The nth field (from 0) of that tag; false if there is none. */
bool otter_manifest_find(const uint8_t *manifest, uint16_t tag, unsigned n, struct otter_field *field);

/*
 * OTTER_E_FORMAT unless all fields are well-formed, in order, not repeated, and the required ones are there;
 * OTTER_E_UNSUPPORTED for a critical field that is unknown. Call it after the proof was verified.
 */
int otter_manifest_check(const uint8_t *manifest);

/* The size that the manifest says it has. */
uint32_t otter_manifest_size(const uint8_t *manifest);

#endif
