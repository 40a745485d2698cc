/*
 * Install: a verified package into its destination; and what a partition says of the image it holds.
 *
 *     | image ... | FF ...                      | header, 96 bytes |
 *     0           raw_size                      size - 96       size
 */
#ifndef OTTER_INSTALL_H
#define OTTER_INSTALL_H

#include "core/package.h"

/*
 * Writes the package's image and, last of all, its header. Verifies the package first: on any error of its own the
 * destination is untouched. Convergent: an erase block that already holds the right bytes is left alone, so after a
 * power cut the same call goes on where it was. Each block is erased at most once, each unit programmed at most once.
 *
 * Takes from mem the package's stages and one erase block of the destination.
 */
int otter_install(const struct otter_package *pkg, struct otter_mem mem, struct otter_progress progress);

/* True when the destination holds exactly this package's image, whole. */
bool otter_install_is_done(const struct otter_package *pkg);

/*
 * Reads the header that an install left at the end of `part` and compares the image with it. OTTER_E_NO_PACKAGE if
 * there is none; OTTER_E_HASH, OTTER_E_VECTORS (for a partition that runs in place) or OTTER_E_TOO_LARGE if the image
 * is not what the header says. `header` is filled unless the error is OTTER_E_NO_PACKAGE or the flash's.
 */
int otter_installed_verify(const struct otter_part *part, struct otter_rbl *header);

#endif
