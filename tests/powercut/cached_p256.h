/*
 * P-256 signatures, each verified once: the same answer for the same bytes, so that thousands of histories of a few
 * packages take no longer than they need for the rest.
 */
#ifndef POWERCUT_CACHED_P256_H
#define POWERCUT_CACHED_P256_H

#include "core/auth.h"

/* The simulated board's keys, with the cache before otter_auth_p256. */
const struct otter_key *cached_p256_keys(void);

#endif
