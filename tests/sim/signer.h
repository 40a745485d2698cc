/*
 * Keys for tests: what the simulated board trusts, and their secret halves.
 */
#ifndef SIM_SIGNER_H
#define SIM_SIGNER_H

#include "core/config.h"

/* The first four are in the board's table, in this order. */
enum sim_key {
    SIM_HMAC,        /* for development too: may ask for a downgrade */
    SIM_HMAC_SECOND, /* not for development */
    SIM_P256,        /* the same two, as public keys */
    SIM_P256_SECOND,
    SIM_TRUSTED,
    SIM_HMAC_UNKNOWN = SIM_TRUSTED,
    SIM_P256_UNKNOWN,
    SIM_KEYS,
};

extern const uint8_t sim_product_secret[32];

/* The board's table. Made when it is first asked for. */
const struct otter_key *sim_trusted_keys(void);

/* Any of them, with what verifies for it. */
const struct otter_key *sim_key_of(enum sim_key key);

/* Puts kind and id of the key into the manifest, and the proof behind it. */
void sim_sign(enum sim_key key, uint8_t *manifest);

/* The product key of the simulated board. */
const struct otter_product_key *sim_product_key(void);

#endif
