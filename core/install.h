/*
 * Install: a verified package into its destinations; and what a partition says of the image it holds.
 *
 *     | image ... | FF ...           | trailer: the package's head |
 *     0           raw_size           size - area              size
 */
#ifndef OTTER_INSTALL_H
#define OTTER_INSTALL_H

#include "core/package.h"

/*
 * How a long write is cut and goes on. The blocks of an image are in groups. `begin`, if any, is told before the first
 * block of a group is touched, and may refuse; a write that was cut in `group` begins all that group's blocks again,
 * whatever they seem to hold: a block that was cut while it was erased or programmed may read right once, and wrong
 * later.
 */
struct otter_resume {
    int (*begin)(void *arg, uint16_t group); /* 0, or a negative otter_err, which ends the write */
    void *arg;
    uint16_t group; /* that `begin` was told last; OTTER_NO_GROUP for a write that was not cut */
};

#define OTTER_GROUPS      32     /* of an image, at most */
#define OTTER_GROUPS_FROM 0x8000 /* with a group's number: all groups behind it have to be written, too */
#define OTTER_NO_GROUP    0xFFFF

/* What goes into a partition: an image and the trailer that claims it. */
struct otter_content {
    struct otter_stream *image; /* its end, 0, says that every byte was right */
    uint32_t size;              /* bytes of it */
    const struct otter_package *pkg;
    struct otter_trailer trailer; /* `off` is found */
};

/*
 * Writes an image and, last of all, its trailer. Convergent: an erase block that already holds the right bytes is left
 * alone if a trailer, or what `begin` was told, says that it was not cut; so after a power cut the same call goes on
 * where it was. Each block is erased at most once, each unit
 * programmed at most once. If the image turns out not to be right, the trailer is not written. Takes one erase block
 * of the destination from mem.
 */
int otter_write(const struct otter_part *dest, const struct otter_content *content, struct otter_mem mem,
                const struct otter_resume *resume, struct otter_progress progress);

/* Writes image i of a package that otter_package_verify has found right. Takes its stages from mem as well. */
int otter_install_image(const struct otter_package *pkg, unsigned i, struct otter_mem mem,
                        const struct otter_resume *resume, struct otter_progress progress);

/* True when image i's destination holds exactly this image of this package, whole. */
bool otter_install_is_done(const struct otter_package *pkg, unsigned i);

/* What a partition holds, and the package that it came from. */
struct otter_installed {
    struct otter_package pkg; /* pkg.src is the partition itself */
    struct otter_trailer trailer;
    struct otter_image image;
};

/*
 * Reads the trailer of `part` into memory from mem and judges it as otter_package_parse does: OTTER_E_NO_PACKAGE if
 * there is none that verifies.
 */
int otter_installed_open(struct otter_installed *installed, const struct otter_config *config,
                         const struct otter_part *part, struct otter_mem *mem);

/* A stream of the installed image, decrypted where it is a copy that was encrypted. */
struct otter_installed_stream {
    struct otter_part_stream stored;
    struct otter_stream *image;
};

/* Takes the cipher's stage from mem, if there is one. */
int otter_installed_read(struct otter_installed_stream *s, const struct otter_installed *installed,
                         struct otter_mem *mem);

/*
 * Compares the image with what the trailer promises, as if it lay in `place` (the partition itself, or the one that it
 * is a copy of): OTTER_E_HASH, or OTTER_E_VECTORS for one that was linked for another address.
 */
int otter_installed_verify(const struct otter_installed *installed, const struct otter_part *place,
                           struct otter_mem mem);

#endif
