/* chv_command.c - see chv_command.h */
#include <string.h>

#include "core/wipe.h"

#include "core/card/chv_command.h"

static const struct chv_verb {
        const char *name;
        uint8_t ins;
} verbs[] = {
    [PROFILE_VERIFY] = {"VERIFY", 0x20},
    [PROFILE_CHECK] = {"VERIFY", 0x20},
    [PROFILE_CHANGE] = {"CHANGE REFERENCE DATA", 0x24},
    [PROFILE_ENABLE] = {"ENABLE VERIFICATION REQUIREMENT", 0x28},
    [PROFILE_DISABLE] = {"DISABLE VERIFICATION REQUIREMENT", 0x26},
    [PROFILE_UNBLOCK] = {"RESET RETRY COUNTER", 0x2C},
    [PROFILE_UNBLOCK_CHECK] = {"RESET RETRY COUNTER", 0x2C},
};

const char *chv_command_name(enum profile_op op)
{
        return verbs[op].name;
}

uint8_t chv_command_ins(enum profile_op op)
{
        return verbs[op].ins;
}

static bool all_digits(const uint8_t *code, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (code[i] < '0' || code[i] > '9')
                        return false;
        return true;
}

/* Writes one code behind what the command holds already. */
static LONG append(struct chv_command *command, const struct profile_code *format,
                   const struct chv_code *code)
{
        size_t len = format->block != 0 ? format->block : code->len;

        if (code->bytes == NULL)
                return SCARD_S_SUCCESS;
        if (code->len < format->min || code->len > format->max || code->len > len ||
            (format->digits && !all_digits(code->bytes, code->len)))
                return SCARD_E_INVALID_CHV;
        if (len > sizeof(command->apdu) - command->len)
                return SCARD_E_INVALID_CHV;
        memcpy(command->apdu + command->len, code->bytes, code->len);
        memset(command->apdu + command->len + code->len, format->filler, len - code->len);
        command->len += len;
        return SCARD_S_SUCCESS;
}

/* Lc, where there are data. */
static void finish(struct chv_command *command)
{
        command->apdu[4] = (uint8_t)(command->len - CHV_HEADER_LEN);
        if (command->len == CHV_HEADER_LEN)
                command->len = CHV_HEADER_LEN - 1;
}

LONG chv_command_build(const struct card_profile *profile, const struct chv_reference *ref,
                       const struct chv_request *request, struct chv_command *command)
{
        uint8_t p2 = 0;
        LONG status = profile->reference(ref, request->op, &p2);

        if (status != SCARD_S_SUCCESS)
                return status;
        command->apdu[0] = profile->cla;
        command->apdu[1] = verbs[request->op].ins;
        command->apdu[2] = request->p1;
        command->apdu[3] = p2;
        command->len = CHV_HEADER_LEN;
        status = append(command, profile->format(p2, request->first.role), &request->first);
        if (status == SCARD_S_SUCCESS)
                status = append(command, profile->format(p2, request->second.role), &request->second);
        if (status != SCARD_S_SUCCESS)
                return status;
        finish(command);
        return SCARD_S_SUCCESS;
}

static LONG append_derived(const struct card_profile *profile, const struct kdf *kdf,
                           const struct chv_code *code, struct chv_command *command)
{
        static const struct profile_code as_it_is = {.min = 1, .max = KDF_DERIVED_MAX};
        uint8_t derived[KDF_DERIVED_MAX];
        size_t len;
        LONG status;

        if (code->bytes == NULL)
                return SCARD_S_SUCCESS;
        status = kdf_derive(kdf, profile->kdf->which(command->apdu[3], code->role), code->bytes, code->len,
                            derived, &len);
        if (status == SCARD_S_SUCCESS)
                status = append(command, &as_it_is, &(struct chv_code){.bytes = derived, .len = len});
        wipe(derived, sizeof(derived));
        return status;
}

LONG chv_command_derive(const struct card_profile *profile, const struct kdf *kdf,
                        const struct chv_request *request, struct chv_command *command)
{
        LONG status;

        wipe(command->apdu + CHV_HEADER_LEN, CHV_CODE_MAX); /* they may have been the longer ones */
        command->len = CHV_HEADER_LEN;
        status = append_derived(profile, kdf, &request->first, command);
        if (status == SCARD_S_SUCCESS)
                status = append_derived(profile, kdf, &request->second, command);
        if (status == SCARD_S_SUCCESS)
                finish(command);
        return status;
}
