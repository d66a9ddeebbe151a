/* auth.c - see auth.h */
#include <stdbool.h>
#include <string.h>

#include "core/apdu.h"
#include "core/status.h"
#include "core/wipe.h"
#include "core/card/find.h"

#include "core/card/auth.h"

/* One command after the other, with nobody's in between: a challenge is good for the next command only. */
static LONG auth_begin(struct card *card, bool *transaction)
{
        LONG status;

        card_last_clear(card);
        status = card->api->BeginTransaction(card->handle);
        if (status == SCARD_S_SUCCESS) {
                status = card_learn(card);
                if (status == SCARD_S_SUCCESS)
                        status = card_find(card);
                if (status == SCARD_S_SUCCESS)
                        status = card_begin_inside(card, transaction);
                if (status != SCARD_S_SUCCESS)
                        (void)card->api->EndTransaction(card->handle, SCARD_LEAVE_CARD);
        }
        card->last.status = status;
        return status;
}

static void auth_end(struct card *card, bool transaction)
{
        card_end(card, transaction);
        (void)card->api->EndTransaction(card->handle, SCARD_LEAVE_CARD);
}

struct auth_command {
        const char *name;
        uint8_t ins, p1, p2;
        const uint8_t *data;
        size_t len, wanted;
};

/* How often the key may still be tried, for the error text. 7816-4 5.6, table 6 */
static int tries_of(uint16_t sw)
{
        if ((sw & 0xFFF0) == 0x63C0)
                return sw & 0x0F;
        return sw == 0x6983 ? 0 : -1;
}

/* The answer to out, room AUTH_ANSWER_MAX, may be NULL; *got 0 on failure. */
static LONG auth_send(struct card *card, const struct auth_command *command, uint8_t *out, size_t *got)
{
        const uint8_t header[4] = {card->profile->cla, command->ins, command->p1, command->p2};
        uint8_t apdu[APDU_SHORT_COMMAND_MAX], rsp[CARD_RESPONSE_MAX];
        size_t len = 0, rsp_len = sizeof(rsp);
        uint16_t sw = 0;
        LONG status =
            apdu_command(apdu, sizeof(apdu), &len, header, command->data, command->len, command->wanted);

        *got = 0;
        if (status == SCARD_S_SUCCESS)
                status = card_transmit(card, command->name, apdu, len, rsp, &rsp_len, &sw);
        if (status == SCARD_S_SUCCESS) {
                status = status_from_sw(sw, false);
                card->last.tries = tries_of(sw);
        }
        if (status == SCARD_S_SUCCESS && rsp_len > command->wanted)
                status = SCARD_F_COMM_ERROR; /* more than was asked for */
        if (status == SCARD_S_SUCCESS && out != NULL) {
                memcpy(out, rsp, rsp_len);
                *got = rsp_len;
        }
        card->last.status = status;
        wipe(apdu, sizeof(apdu));
        wipe(rsp, sizeof(rsp));
        return status;
}

static LONG challenge_here(struct card *card, uint8_t p1, uint8_t p2, uint8_t *out, size_t wanted,
                           size_t *got)
{
        const struct auth_command command = {
            .name = "GET CHALLENGE", .ins = 0x84, .p1 = p1, .p2 = p2, .wanted = wanted};

        return auth_send(card, &command, out, got);
}

LONG auth_challenge(struct card *card, uint8_t p1, uint8_t p2, uint8_t *out, size_t wanted, size_t *got)
{
        bool transaction = false;
        LONG status;

        *got = 0;
        card_last_clear(card);
        if (wanted == 0 || wanted > AUTH_ANSWER_MAX)
                return SCARD_E_INVALID_PARAMETER;
        status = auth_begin(card, &transaction);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = challenge_here(card, p1, p2, out, wanted, got);
        auth_end(card, transaction);
        return status;
}

/* For a key of ours: all of it, for a shorter one is easier to guess or to have seen before. */
static LONG whole_challenge(struct card *card, uint8_t *out, size_t wanted)
{
        size_t got;
        LONG status = challenge_here(card, 0x00, 0x00, out, wanted, &got);

        if (status == SCARD_S_SUCCESS && got != wanted)
                status = SCARD_E_UNEXPECTED;
        card->last.status = status;
        return status;
}

/* Whether so many bytes can be sent: as they are, or as blocks. 0 is the caller's matter. */
static bool len_ok(const struct auth_key *key, size_t len)
{
        if (len > AUTH_DATA_MAX)
                return false;
        return key->key == NULL ? len > 0 : len % cipher_block(key->cipher) == 0;
}

static bool key_ok(const struct auth_key *key)
{
        return key->key == NULL || cipher_known((unsigned)key->cipher, key->key_len);
}

static LONG external_here(struct card *card, const struct auth_key *key, const uint8_t *data, size_t len)
{
        uint8_t token[AUTH_ANSWER_MAX] = {0};
        struct auth_command command = {.name = "EXTERNAL AUTHENTICATE",
                                       .ins = 0x82,
                                       .p1 = key->p1,
                                       .p2 = key->p2,
                                       .data = data,
                                       .len = len};
        LONG status = SCARD_S_SUCCESS;
        size_t got;

        if (key->key != NULL) {
                if (len == 0) {
                        command.len = cipher_block(key->cipher);
                        status = whole_challenge(card, token, command.len);
                } else {
                        memcpy(token, data, len);
                }
                if (status == SCARD_S_SUCCESS)
                        status = cipher_encrypt(key->cipher, CIPHER_ECB, key->key, key->key_len, token, token,
                                                command.len);
                command.data = token;
        }
        if (status == SCARD_S_SUCCESS)
                status = auth_send(card, &command, NULL, &got);
        wipe(token, sizeof(token));
        return status;
}

