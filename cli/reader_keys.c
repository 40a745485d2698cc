#include "cli/reader_keys.h"

#include "cli/term.h"
#include "core/crypto/aes.h"

static int take(struct key *key, bool *given, const struct arguments *args, int row, const char *name,
                enum key_kind kind)
{
    if (!args->option[row])
        return EXIT_OK;
    *given = true;
    return key_take(key, name, args->option[row], kind);
}

int reader_keys_take(struct reader_keys *keys, const struct arguments *args, int first)
{
    *keys = (struct reader_keys){ .has_proof = false };
    if (args->option[first] && args->option[first + 1])
        return term_usage("a package has one signature: give --pubkey or --hmac-key");
    int status = rbl_key_take(args->option[first + 3], args->option[first + 4], args->option[first + 5], &keys->rbl,
                              &keys->has_rbl);
    if (!status)
        status = take(&keys->proof, &keys->has_proof, args, first, "--pubkey", KEY_P256);
    if (!status)
        status = take(&keys->proof, &keys->has_proof, args, first + 1, "--hmac-key", KEY_HMAC);
    if (!status)
        status = take(&keys->product, &keys->has_product, args, first + 2, "--product-key", KEY_PRODUCT);
    if (status)
        reader_keys_wipe(keys);
    return status;
}

void reader_keys_files(const struct arguments *args, int first, const char *list[READER_KEYS_FILES + 1])
{
    const int rows[READER_KEYS_FILES] = { first, first + 1, first + 2, first + 5 };

    for (int i = 0; i < READER_KEYS_FILES; i++)
        if (args->option[rows[i]])
            *list++ = args->option[rows[i]];
    *list = NULL;
}

void reader_keys_wipe(struct reader_keys *keys)
{
    otter_wipe(keys, sizeof *keys);
}
