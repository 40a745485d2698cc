/*
 * The part that knows it is TLS 1.3: PSA has keys and random numbers of its own, for as long as a connection.
 */
#include "fetch/tls/session.h"
#include "psa/crypto.h"

const int otter_tls_ciphers[] = { MBEDTLS_TLS1_3_AES_128_GCM_SHA256, 0 };

const uint16_t otter_tls_groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE };

const char otter_tls_other_version[] = "the server does not speak TLS 1.3, the only version of this firmware";

int otter_tls_start(void)
{
    psa_status_t status = psa_crypto_init();

    if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    return status == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

/* mbedTLS asks without being told. */
int otter_tls_limit(mbedtls_ssl_config *conf)
{
    (void)conf;
    return 0;
}

void otter_tls_stop(void)
{
    mbedtls_psa_crypto_free();
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *output,
                                             size_t size, size_t *length)
{
    (void)context;
    *length = size;
    return otter_tls_random(output, size) ? PSA_ERROR_INSUFFICIENT_ENTROPY : PSA_SUCCESS;
}
