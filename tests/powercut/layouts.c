/*
 * The boards. Small ones first, on which a history costs least: what matters is how many blocks an image and a trailer
 * have, how large a unit is, and what a torn one reads as. Then the same with blocks as chips have them.
 */
#include "tests/powercut/world.h"

enum { KB = 1024 };

#define PAGES(size)                                                                                                    \
    {                                                                                                                  \
        .erase_size = (size), .prog_size = 8, .ecc = true                                                              \
    }
#define NOR(size)                                                                                                      \
    {                                                                                                                  \
        .erase_size = (size), .prog_size = 1                                                                           \
    }
#define SECTORS(size)                                                                                                  \
    {                                                                                                                  \
        .erase_size = (size), .prog_size = 32, .ecc = true                                                             \
    }

const struct layout layouts[] = {
    { .name = "pages of 8-byte units, ECC (256 bytes)",
      .board = { .chip = PAGES(256),
                 .nor = PAGES(256),
                 .boot_size = 256,
                 .app_size = 14 * 256,
                 .download_size = 15 * 256,
                 .wifi_size = 12 * 256 },
      .app_size = { 300, 700, 1000 },
      .wifi_size = { 200, 260, 600 },
      .pairs_of = 3 },
    { .name = "sectors of single bytes (256 bytes)",
      .board = { .chip = NOR(256),
                 .nor = NOR(256),
                 .boot_size = 256,
                 .app_size = 14 * 256,
                 .download_size = 15 * 256,
                 .wifi_size = 12 * 256 },
      .app_size = { 300, 700, 1000 },
      .wifi_size = { 200, 260, 600 },
      .pairs_of = 3 },
    { .name = "large sectors of 32-byte units, ECC (4 KB)",
      .board = { .chip = SECTORS(4 * KB),
                 .nor = SECTORS(4 * KB),
                 .boot_size = 4 * KB,
                 .app_size = 8 * KB,
                 .download_size = 8 * KB,
                 .wifi_size = 8 * KB },
      .app_size = { 300, 500, 700 },
      .wifi_size = { 200, 260, 400 },
      .pairs_of = 3 },
    { .name = "pages with ECC and single bytes (256 and 512 bytes)",
      .board = { .chip = PAGES(256),
                 .nor = NOR(512),
                 .boot_size = 256,
                 .app_size = 14 * 256,
                 .download_size = 8 * 512,
                 .wifi_size = 8 * 512 },
      .app_size = { 300, 700, 1000 },
      .wifi_size = { 200, 260, 1100 },
      .pairs_of = 3 },
    { .name = "40 pages, two to a group (256 bytes)",
      .board = { .chip = PAGES(256),
                 .nor = NOR(512),
                 .boot_size = 256,
                 .app_size = 40 * 256,
                 .download_size = 24 * 512,
                 .wifi_size = 8 * 512 },
      .app_size = { 300, 900, 1400 },
      .wifi_size = { 200, 260, 1100 },
      .pairs_of = 20 },
    { .name = "2 KB pages of 8-byte units, ECC",
      .board = { .chip = PAGES(2 * KB),
                 .nor = PAGES(2 * KB),
                 .boot_size = 2 * KB,
                 .app_size = 12 * KB,
                 .download_size = 14 * KB,
                 .wifi_size = 10 * KB },
      .app_size = { 300, 4500, 6200 },
      .wifi_size = { 200, 2100, 4200 },
      .pairs_of = 200 },
    { .name = "4 KB sectors of single bytes",
      .board = { .chip = NOR(4 * KB),
                 .nor = NOR(4 * KB),
                 .boot_size = 4 * KB,
                 .app_size = 20 * KB,
                 .download_size = 28 * KB,
                 .wifi_size = 16 * KB },
      .app_size = { 300, 9000, 12500 },
      .wifi_size = { 200, 4200, 8300 },
      .pairs_of = 1000 },
    { .name = "2 KB pages with ECC and 4 KB sectors of single bytes",
      .board = { .chip = PAGES(2 * KB),
                 .nor = NOR(4 * KB),
                 .boot_size = 2 * KB,
                 .app_size = 12 * KB,
                 .download_size = 20 * KB,
                 .wifi_size = 16 * KB },
      .app_size = { 300, 4500, 6200 },
      .wifi_size = { 200, 4200, 8300 },
      .pairs_of = 400 },
    { .name = "128 KB sectors of 32-byte units, ECC",
      .board = { .chip = SECTORS(128 * KB),
                 .nor = SECTORS(128 * KB),
                 .boot_size = 128 * KB,
                 .app_size = 256 * KB,
                 .download_size = 128 * KB,
                 .wifi_size = 256 * KB },
      .app_size = { 300, 500, 700 },
      .wifi_size = { 200, 260, 400 },
      .pairs_of = 1000 },
    { .name = NULL },
};
