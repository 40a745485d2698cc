/*
 * What the packager does with keys, compared with published answers.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "cli/crypto/aes.h"
#include "cli/crypto/p256.h"
#include "cli/text.h"
#include "core/hash.h"

struct bytes {
    uint8_t at[64];
};

static struct bytes hex(const char *digits)
{
    struct bytes b = { { 0 } };

    assert_true(text_decode_hex(digits, b.at, strlen(digits) / 2));
    return b;
}

#define ASSERT_HEX(bytes, digits) assert_memory_equal(bytes, hex(digits).at, strlen(digits) / 2)

/* RFC 6979, A.2.5. */
#define SECRET "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
#define PUBLIC                                                                                                         \
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"                                                 \
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"

static void test_the_public_half_is_that_of_the_rfc(void **state)
{
    uint8_t public_half[64];

    (void)state;
    assert_true(p256_public_half(hex(SECRET).at, public_half));
    ASSERT_HEX(public_half, PUBLIC);
}

static void test_signatures_are_those_of_rfc_6979(void **state)
{
    static const struct {
        const char *message, *signature;
    } rows[] = {
        { "sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
                    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8" },
        { "test", "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
                  "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083" },
    };
    uint8_t digest[32], signature[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        otter_hash_of(&otter_sha256, rows[i].message, strlen(rows[i].message), digest);
        assert_true(p256_sign(hex(SECRET).at, digest, signature));
        ASSERT_HEX(signature, rows[i].signature);
    }
}

/* bits2octets has to reduce it; computed by tests/e2e/lib/p256.py. */
static void test_a_digest_beyond_the_group_order_is_reduced_first(void **state)
{
    uint8_t digest[32], signature[64];

    (void)state;
    memset(digest, 0xFF, sizeof digest);
    assert_true(p256_sign(hex(SECRET).at, digest, signature));
    assert_true(otter_p256_verify(signature, hex(PUBLIC).at, digest));
    ASSERT_HEX(signature, "1F2ADBC54B88764C279F689FC9505959FC9E73E80DC20889A4E0BE91865DE75B"
                          "9D109B65E2FBFC0AE42BA0B2E5F03670CD458CFF4882DF6783F3D93D607D1755");
}

static void test_what_a_new_key_signs_verifies_and_nothing_else_does(void **state)
{
    uint8_t secret[32], public_half[64], digest[32], signature[64];

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_true(p256_new_secret(secret));
        assert_true(p256_public_half(secret, public_half));
        otter_hash_of(&otter_sha256, &i, sizeof i, digest);
        assert_true(p256_sign(secret, digest, signature));
        assert_true(otter_p256_verify(signature, public_half, digest));
        digest[i] ^= 1;
        assert_false(otter_p256_verify(signature, public_half, digest));
    }
}

static void test_new_keys_differ(void **state)
{
    uint8_t a[32], b[32];

    (void)state;
    assert_true(p256_new_secret(a));
    assert_true(p256_new_secret(b));
    assert_memory_not_equal(a, b, sizeof a);
}

static void test_zero_and_the_group_order_are_no_secrets(void **state)
{
    static const char *const secrets[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    };
    uint8_t public_half[64], signature[64], digest[32] = { 1 };

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_false(p256_public_half(hex(secrets[i]).at, public_half));
        assert_false(p256_sign(hex(secrets[i]).at, digest, signature));
    }
}

static void test_a_point_off_the_curve_is_no_public_key(void **state)
{
    struct bytes point = hex(PUBLIC);

    (void)state;
    assert_true(p256_is_public(point.at));
    point.at[63] ^= 1;
    assert_false(p256_is_public(point.at));
    memset(point.at, 0, sizeof point.at);
    assert_false(p256_is_public(point.at));
}

/* RFC 3394, 4.6. */
static void test_wrapping_gives_the_answer_of_rfc_3394(void **state)
{
    struct bytes kek = hex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
    struct bytes key = hex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
    uint8_t wrapped[OTTER_AES_KW_SIZE], back[32];

    (void)state;
    aes256_wrap(kek.at, key.at, wrapped);
    ASSERT_HEX(wrapped, "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21");
    assert_true(otter_aes256_unwrap(kek.at, wrapped, back));
    assert_memory_equal(back, key.at, sizeof back);
}

static void test_a_wrapped_key_with_any_bit_flipped_does_not_unwrap(void **state)
{
    struct bytes kek = hex(SECRET), key = hex(PUBLIC);
    uint8_t wrapped[OTTER_AES_KW_SIZE], back[32];

    (void)state;
    aes256_wrap(kek.at, key.at, wrapped);
    for (int bit = 0; bit < 8 * OTTER_AES_KW_SIZE; bit++) {
        wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(otter_aes256_unwrap(kek.at, wrapped, back));
        wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* NIST SP 800-38A, F.5.5. */
static void test_encryption_gives_the_answer_of_sp_800_38a(void **state)
{
    struct bytes key = hex("603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4");
    struct bytes counter = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF");
    struct bytes data = hex("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
                            "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710");

    (void)state;
    aes256_ctr(key.at, counter.at, data.at, 64);
    ASSERT_HEX(data.at, "601EC313775789A5B7A7F504BBF3D228F443E3CA4D62B59ACA84E990CACAF5C5"
                        "2B0930DAA23DE94CE87017BA2D84988DDFC9C58DB67AADA613C2DD08457941A6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_public_half_is_that_of_the_rfc),
        cmocka_unit_test(test_signatures_are_those_of_rfc_6979),
        cmocka_unit_test(test_a_digest_beyond_the_group_order_is_reduced_first),
        cmocka_unit_test(test_what_a_new_key_signs_verifies_and_nothing_else_does),
        cmocka_unit_test(test_new_keys_differ),
        cmocka_unit_test(test_zero_and_the_group_order_are_no_secrets),
        cmocka_unit_test(test_a_point_off_the_curve_is_no_public_key),
        cmocka_unit_test(test_wrapping_gives_the_answer_of_rfc_3394),
        cmocka_unit_test(test_a_wrapped_key_with_any_bit_flipped_does_not_unwrap),
        cmocka_unit_test(test_encryption_gives_the_answer_of_sp_800_38a),
    };

    return cmocka_run_group_tests_name("the packager's cryptography", tests, NULL, NULL);
}
