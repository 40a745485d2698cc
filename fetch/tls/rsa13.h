/*
 * An option beside tls13.h: servers whose certificates have RSA keys, or were signed by an RSA authority. TLS 1.3 signs
 * with RSA-PSS only, certificates mostly with PKCS #1 1.5.
 */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT

#define PSA_WANT_ALG_RSA_PKCS1V15_SIGN   1
#define PSA_WANT_ALG_RSA_PSS             1
#define PSA_WANT_KEY_TYPE_RSA_PUBLIC_KEY 1
