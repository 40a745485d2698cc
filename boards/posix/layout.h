/*
 * Where everything lies in the flash file of the board posix: in the order of the Pandora board, with more room for
 * programs, which are larger natively. Pure data, so that the host's tools share it; flash.c adds the driver. The file
 * is the address space.
 *
 *     0x00000000  onchip_flash  1 MB    2 KB pages, 8-byte units      bootloader 128K, app 896K
 *     0x00100000  nor_flash     15 MB   4 KB sectors, 1-byte units    easyflash 512K, download 1M, wifi_image 512K,
 *                                                                     filesystem, journal 16K, recovery 1408K,
 *                                                                     factory 1M
 */
#ifndef POSIX_LAYOUT_H
#define POSIX_LAYOUT_H

#define POSIX_KB 1024u

#define POSIX_ONCHIP_FLASH                                                                                             \
    .name = "onchip_flash", .addr = 0, .size = 1024 * POSIX_KB, .erase_size = 2 * POSIX_KB, .prog_size = 8

#define POSIX_NOR_FLASH                                                                                                \
    .name = "nor_flash", .addr = 0x100000, .size = 15360 * POSIX_KB, .erase_size = 4 * POSIX_KB, .prog_size = 1

#define POSIX_FLASH_FILE_SIZE (16384 * POSIX_KB)

/* Rows of a struct otter_part table, given the two devices. The app is a native program: it does not run in place. */
/* clang-format off */
#define POSIX_PARTS(onchip, nor)                                                    \
    { "bootloader", onchip, 0,                128 * POSIX_KB, 0 },                  \
    { "app",        onchip, 128 * POSIX_KB,   896 * POSIX_KB, OTTER_PART_INSTALL }, \
    { "easyflash",  nor,    0,                512 * POSIX_KB, 0 },                  \
    { "download",   nor,    512 * POSIX_KB,   1024 * POSIX_KB, 0 },                 \
    { "wifi_image", nor,    1536 * POSIX_KB,  512 * POSIX_KB, OTTER_PART_INSTALL }, \
    { "filesystem", nor,    2048 * POSIX_KB,  10864 * POSIX_KB, OTTER_PART_FILE },  \
    { "journal",    nor,    12912 * POSIX_KB, 16 * POSIX_KB, 0 },                   \
    { "recovery",   nor,    12928 * POSIX_KB, 1408 * POSIX_KB, 0 },                 \
    { "factory",    nor,    14336 * POSIX_KB, 1024 * POSIX_KB, 0 },                 \
    { NULL, NULL, 0, 0, 0 }
/* clang-format on */

#endif
