/*
 * mbedTLS 3.6 for the device: AES alone, its tables in flash, three of the four that are rotations of the first left
 * out.
 */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_PLATFORM_ZEROIZE_ALT /* in aes.c */
