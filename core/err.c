#include "core/err.h"

#include <stddef.h>

/* Errors are few and small, so a search is shorter than a table with holes. */
struct text {
    signed char err;
    const char *words;
};

static const struct text texts[] = {
    { OTTER_OK, "no error" },
    { OTTER_E_IO, "input or output failed" },
    { OTTER_E_TIMEOUT, "no answer in time" },
    { OTTER_E_CLOSED, "connection closed too early" },
    { OTTER_E_CANCELED, "canceled" },
    { OTTER_E_PROTOCOL, "unusable answer" },
    { OTTER_E_SUPPLY, "power supply too weak" },
    { OTTER_E_RANGE, "out of range" },
    { OTTER_E_ALIGN, "not aligned" },
    { OTTER_E_NOT_ERASED, "flash not erased" },
    { OTTER_E_NO_MEMORY, "not enough memory" },
    { OTTER_E_NOT_FOUND, "not found" },
    { OTTER_E_DENIED, "not allowed on this board" },
    { OTTER_E_CONFIG, "bad partition table" },
    { OTTER_E_ARGUMENT, "bad argument" },
    { OTTER_E_FULL, "no room left" },
    { OTTER_E_NO_PACKAGE, "no package" },
    { OTTER_E_FORMAT, "damaged package" },
    { OTTER_E_UNSUPPORTED, "stage not on this board" },
    { OTTER_E_CHECKSUM, "wrong checksum" },
    { OTTER_E_HASH, "wrong image hash" },
    { OTTER_E_TRUNCATED, "data ends too early" },
    { OTTER_E_TOO_LARGE, "too large" },
    { OTTER_E_DESTINATION, "not a partition for packages" },
    { OTTER_E_VECTORS, "linked for another address" },
    { OTTER_E_KEY, "unknown or revoked key" },
    { OTTER_E_SIGNATURE, "wrong signature" },
    { OTTER_E_PRODUCT, "for another product or hardware" },
    { OTTER_E_DOWNGRADE, "older than this board allows" },
    { OTTER_E_BOOTLOADER, "needs a newer bootloader" },
    { OTTER_E_REJECTED, "failed here before" },
};

const char *otter_strerror(int err)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].err == err)
            return texts[i].words;
    return "unknown error";
}
