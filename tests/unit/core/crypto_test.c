/*
 * What signatures, keys and ciphers stand on, by published answers.
 */
#include "tests/sim/test.h"

#include <string.h>

#include "core/auth.h"
#include "core/codec/aes256_ctr.h"
#include "core/crypto/aes.h"
#include "core/crypto/p256.h"
#include "core/crypto/sha256.h"
#include "core/err.h"
#include "core/hash.h"
#include "tests/sim/signer.h"
#include "tests/sim/source.h"

static void unhex(const char *hex, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < 2 * len; i++) {
        uint8_t digit = (uint8_t)(hex[i] <= '9' ? hex[i] - '0' : (hex[i] | 32) - 'a' + 10);
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
    }
}

/* ---- SHA-256, HMAC ---- */

/* FIPS 180-4's examples. */
static void test_sha256_of_known_texts(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    uint8_t want[32], got[32];

    for (size_t i = 0; i < 3; i++) {
        unhex(texts[i][1], want, 32);
        otter_hash_of(&otter_sha256, texts[i][0], strlen(texts[i][0]), got);
        assert_memory_equal(got, want, 32);
    }
}

/* RFC 4231, cases 1 to 3; the last, for a key as boards have it, by Python's hmac. */
static void test_hmac_sha256_of_known_texts(void **state)
{
    (void)state;
    static const struct {
        const char *key, *data, *mac;
        size_t key_size, size;
    } cases[] = {
        { "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "Hi There",
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", 20, 8 },
        { "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 4,
          28 },
        { "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa",
          "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
          "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd",
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", 20, 50 },
        { "0123456789abcdef0123456789abcdef", "a manifest",
          "3158d45cb741b364b4e8a872db4f04a7f81f01879f06897b252991d68dd991db", 32, 10 },
    };
    uint8_t want[32], got[32];

    for (size_t i = 0; i < 4; i++) {
        unhex(cases[i].mac, want, 32);
        otter_hmac_sha256((const uint8_t *)cases[i].key, cases[i].key_size, cases[i].data, cases[i].size, got);
        assert_memory_equal(got, want, 32);
    }
    assert_true(otter_auth_hmac.verify((const uint8_t *)cases[3].key, cases[3].data, cases[3].size, want));
    for (int bit = 0; bit < 256; bit++) {
        want[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(otter_auth_hmac.verify((const uint8_t *)cases[3].key, cases[3].data, cases[3].size, want));
        want[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* ---- P-256 ---- */

/* RFC 6979, A.2.5, with SHA-256. */
#define PUBLIC_KEY                                                                                                     \
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"                                                 \
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
#define SAMPLE                                                                                                         \
    "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"                                                 \
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
#define TEST                                                                                                           \
    "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"                                                 \
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"

/* The order of the curve, its field's prime, and the like, as r or s. */
static const char *const numbers[] = {
    "0000000000000000000000000000000000000000000000000000000000000000", /* 0 */
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", /* n */
    "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF", /* p */
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632552", /* n + 1 */
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "0000000000000000000000000000000000000000000000000000000000000001",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550", /* n - 1 */
};

static void test_p256_signatures_of_known_texts(void **state)
{
    (void)state;
    uint8_t key[64], sample[64], test[64];

    unhex(PUBLIC_KEY, key, 64);
    unhex(SAMPLE, sample, 64);
    unhex(TEST, test, 64);
    assert_true(otter_auth_p256.verify(key, "sample", 6, sample));
    assert_true(otter_auth_p256.verify(key, "test", 4, test));
    assert_false(otter_auth_p256.verify(key, "sample", 6, test));
    assert_false(otter_auth_p256.verify(key, "test", 4, sample));
    assert_false(otter_auth_p256.verify(key, "tesu", 4, test));
    for (int bit = 0; bit < 512; bit += 7) {
        test[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(otter_auth_p256.verify(key, "test", 4, test));
        test[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_p256_takes_no_number_out_of_range_for_r_or_s(void **state)
{
    (void)state;
    uint8_t key[64], sample[64], forged[64];

    unhex(PUBLIC_KEY, key, 64);
    unhex(SAMPLE, sample, 64);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        memcpy(forged, sample, 64);
        unhex(numbers[i], forged, 32);
        assert_false(otter_auth_p256.verify(key, "sample", 6, forged));
        memcpy(forged, sample, 64);
        unhex(numbers[i], forged + 32, 32);
        assert_false(otter_auth_p256.verify(key, "sample", 6, forged));
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            unhex(numbers[i], forged, 32);
            unhex(numbers[k], forged + 32, 32);
            assert_false(otter_auth_p256.verify(key, "sample", 6, forged));
        }
    }
}

static void test_p256_takes_no_key_off_the_curve(void **state)
{
    (void)state;
    uint8_t key[64], sample[64];

    unhex(SAMPLE, sample, 64);
    unhex(PUBLIC_KEY, key, 64);
    key[63] ^= 1;
    assert_false(otter_auth_p256.verify(key, "sample", 6, sample));
    memset(key, 0, 64);
    assert_false(otter_auth_p256.verify(key, "sample", 6, sample));
    memset(key, 0xFF, 64);
    assert_false(otter_auth_p256.verify(key, "sample", 6, sample));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        unhex(PUBLIC_KEY, key, 64);
        unhex(numbers[i], key, 32);
        assert_false(otter_auth_p256.verify(key, "sample", 6, sample));
    }
}

/* ---- keys ---- */

static void test_a_key_is_found_by_kind_and_id(void **state)
{
    (void)state;
    const struct otter_key *table = sim_trusted_keys();
    uint8_t id[OTTER_KEY_ID_SIZE];

    for (int k = 0; k < SIM_TRUSTED; k++) {
        assert_int_equal(otter_key_find(table, table[k].auth->id, table[k].id), k);
        assert_int_equal(otter_key_find(table, 3 - table[k].auth->id, table[k].id), -1);
        memcpy(id, table[k].id, sizeof id);
        id[7] ^= 1;
        assert_int_equal(otter_key_find(table, table[k].auth->id, id), -1);
    }
    assert_int_equal(otter_key_find(table, 1, sim_key_of(SIM_P256_UNKNOWN)->id), -1);
    assert_int_equal(otter_key_find(table, 0, table[0].id), -1);
}

/* ---- AES ---- */

/* NIST SP 800-38A, F.5.5 and F.5.6. */
static void test_aes256_ctr_gives_the_published_answer_in_any_pieces(void **state)
{
    (void)state;
    uint8_t key[32], counter[16], plain[64], cipher[64], got[65];

    unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", key, 32);
    unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", counter, 16);
    unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
          plain, 64);
    unhex("601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
          "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
          cipher, 64);
    for (size_t most = 1; most <= 64; most++) {
        struct otter_aes256_ctr_stream work;
        struct sim_source src;
        size_t len;

        sim_source_init(&src, most % 2 ? cipher : plain, 64);
        const struct otter_codec_args args = { .key = key, .iv = counter };
        struct otter_stream *stream = otter_codec_aes256_ctr.open(&work, &src.stream, &args);
        assert_int_equal(sim_read_to_end(stream, (struct sim_reader){ most, 1 }, got, 65, &len), 0);
        assert_int_equal(len, 64);
        assert_memory_equal(got, most % 2 ? plain : cipher, 64);
    }
}

static void test_aes256_ctr_passes_errors_on(void **state)
{
    (void)state;
    struct otter_aes256_ctr_stream work;
    uint8_t zeros[64] = { 0 }, got[65];
    struct sim_source src;
    size_t len;

    sim_source_init(&src, zeros, 64);
    src.fail_at = 33;
    src.err = OTTER_E_CHECKSUM;
    const struct otter_codec_args args = { .key = zeros, .iv = zeros };
    struct otter_stream *stream = otter_codec_aes256_ctr.open(&work, &src.stream, &args);
    assert_int_equal(sim_read_to_end(stream, (struct sim_reader){ 9, 1 }, got, 65, &len), OTTER_E_CHECKSUM);
    assert_int_equal(len, 33);
}

/* RFC 3394, 4.6. */
static void test_aes_key_unwrap_gives_the_published_answer(void **state)
{
    (void)state;
    static const uint8_t zeros[32];
    uint8_t kek[32], wrapped[40], want[32], got[32];

    unhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", kek, 32);
    unhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F", want, 32);
    unhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21", wrapped, 40);
    assert_true(otter_aes256_unwrap(kek, wrapped, got));
    assert_memory_equal(got, want, 32);
    for (int bit = 0; bit < 320; bit++) {
        wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(otter_aes256_unwrap(kek, wrapped, got));
        assert_memory_equal(got, zeros, 32); /* nothing is left of what would have come out */
        wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    kek[31] ^= 1;
    assert_false(otter_aes256_unwrap(kek, wrapped, got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_of_known_texts),
        cmocka_unit_test(test_hmac_sha256_of_known_texts),
        cmocka_unit_test(test_p256_signatures_of_known_texts),
        cmocka_unit_test(test_p256_takes_no_number_out_of_range_for_r_or_s),
        cmocka_unit_test(test_p256_takes_no_key_off_the_curve),
        cmocka_unit_test(test_a_key_is_found_by_kind_and_id),
        cmocka_unit_test(test_aes256_ctr_gives_the_published_answer_in_any_pieces),
        cmocka_unit_test(test_aes256_ctr_passes_errors_on),
        cmocka_unit_test(test_aes_key_unwrap_gives_the_published_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
