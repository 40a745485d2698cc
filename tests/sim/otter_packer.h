/*
 * Otter packages for tests: authenticated by HMAC and in clear, so that packing a thousand costs nothing, or with
 * anything else that the format has.
 */
#ifndef SIM_OTTER_PACKER_H
#define SIM_OTTER_PACKER_H

#include "tests/sim/packer.h"
#include "tests/sim/signer.h"

#define SIM_PRODUCT  "simulated"
#define SIM_HARDWARE "rev-a"

struct sim_otter_image {
    const char *part; /* NULL ends the list */
    const uint8_t *bytes;
    uint32_t size;
};

struct sim_otter_recipe {
    const char *version;
    uint32_t counter;
    enum sim_key signer;
    uint16_t chunk_size; /* 0: 1,024 */
    struct sim_otter_image images[4];

    /* What need not be there. */
    const char *product, *hardware; /* NULL: the simulated board's */
    enum otter_rbl_compression compression;
    bool encrypted; /* for the simulated board's product key */
    uint32_t boot_version;
    const char *notes;
    bool downgrade;
    const enum sim_key *revoked; /* revoked_count of them */
    unsigned revoked_count;
};

/* Into p->bytes; the package must fit there. */
void sim_otter_pack(struct sim_package *p, const struct sim_otter_recipe *recipe);

#endif
