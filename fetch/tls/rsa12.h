/*
 * An option beside tls12.h: servers whose certificates have RSA keys, or were signed by an RSA authority.
 */
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
