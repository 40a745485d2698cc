/*
 * Where everything lies on the board mps2: QEMU's mps2-an386 with a 16 MB file as its PSRAM, laid out like the
 * Pandora board. Pure data, so that the host's tools share it; board.c adds the drivers.
 *
 *     0x21000000  onchip_flash  512 KB   2 KB pages, 8-byte units      bootloader 56K, journal 8K, app 448K
 *     0x21080000  nor_flash     15.5 MB  4 KB sectors, 1-byte units    easyflash 512K, download 1M, wifi_image 512K,
 *                                                                      filesystem 11.5M, recovery 1M, factory 1M
 */
#ifndef MPS2_LAYOUT_H
#define MPS2_LAYOUT_H

#define MPS2_KB 1024u

#define MPS2_ONCHIP_FLASH                                                                                              \
    .name = "onchip_flash", .addr = 0x21000000, .size = 512 * MPS2_KB, .erase_size = 2 * MPS2_KB, .prog_size = 8

#define MPS2_NOR_FLASH                                                                                                 \
    .name = "nor_flash", .addr = 0x21080000, .size = 15872 * MPS2_KB, .erase_size = 4 * MPS2_KB, .prog_size = 1

/* Rows of a struct otter_part table, given the two devices. */
/* clang-format off */
#define MPS2_PARTS(onchip, nor)                                                            \
    { "bootloader", onchip, 0,               56 * MPS2_KB, 0 }, \
    { "journal",    onchip, 56 * MPS2_KB,    8 * MPS2_KB, 0 }, \
    { "app",        onchip, 64 * MPS2_KB,    448 * MPS2_KB, OTTER_PART_INSTALL | OTTER_PART_EXEC }, \
    { "easyflash",  nor,    0,               512 * MPS2_KB, 0 },                           \
    { "download",   nor,    512 * MPS2_KB,   1024 * MPS2_KB, 0 },                          \
    { "wifi_image", nor,    1536 * MPS2_KB,  512 * MPS2_KB, OTTER_PART_INSTALL },          \
    { "filesystem", nor,    2048 * MPS2_KB,  11776 * MPS2_KB, OTTER_PART_FILE }, \
    { "recovery",   nor,    13824 * MPS2_KB, 1024 * MPS2_KB, 0 }, \
    { "factory",    nor,    14848 * MPS2_KB, 1024 * MPS2_KB, 0 }, \
    { NULL, NULL, 0, 0, 0 }
/* clang-format on */

#endif
