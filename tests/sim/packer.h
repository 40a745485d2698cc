/*
 * RBL packages for tests, by the product's own encoders; and packages that the product's packager refuses to make:
 * build one, change its header or body, seal it again.
 */
#ifndef SIM_PACKER_H
#define SIM_PACKER_H

#include <stddef.h>
#include <stdint.h>

#include "core/package.h"
#include "core/rbl.h"

#define SIM_BODY_MAX (192 * 1024)

struct sim_recipe {
    const char *part, *version;
    enum otter_rbl_compression compression;
    enum otter_rbl_hash hash_kind;
    const uint8_t *key, *iv; /* encrypt with AES-256-CBC, unless NULL */
};

/* A package of any format. */
struct sim_package {
    struct otter_rbl header;                      /* of an RBL package */
    uint32_t head_size, body_size;                /* bytes that are there, whatever the head says */
    uint8_t bytes[OTTER_HEAD_MAX + SIM_BODY_MAX]; /* head and body, as downloaded */
};

/* The body must fit SIM_BODY_MAX. */
void sim_pack(struct sim_package *p, const struct sim_recipe *recipe, const uint8_t *image, uint32_t size);

static inline uint8_t *sim_package_body(struct sim_package *p)
{
    return p->bytes + p->head_size;
}

static inline uint32_t sim_package_size(const struct sim_package *p)
{
    return p->head_size + p->body_size;
}

/* Puts p->header, as it stands, before the body, with a right CRC. */
void sim_seal_header(struct sim_package *p);

/* Takes size and CRC of the body that is there into the header, then seals that. */
void sim_seal(struct sim_package *p);

#endif
