#include <string.h>

#include "core/status.h"
#include "core/wipe.h"

#include "core/card/card.h"
#include "core/card/chv.h"
#include "core/card/entry.h"
#include "core/card/profile.h"

#define CHV_HEADER_LEN 5 /* CLA INS P1 P2 Lc */

struct chv_command {
        uint8_t apdu[CHV_HEADER_LEN + CHV_CODE_MAX];
        size_t len;
};

/* Codes as the caller gave them; NULL, 0: not given. */
struct chv_code {
        const uint8_t *bytes;
        size_t len;
        enum profile_role role;
};

struct chv_request {
        enum profile_op op;
        uint8_t p1;
        struct chv_code first, second;
};

static const struct chv_verb {
        const char *name;
        uint8_t ins;
} chv_verbs[] = {
    [PROFILE_VERIFY] = {"VERIFY", 0x20},
    [PROFILE_CHECK] = {"VERIFY", 0x20},
    [PROFILE_CHANGE] = {"CHANGE REFERENCE DATA", 0x24},
    [PROFILE_ENABLE] = {"ENABLE VERIFICATION REQUIREMENT", 0x28},
    [PROFILE_DISABLE] = {"DISABLE VERIFICATION REQUIREMENT", 0x26},
    [PROFILE_UNBLOCK] = {"RESET RETRY COUNTER", 0x2C},
    [PROFILE_UNBLOCK_CHECK] = {"RESET RETRY COUNTER", 0x2C},
};

/* 31 is what the five bits of P2 hold; a bare number is P2 itself. ISO/IEC 7816-4 table 102 */
static bool chv_reference_ok(const struct chv_reference *ref)
{
        if (ref->global && ref->local)
                return false;
        return ref->number >= 0 && ref->number <= (ref->global || ref->local ? 31 : 255);
}

/* A code that is there: an empty one would turn the command into a question. */
static bool chv_code_ok(const uint8_t *code, size_t len)
{
        return code != NULL && len > 0 && len <= CHV_CODE_MAX;
}

static bool chv_code_absent(const uint8_t *code, size_t len)
{
        return code == NULL && len == 0;
}

static bool chv_all_digits(const uint8_t *code, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (code[i] < '0' || code[i] > '9')
                        return false;
        return true;
}

/* Writes one code behind what the command holds already. */
static LONG chv_append(struct chv_command *command, const struct profile_code *format,
                       const struct chv_code *code)
{
        size_t len = format->block != 0 ? format->block : code->len;

        if (code->bytes == NULL)
                return SCARD_S_SUCCESS;
        if (code->len < format->min || code->len > format->max || code->len > len ||
            (format->digits && !chv_all_digits(code->bytes, code->len)))
                return SCARD_E_INVALID_CHV;
        if (len > sizeof(command->apdu) - command->len)
                return SCARD_E_INVALID_CHV;
        memcpy(command->apdu + command->len, code->bytes, code->len);
        memset(command->apdu + command->len + code->len, format->filler, len - code->len);
        command->len += len;
        return SCARD_S_SUCCESS;
}

/* Case 1 without codes, case 3 with them: no Le, there is nothing to answer but the status word. */
static LONG chv_build(const struct card_profile *profile, const struct chv_reference *ref,
                      const struct chv_request *request, struct chv_command *command)
{
        uint8_t p2 = 0;
        LONG status = profile->reference(ref, request->op, &p2);

        if (status != SCARD_S_SUCCESS)
                return status;
        command->apdu[0] = profile->cla;
        command->apdu[1] = chv_verbs[request->op].ins;
        command->apdu[2] = request->p1;
        command->apdu[3] = p2;
        command->len = CHV_HEADER_LEN;
        status = chv_append(command, profile->format(p2, request->first.role), &request->first);
        if (status == SCARD_S_SUCCESS)
                status = chv_append(command, profile->format(p2, request->second.role), &request->second);
        if (status != SCARD_S_SUCCESS)
                return status;
        command->apdu[4] = (uint8_t)(command->len - CHV_HEADER_LEN);
        if (command->len == CHV_HEADER_LEN)
                command->len = CHV_HEADER_LEN - 1;
        return SCARD_S_SUCCESS;
}