LONG auth_external(struct card *card, const struct auth_key *key, const uint8_t *data, size_t len)
{
        bool transaction = false;
        LONG status;

        card_last_clear(card);
        if (!key_ok(key) || !len_ok(key, len))
                return SCARD_E_INVALID_PARAMETER;
        status = auth_begin(card, &transaction);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = external_here(card, key, data, len);
        card->last.status = status;
        auth_end(card, transaction);
        return status;
}

static LONG internal_here(struct card *card, const struct auth_key *key, const uint8_t *challenge, size_t len,
                          uint8_t *out, size_t *got)
{
        const struct auth_command command = {.name = "INTERNAL AUTHENTICATE",
                                             .ins = 0x88,
                                             .p1 = key->p1,
                                             .p2 = key->p2,
                                             .data = challenge,
                                             .len = len,
                                             .wanted = AUTH_ANSWER_MAX};
        uint8_t expected[AUTH_DATA_MAX];
        LONG status = SCARD_S_SUCCESS;

        if (key->key != NULL)
                status =
                    cipher_encrypt(key->cipher, CIPHER_ECB, key->key, key->key_len, challenge, expected, len);
        if (status == SCARD_S_SUCCESS)
                status = auth_send(card, &command, out, got);
        if (status == SCARD_S_SUCCESS && key->key != NULL &&
            (*got != len || !cipher_equal(out, expected, len)))
                status = SCARD_W_CARD_NOT_AUTHENTICATED;
        wipe(expected, sizeof(expected));
        return status;
}

LONG auth_internal(struct card *card, const struct auth_key *key, const uint8_t *challenge, size_t len,
                   uint8_t *out, size_t *got)
{
        uint8_t own[CIPHER_BLOCK_MAX] = {0};
        bool transaction = false;
        LONG status;

        *got = 0;
        card_last_clear(card);
        if (!key_ok(key) || !len_ok(key, len))
                return SCARD_E_INVALID_PARAMETER;
        if (len == 0) {
                challenge = own;
                len = cipher_block(key->cipher);
                if (!cipher_random(own, len))
                        return SCARD_F_INTERNAL_ERROR;
        }
        status = auth_begin(card, &transaction);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = internal_here(card, key, challenge, len, out, got);
        if (status != SCARD_S_SUCCESS) {
                wipe(out, AUTH_ANSWER_MAX);
                *got = 0;
        }
        card->last.status = status;
        auth_end(card, transaction);
        return status;
}

/* Three passes of ISO/IEC 9798-2 6.2.2, without text fields and names: RC; E(RH RC); E(RC RH). */
static LONG mutual_here(struct card *card, const struct auth_key *key)
{
        const size_t block = cipher_block(key->cipher);
        uint8_t plain[2 * CIPHER_BLOCK_MAX], token[2 * CIPHER_BLOCK_MAX], expected[2 * CIPHER_BLOCK_MAX];
        uint8_t answer[AUTH_ANSWER_MAX];
        struct auth_command command = {.name = "MUTUAL AUTHENTICATE",
                                       .ins = 0x82,
                                       .p1 = key->p1,
                                       .p2 = key->p2,
                                       .data = token,
                                       .len = 2 * block,
                                       .wanted = AUTH_ANSWER_MAX};
        size_t got = 0;
        LONG status = cipher_random(plain, block) ? SCARD_S_SUCCESS : SCARD_F_INTERNAL_ERROR;

        if (status == SCARD_S_SUCCESS)
                status = whole_challenge(card, plain + block, block);
        if (status == SCARD_S_SUCCESS)
                status =
                    cipher_encrypt(key->cipher, CIPHER_CBC, key->key, key->key_len, plain, token, 2 * block);
        /* What has to come is made before the command, after which nothing may fail on this side. */
        if (status == SCARD_S_SUCCESS) {
                memcpy(expected, plain + block, block);
                memcpy(expected + block, plain, block);
                status = cipher_encrypt(key->cipher, CIPHER_CBC, key->key, key->key_len, expected, expected,
                                        2 * block);
        }
        if (status == SCARD_S_SUCCESS)
                status = auth_send(card, &command, answer, &got);
        if (status == SCARD_S_SUCCESS && (got != 2 * block || !cipher_equal(answer, expected, 2 * block)))
                status = SCARD_W_CARD_NOT_AUTHENTICATED;
        wipe(expected, sizeof(expected));
        wipe(plain, sizeof(plain));
        wipe(token, sizeof(token));
        wipe(answer, sizeof(answer));
        return status;
}

LONG auth_mutual(struct card *card, const struct auth_key *key, const uint8_t *data, size_t len,
                 size_t wanted, uint8_t *out, size_t *got)
{
        const struct auth_command command = {.name = "MUTUAL AUTHENTICATE",
                                             .ins = 0x82,
                                             .p1 = key->p1,
                                             .p2 = key->p2,
                                             .data = data,
                                             .len = len,
                                             .wanted = wanted};
        bool transaction = false;
        LONG status;

        *got = 0;
        card_last_clear(card);
        if (!key_ok(key) || !len_ok(key, len) || (key->key != NULL && len != 0) || wanted == 0 ||
            wanted > AUTH_ANSWER_MAX)
                return SCARD_E_INVALID_PARAMETER;
        status = auth_begin(card, &transaction);
        if (status != SCARD_S_SUCCESS)
                return status;
        status = key->key != NULL ? mutual_here(card, key) : auth_send(card, &command, out, got);
        card->last.status = status;
        auth_end(card, transaction);
        return status;
}
