/*
 * The header of an RBL package: 96 bytes, little-endian (docs/SPEC.md).
 *
 *      0 "RBL\0"   4 algo  6 algo2   8 timestamp   12 part[16]   28 version[24]   52 sn[24]
 *     76 body CRC-32   80 raw hash   84 raw size   88 body size   92 CRC-32 of bytes 0..91
 */
#ifndef OTTER_RBL_H
#define OTTER_RBL_H

#include "core/hash.h"

#define OTTER_RBL_HEADER_SIZE     96
#define OTTER_RBL_BODY_CRC_OFFSET 76
#define OTTER_RBL_HASH_OFFSET     80
#define OTTER_RBL_PIECE_SIZE      4096 /* raw bytes per piece of the QuickLZ and FastLZ bodies */

enum otter_rbl_cipher { OTTER_RBL_PLAIN = 0, OTTER_RBL_XOR = 1, OTTER_RBL_AES256 = 2 };
enum otter_rbl_compression { OTTER_RBL_STORED = 0, OTTER_RBL_GZIP = 1, OTTER_RBL_QUICKLZ = 2, OTTER_RBL_FASTLZ = 3 };
enum otter_rbl_hash { OTTER_RBL_FNV1A = 0, OTTER_RBL_CRC32 = 1 };

struct otter_rbl {
    uint8_t cipher;      /* enum otter_rbl_cipher, as read: 0..15 */
    uint8_t compression; /* enum otter_rbl_compression, as read: 0..15 */
    uint16_t hash_kind;  /* enum otter_rbl_hash, as read */
    uint32_t timestamp;  /* seconds since 1970 */
    char part[16 + 1];   /* these three always end with a NUL here */
    char version[24 + 1];
    char sn[24 + 1];
    uint32_t body_crc;  /* CRC-32 of the body as stored */
    uint32_t raw_hash;  /* of the raw image, by hash_kind */
    uint32_t raw_size;  /* bytes */
    uint32_t body_size; /* bytes, padding included */
};

/* OTTER_E_NO_PACKAGE unless magic and CRC are right. Judges no field: that is the package reader's work. */
int otter_rbl_decode(const uint8_t bytes[OTTER_RBL_HEADER_SIZE], struct otter_rbl *h);

/* Text fields are cut at their width and filled with zeros; the CRC is computed. */
void otter_rbl_encode(const struct otter_rbl *h, uint8_t bytes[OTTER_RBL_HEADER_SIZE]);

/* The hash that hash_kind names, or NULL if it is unknown. */
const struct otter_hash *otter_rbl_hash_of(const struct otter_rbl *h);

#endif