static bool chv_op_known(const struct card_profile *profile, const struct chv_request *request)
{
        switch (request->op) {
        case PROFILE_CHECK:
                return profile->check_safe || profile->question != NULL;
        case PROFILE_UNBLOCK_CHECK:
                return profile->unblock_check_safe || profile->question != NULL;
        case PROFILE_ENABLE:
        case PROFILE_DISABLE:
                return profile->enables;
        case PROFILE_UNBLOCK:
                return (profile->unblock >> request->p1 & 1u) != 0;
        case PROFILE_VERIFY:
        case PROFILE_CHANGE:
                break;
        }
        return true;
}

/* ---- one command within card_begin and card_end */

static bool chv_is_question(enum profile_op op)
{
        return op == PROFILE_CHECK || op == PROFILE_UNBLOCK_CHECK;
}

/* Whether the empty command may be sent at all. */
static bool chv_empty_is_safe(const struct card_profile *profile, enum profile_op op)
{
        return op == PROFILE_CHECK ? profile->check_safe : profile->unblock_check_safe;
}

/* Asks how many tries are left by the profile's own command. */
static LONG chv_ask(struct card *card, enum profile_op op, uint8_t p2)
{
        const struct profile_question *question = card->profile->question;
        uint8_t rsp[CARD_RESPONSE_MAX];
        size_t rsp_len = sizeof(rsp);
        int tries = -1;
        uint16_t sw;
        LONG status =
            card_transmit(card, question->name, question->apdu, sizeof(question->apdu), rsp, &rsp_len, &sw);

        if (status == SCARD_S_SUCCESS)
                status = status_from_sw(sw, false);
        if (status == SCARD_S_SUCCESS)
                status = question->read(rsp, rsp_len, op, p2, &tries);
        card->last.tries = tries;
        return status;
}

/*
 * A card whose wrong code is no 63Cx: the tries are asked for, and the last command stays the one that failed.
 * Where nobody tells them the code was wrong all the same.
 */
static LONG chv_wrong(struct card *card, enum profile_op op, uint8_t p2)
{
        struct card_last last = card->last;
        LONG status = SCARD_W_WRONG_CHV;

        if (card->profile->question != NULL) {
                if (chv_ask(card, op, p2) == SCARD_W_CHV_BLOCKED)
                        status = SCARD_W_CHV_BLOCKED;
                last.tries = card->last.tries;
        }
        card->last = last;
        return status;
}

/* Whether the command presented a code that the status word may be about. */
static bool chv_presents(enum profile_op op, uint8_t p1)
{
        return !chv_is_question(op) && (op != PROFILE_UNBLOCK || p1 < 0x02);
}

/* What the status word of a command with this header says; fills card->last.tries. */
static LONG chv_meaning(struct card *card, enum profile_op op, uint8_t p1, uint8_t p2, uint16_t sw,
                        enum status_chv_mode mode)
{
        if (card->profile->wrong_sw != 0 && sw == card->profile->wrong_sw && chv_presents(op, p1))
                return chv_wrong(card, op, p2);
        return status_from_chv_sw(sw, mode, &card->last.tries);
}

static LONG chv_exchange(struct card *card, const char *name, enum profile_op op, const uint8_t *apdu,
                         size_t len)
{
        enum status_chv_mode mode = chv_is_question(op) ? STATUS_CHV_CHECK_ONLY : STATUS_CHV_CODE;
        uint8_t rsp[CARD_RESPONSE_MAX];
        size_t rsp_len = sizeof(rsp);
        uint16_t sw;
        LONG status;

        if (chv_is_question(op) && !chv_empty_is_safe(card->profile, op))
                return chv_ask(card, op, apdu[3]);
        status = card_transmit(card, name, apdu, len, rsp, &rsp_len, &sw);
        if (status == SCARD_S_SUCCESS)
                status = chv_meaning(card, op, apdu[2], apdu[3], sw, mode);
        /* It wants a code where a question was meant. */
        if (status == SCARD_E_INVALID_CHV && chv_is_question(op) && card->profile->question != NULL)
                status = chv_ask(card, op, apdu[3]);
        wipe(rsp, sizeof(rsp));
        return status;
}

/* Sends a finished command, selecting the application first where that is due. */
static LONG chv_send(struct card *card, const char *name, enum profile_op op, const uint8_t *apdu, size_t len)
{
        bool transaction;
        LONG status = card_begin(card, &transaction);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = chv_exchange(card, name, op, apdu, len);
        card_end(card, transaction);
        return status;
}

