/*
 * Otter packages for tests: authenticated by HMAC, uncompressed and in clear, so that packing a thousand costs nothing.
 */
#ifndef SIM_OTTER_PACKER_H
#define SIM_OTTER_PACKER_H

#include "core/auth.h"
#include "tests/sim/packer.h"

struct sim_otter_image {
    const char *part; /* NULL ends the list */
    const uint8_t *bytes;
    uint32_t size;
};

struct sim_otter_recipe {
    const char *product, *hardware, *version;
    uint32_t counter;
    uint16_t chunk_size;
    const struct otter_key *key;
    struct sim_otter_image images[3];
};

/* Into p->bytes; the package must fit there. */
void sim_otter_pack(struct sim_package *p, const struct sim_otter_recipe *recipe);

#endif
