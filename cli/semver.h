/*
 * Semantic versions (semver.org, 2.0.0).
 */
#ifndef CLI_SEMVER_H
#define CLI_SEMVER_H

#include <stdbool.h>
#include <stdint.h>

/* "2.0.0", "1.0.0-rc.1+build.7" */
bool semver_is_valid(const char *text);

/* A bootloader's, three numbers only, as major << 16 | minor << 8 | patch: false if it is none, or does not fit. */
bool semver_of_boot(const char *text, uint32_t *version);

#endif