static LONG chv_run(struct card *card, const struct chv_reference *ref, const struct chv_request *request)
{
        struct chv_command command; /* written by chv_build as far as it is sent */
        LONG status = SCARD_E_INVALID_PARAMETER;

        if (!chv_reference_ok(ref))
                goto out;
        status = card_learn(card);
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = SCARD_E_UNSUPPORTED_FEATURE;
        if (!chv_op_known(card->profile, request))
                goto out;
        status = chv_build(card->profile, ref, request, &command);
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = chv_send(card, chv_verbs[request->op].name, request->op, command.apdu, command.len);
out:
        wipe(&command, sizeof(command));
        card->last.status = status;
        return status;
}

/* ---- codes from the reader's PIN pad */

LONG chv_pinpad(struct card *card, bool two_codes)
{
        struct entry_pad pad;

        return entry_find(card, two_codes, &pad);
}

/* The command as the profile has it, with formats in place of codes. */
static LONG chv_entry(const struct card_profile *profile, const struct chv_reference *ref,
                      const struct chv_request *request, bool two_codes, struct entry *entry)
{
        uint8_t p2 = 0;
        LONG status = profile->reference(ref, request->op, &p2);

        *entry = (struct entry){.cla = profile->cla,
                                .ins = chv_verbs[request->op].ins,
                                .p1 = request->p1,
                                .p2 = p2,
                                .first = profile->format(p2, request->first.role)};
        if (two_codes)
                entry->second = profile->format(p2, request->second.role);
        return status;
}

static LONG chv_enter(struct card *card, const struct chv_request *request, const struct entry *entry,
                      const struct entry_pad *pad)
{
        bool transaction;
        uint16_t sw;
        LONG status = card_begin(card, &transaction);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = entry_run(card, chv_verbs[request->op].name, entry, pad, &sw);
        if (status == SCARD_S_SUCCESS)
                status = chv_meaning(card, request->op, entry->p1, entry->p2, sw, STATUS_CHV_PINPAD);
        card_end(card, transaction);
        return status;
}

static LONG chv_run_pinpad(struct card *card, const struct chv_reference *ref,
                           const struct chv_request *request, bool two_codes)
{
        struct entry_pad pad;
        struct entry entry;
        LONG status = SCARD_E_INVALID_PARAMETER;

        card_last_clear(card);
        if (!chv_reference_ok(ref))
                goto out;
        status = card_learn(card);
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = SCARD_E_UNSUPPORTED_FEATURE;
        if (!chv_op_known(card->profile, request))
                goto out;
        status = chv_entry(card->profile, ref, request, two_codes, &entry);
        if (status == SCARD_S_SUCCESS)
                status = entry_find(card, two_codes, &pad);
        if (status == SCARD_S_SUCCESS)
                status = chv_enter(card, request, &entry, &pad);
out:
        card->last.status = status;
        return status;
}

LONG chv_verify_pinpad(struct card *card, const struct chv_reference *ref)
{
        return chv_run_pinpad(card, ref, &(struct chv_request){.op = PROFILE_VERIFY}, false);
}

LONG chv_change_pinpad(struct card *card, const struct chv_reference *ref)
{
        return chv_run_pinpad(card, ref, &(struct chv_request){.op = PROFILE_CHANGE}, true);
}

LONG chv_enable_pinpad(struct card *card, const struct chv_reference *ref, bool enable)
{
        struct chv_request request = {.op = enable ? PROFILE_ENABLE : PROFILE_DISABLE};

        return chv_run_pinpad(card, ref, &request, false);
}

LONG chv_unblock_pinpad(struct card *card, const struct chv_reference *ref)
{
        struct chv_request request = {.op = PROFILE_UNBLOCK, .first = {.role = PROFILE_ROLE_RESET_CODE}};

        return chv_run_pinpad(card, ref, &request, true);
}

/* ---- codes from the caller */

/* Refused before anything was asked or sent. */
static LONG chv_refuse(struct card *card)
{
        card->last.status = SCARD_E_INVALID_PARAMETER;
        return SCARD_E_INVALID_PARAMETER;
}

LONG chv_verify(struct card *card, const struct chv_reference *ref, const uint8_t *code, size_t code_len)
{
        struct chv_request request = {.op = PROFILE_VERIFY, .first = {.bytes = code, .len = code_len}};

        card_last_clear(card);
        if (!chv_code_ok(code, code_len))
                return chv_refuse(card);
        return chv_run(card, ref, &request);
}

