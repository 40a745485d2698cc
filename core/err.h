/*
 * Errors, divided by what the caller should do about them.
 *
 *      -1 .. -15   try again: the link or the flash failed this time
 *     -16 .. -31   give up: the request, the board's table or its memory does not allow it
 *     -32 .. -63   the package is bad: nothing but another package helps
 */
#ifndef OTTER_ERR_H
#define OTTER_ERR_H

enum otter_err {
    OTTER_OK = 0,

    OTTER_E_IO = -1,       /* a device or a link failed */
    OTTER_E_TIMEOUT = -2,  /* nothing arrived in time */
    OTTER_E_CLOSED = -3,   /* the peer ended before the end of what it promised */
    OTTER_E_CANCELED = -4, /* the user or the peer asked to stop */
    OTTER_E_PROTOCOL = -5, /* the peer's answer makes no sense or reports a failure */
    OTTER_E_SUPPLY = -6,   /* the board says that this is no time to erase flash */

    OTTER_E_RANGE = -16,      /* outside the partition, or over a limit */
    OTTER_E_ALIGN = -17,      /* not on an erase block's or a program unit's boundary */
    OTTER_E_NOT_ERASED = -18, /* programming a unit a second time since its erase */
    OTTER_E_NO_MEMORY = -19,  /* the caller's work memory is too small */
    OTTER_E_NOT_FOUND = -20,  /* no such partition, file or name */
    OTTER_E_DENIED = -21,     /* the board's policy does not allow it */
    OTTER_E_CONFIG = -22,     /* the board's table contradicts itself */
    OTTER_E_ARGUMENT = -23,   /* a value the caller gave makes no sense */
    OTTER_E_FULL = -24,       /* no room is left for another setting */

    OTTER_E_NO_PACKAGE = -32,  /* no header that verifies: nothing to do */
    OTTER_E_FORMAT = -33,      /* a field or a codec's data breaks its own format */
    OTTER_E_UNSUPPORTED = -34, /* well-formed, but asks for a stage that this board has not */
    OTTER_E_CHECKSUM = -35,    /* the body's bytes are not those that were packed */
    OTTER_E_HASH = -36,        /* the raw image is not the one that was packed */
    OTTER_E_TRUNCATED = -37,   /* the data ends before the header says */
    OTTER_E_TOO_LARGE = -38,   /* image or body does not fit its partition */
    OTTER_E_DESTINATION = -39, /* no package may write to the partition it names */
    OTTER_E_VECTORS = -40,     /* the image was linked for another address */
    OTTER_E_KEY = -41,         /* signed or encrypted with a key that this board has not, or that was revoked */
    OTTER_E_SIGNATURE = -42,   /* the signature is not the key's */
    OTTER_E_PRODUCT = -43,     /* made for another product or hardware */
    OTTER_E_DOWNGRADE = -44,   /* its security counter is below the board's */
    OTTER_E_BOOTLOADER = -45,  /* needs a newer bootloader */
    OTTER_E_REJECTED = -46,    /* failed on this board before, and was rolled back */
};

/* True when the package itself is at fault, so that keeping it cannot help. */
static inline int otter_err_is_package(int err)
{
    return err <= -32;
}

/* True when the same call may succeed next time: the link or the flash failed. */
static inline int otter_err_may_pass(int err)
{
    return err < 0 && err > OTTER_E_RANGE;
}

/* One line for people, without a full stop. Never NULL. */
const char *otter_strerror(int err);

#endif
