/*
 * Where everything lies in the flash file of the board posix: as on the Pandora board. Pure data, so that the host's
 * tools share it; flash.c adds the driver. The file is the address space.
 *
 *     0x00000000  onchip_flash  512 KB   2 KB pages, 8-byte units      bootloader 64K, app 448K
 *     0x00080000  nor_flash     15.5 MB  4 KB sectors, 1-byte units    easyflash 512K, download 1M, wifi_image 512K,
 *                                                                      filesystem 11.5M, journal 16K, recovery 1M,
 *                                                                      factory 1M
 */
#ifndef POSIX_LAYOUT_H
#define POSIX_LAYOUT_H

#define POSIX_KB 1024u

#define POSIX_ONCHIP_FLASH                                                                                             \
    .name = "onchip_flash", .addr = 0, .size = 512 * POSIX_KB, .erase_size = 2 * POSIX_KB, .prog_size = 8

#define POSIX_NOR_FLASH                                                                                                \
    .name = "nor_flash", .addr = 0x80000, .size = 15872 * POSIX_KB, .erase_size = 4 * POSIX_KB, .prog_size = 1

#define POSIX_FLASH_FILE_SIZE (16384 * POSIX_KB)

/* Rows of a struct otter_part table, given the two devices. The app is a native program: it does not run in place. */
/* clang-format off */
#define POSIX_PARTS(onchip, nor)                                          \
    { "bootloader", onchip, 0,                64 * POSIX_KB, 0 },         \
    { "app",        onchip, 64 * POSIX_KB,    448 * POSIX_KB, OTTER_PART_INSTALL }, \
    { "easyflash",  nor,    0,                512 * POSIX_KB, 0 },        \
    { "download",   nor,    512 * POSIX_KB,   1024 * POSIX_KB, 0 },       \
    { "wifi_image", nor,    1536 * POSIX_KB,  512 * POSIX_KB, OTTER_PART_INSTALL }, \
    { "filesystem", nor,    2048 * POSIX_KB,  11760 * POSIX_KB, OTTER_PART_FILE }, \
    { "journal",    nor,    13808 * POSIX_KB, 16 * POSIX_KB, 0 }, \
    { "recovery",   nor,    13824 * POSIX_KB, 1024 * POSIX_KB, 0 }, \
    { "factory",    nor,    14848 * POSIX_KB, 1024 * POSIX_KB, 0 }, \
    { NULL, NULL, 0, 0, 0 }
/* clang-format on */

#endif