LONG chv_check(struct card *card, const struct chv_reference *ref)
{
        struct chv_request request = {.op = PROFILE_CHECK};

        card_last_clear(card);
        return chv_run(card, ref, &request);
}

LONG chv_unblock_check(struct card *card, const struct chv_reference *ref)
{
        struct chv_request request = {.op = PROFILE_UNBLOCK_CHECK};

        card_last_clear(card);
        return chv_run(card, ref, &request);
}

LONG chv_change(struct card *card, const struct chv_reference *ref, const uint8_t *old_code, size_t old_len,
                const uint8_t *new_code, size_t new_len)
{
        struct chv_request request = {.op = PROFILE_CHANGE,
                                      .first = {.bytes = old_code, .len = old_len},
                                      .second = {.bytes = new_code, .len = new_len}};

        card_last_clear(card);
        if (!chv_code_ok(old_code, old_len) || !chv_code_ok(new_code, new_len))
                return chv_refuse(card);
        return chv_run(card, ref, &request);
}

LONG chv_enable(struct card *card, const struct chv_reference *ref, bool enable, const uint8_t *code,
                size_t code_len)
{
        struct chv_request request = {.op = enable ? PROFILE_ENABLE : PROFILE_DISABLE,
                                      .first = {.bytes = code, .len = code_len}};

        card_last_clear(card);
        if (!chv_code_ok(code, code_len))
                return chv_refuse(card);
        return chv_run(card, ref, &request);
}

LONG chv_unblock(struct card *card, const struct chv_reference *ref, const uint8_t *reset_code,
                 size_t reset_len, const uint8_t *new_code, size_t new_len)
{
        bool no_reset = chv_code_absent(reset_code, reset_len);
        bool no_new = chv_code_absent(new_code, new_len);
        struct chv_request request = {
            .op = PROFILE_UNBLOCK,
            .p1 = (uint8_t)((no_reset ? 2 : 0) | (no_new ? 1 : 0)),
            .first = {.bytes = reset_code, .len = reset_len, .role = PROFILE_ROLE_RESET_CODE},
            .second = {.bytes = new_code, .len = new_len}};

        card_last_clear(card);
        if ((!no_reset && !chv_code_ok(reset_code, reset_len)) ||
            (!no_new && !chv_code_ok(new_code, new_len)))
                return chv_refuse(card);
        return chv_run(card, ref, &request);
}

/* Whether a log-out command did its work, or had none to do because the card lacks an optional reference. */
static bool chv_logged_out(const struct profile_log_out *log_out, LONG status)
{
        if (status == SCARD_S_SUCCESS)
                return true;
        return log_out->optional &&
               (status == SCARD_E_INVALID_PARAMETER || status == SCARD_E_UNSUPPORTED_FEATURE);
}

/* One after the other; the first that fails ends it. */
static LONG chv_log_out_commands(struct card *card, const struct card_profile *profile)
{
        LONG status = SCARD_S_SUCCESS;

        for (size_t i = 0; i < profile->log_out_count; i++) {
                const struct profile_log_out *log_out = &profile->log_out[i];
                const char *name = log_out->name != NULL ? log_out->name : chv_verbs[PROFILE_VERIFY].name;

                status = chv_send(card, name, PROFILE_VERIFY, log_out->apdu, sizeof(log_out->apdu));
                if (!chv_logged_out(log_out, status))
                        break;
                status = SCARD_S_SUCCESS;
        }
        return status;
}

/* The application is selected again, selected or not. */
static LONG chv_log_out_by_select(struct card *card)
{
        bool transaction;
        LONG status;

        card->selected = false;
        status = card_begin(card, &transaction);
        if (status == SCARD_S_SUCCESS)
                card_end(card, transaction);
        return status;
}

LONG chv_log_out(struct card *card)
{
        const struct card_profile *profile;
        LONG status;

        card_last_clear(card);
        status = card_learn(card);
        if (status != SCARD_S_SUCCESS)
                goto out;
        profile = card->profile;
        if (profile->log_out_count != 0)
                status = chv_log_out_commands(card, profile);
        else if (profile->select_logs_out)
                status = chv_log_out_by_select(card);
        else
                status = SCARD_E_UNSUPPORTED_FEATURE;
        /* The card answered but did not log out: only a reset is left. */
        if (status != SCARD_S_SUCCESS && card->last.sw != 0)
                status = SCARD_E_UNSUPPORTED_FEATURE;
out:
        card->last.status = status;
        return status;
}
