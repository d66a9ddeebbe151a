#include <string.h>

#include "core/status.h"
#include "core/wipe.h"

#include "core/card/card.h"
#include "core/card/chv.h"
#include "core/card/chv_command.h"
#include "core/card/entry.h"
#include "core/card/find.h"
#include "core/card/profile.h"

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
        return status;
}

/* Sends a finished command, selecting the application first where that is due. */
static LONG chv_send(struct card *card, const char *name, enum profile_op op, const uint8_t *apdu, size_t len)
{
        bool transaction;
        LONG status = card_begin_inside(card, &transaction);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = chv_exchange(card, name, op, apdu, len);
        card_end(card, transaction);
        return status;
}

/*
 * Reads how the card wants its codes derived, once after each selection of its application: another
 * application, and another card, has another object. A card that refuses the command has none; where something
 * went wrong it is not known, and no code may be presented.
 */
static LONG chv_learn_kdf(struct card *card)
{
        const struct profile_kdf *kdf = card->profile->kdf;
        uint8_t rsp[CARD_RESPONSE_MAX];
        size_t rsp_len = sizeof(rsp);
        uint16_t sw;
        LONG status;

        if (card->kdf_known && card->kdf_selects == card->selects)
                return SCARD_S_SUCCESS;
        card->kdf_known = false;
        status = card_transmit(card, kdf->name, kdf->apdu, sizeof(kdf->apdu), rsp, &rsp_len, &sw);
        /* Less than a checking error. ISO/IEC 7816-4 5.6 */
        if (status == SCARD_S_SUCCESS && sw != 0x9000 && (sw < 0x6700 || sw >> 8 == 0x6C))
                status = SCARD_E_UNEXPECTED;
        if (status == SCARD_S_SUCCESS)
                status = kdf_parse(&card->kdf, rsp, sw == 0x9000 ? rsp_len : 0);
        card->kdf_known = status == SCARD_S_SUCCESS;
        card->kdf_selects = card->selects;
        return status;
}

/* The codes of a finished command as the card wants them. */
static LONG chv_derive(struct card *card, const struct chv_request *request, struct chv_command *command)
{
        LONG status;

        if (card->profile->kdf == NULL || command->len < CHV_HEADER_LEN)
                return SCARD_S_SUCCESS;
        status = chv_learn_kdf(card);
        if (status == SCARD_S_SUCCESS && card->kdf.active)
                status = chv_command_derive(card->profile, &card->kdf, request, command);
        return status;
}

/* As chv_send, the codes derived where the card wants that. */
static LONG chv_present(struct card *card, const struct chv_request *request, struct chv_command *command)
{
        bool transaction;
        LONG status = card_begin_inside(card, &transaction);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = chv_derive(card, request, command);
        if (status == SCARD_S_SUCCESS)
                status = chv_exchange(card, chv_command_name(request->op), request->op, command->apdu,
                                      command->len);
        card_end(card, transaction);
        return status;
}

static LONG chv_know_card(struct card *card)
{
        LONG status = card_learn(card);

        return status == SCARD_S_SUCCESS ? card_find(card) : status;
}

static LONG chv_run(struct card *card, const struct chv_reference *ref, const struct chv_request *request)
{
        struct chv_command command; /* written by chv_command_build as far as it is sent */
        LONG status = SCARD_E_INVALID_PARAMETER;

        if (!chv_reference_ok(ref))
                goto out;
        status = chv_know_card(card);
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = SCARD_E_UNSUPPORTED_FEATURE;
        if (!chv_op_known(card->profile, request))
                goto out;
        status = chv_command_build(card->profile, ref, request, &command);
        if (status != SCARD_S_SUCCESS)
                goto out;
        status = chv_present(card, request, &command);
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
                                .ins = chv_command_ins(request->op),
                                .p1 = request->p1,
                                .p2 = p2,
                                .first = profile->format(p2, request->first.role)};
        if (two_codes)
                entry->second = profile->format(p2, request->second.role);
        return status;
}

/* A reader presents what is typed: where codes are derived that would be a wrong one. */
static LONG chv_keys_will_do(struct card *card)
{
        LONG status = card->profile->kdf != NULL ? chv_learn_kdf(card) : SCARD_S_SUCCESS;

        return status == SCARD_S_SUCCESS && card->profile->kdf != NULL && card->kdf.active
                   ? SCARD_E_UNSUPPORTED_FEATURE
                   : status;
}

static LONG chv_enter(struct card *card, const struct chv_request *request, const struct entry *entry,
                      const struct entry_pad *pad)
{
        bool transaction;
        uint16_t sw;
        LONG status = card_begin_inside(card, &transaction);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = chv_keys_will_do(card);
        if (status == SCARD_S_SUCCESS)
                status = entry_run(card, chv_command_name(request->op), entry, pad, &sw);
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
        status = chv_know_card(card);
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

/*
 * A card that takes a log-out for an empty VERIFY answers 9000 as long as the code is verified: told apart by
 * an empty VERIFY. SCARD_E_UNSUPPORTED_FEATURE: it is verified still.
 */
static LONG chv_confirm_log_out(struct card *card, const struct profile_log_out *log_out)
{
        const uint8_t question[] = {log_out->apdu[0], chv_command_ins(PROFILE_CHECK), 0x00, log_out->apdu[3]};
        struct card_last last = card->last;
        LONG status =
            chv_send(card, chv_command_name(PROFILE_CHECK), PROFILE_CHECK, question, sizeof(question));

        if (status == SCARD_S_SUCCESS)
                return SCARD_E_UNSUPPORTED_FEATURE;
        if (card->last.sw == 0)
                return status;
        card->last = last;
        return SCARD_S_SUCCESS;
}

/* Older cards may take a log-out for an attempt. SCARD_E_UNSUPPORTED_FEATURE: this is one, or does not say. */
static LONG chv_know_log_out(struct card *card, const struct profile_version *version)
{
        uint8_t rsp[CARD_RESPONSE_MAX];
        size_t rsp_len = sizeof(rsp);
        bool transaction;
        uint16_t sw;
        LONG status = card_begin_inside(card, &transaction);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = card_transmit(card, version->name, version->apdu, sizeof(version->apdu), rsp, &rsp_len, &sw);
        if (status == SCARD_S_SUCCESS && (sw != 0x9000 || !version->logs_out(rsp, rsp_len)))
                status = SCARD_E_UNSUPPORTED_FEATURE;
        card_end(card, transaction);
        return status;
}

/* One after the other; the first that fails ends it. */
static LONG chv_log_out_commands(struct card *card, const struct card_profile *profile)
{
        LONG status = SCARD_S_SUCCESS;

        if (profile->version != NULL)
                status = chv_know_log_out(card, profile->version);
        for (size_t i = 0; status == SCARD_S_SUCCESS && i < profile->log_out_count; i++) {
                const struct profile_log_out *log_out = &profile->log_out[i];
                const char *name = log_out->name != NULL ? log_out->name : chv_command_name(PROFILE_VERIFY);

                status = chv_send(card, name, PROFILE_VERIFY, log_out->apdu, sizeof(log_out->apdu));
                if (status == SCARD_S_SUCCESS && log_out->doubtful)
                        status = chv_confirm_log_out(card, log_out);
                else if (chv_logged_out(log_out, status))
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
        /* What was found in this epoch; it is not looked for here. */
        if (status == SCARD_S_SUCCESS && card->found_epoch == card->epoch)
                status = card_find(card);
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
