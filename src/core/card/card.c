#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/status.h"
#include "core/wipe.h"

#include "core/card/card.h"

static void card_forget(struct card *card)
{
        card->profile = NULL;
        card->selected = false;
        card->protocol = 0;
}

void card_last_clear(struct card *card)
{
        card->last = (struct card_last){.tries = -1};
}

void card_open(struct card *card, const struct winscard_api *api, SCARDHANDLE handle)
{
        card->api = api;
        card->handle = handle;
        card->epoch = 0;
        card_forget(card);
        card_last_clear(card);
}

void card_changed(struct card *card)
{
        card_forget(card);
}

bool card_force_profile(struct card *card, const char *name)
{
        const struct card_profile *profile = NULL;

        if (name != NULL) {
                profile = profile_by_name(name);
                if (profile == NULL)
                        return false;
        }
        card->forced = profile;
        card_forget(card);
        return true;
}

/* What somebody asked for by name; NULL: nobody did. */
static const struct card_profile *card_named_profile(const struct card *card)
{
        const char *name;
        const struct card_profile *profile;

        if (card->forced != NULL)
                return card->forced;
        name = getenv("ISCARD_PROFILE");
        if (name == NULL || name[0] == '\0')
                return NULL;
        profile = profile_by_name(name);
        if (profile == NULL)
                log_line(LOG_WARN, "card", "ISCARD_PROFILE: no card profile is called \"%.32s\"; ignored",
                         name);
        return profile;
}

static LONG card_find_profile(struct card *card)
{
        uint8_t atr[SCARD_ATR_LENGTH];
        DWORD atr_len = sizeof(atr);
        LONG status, pending;

        card->profile = card_named_profile(card);
        if (card->profile != NULL)
                return SCARD_S_SUCCESS;
        status = card->api->GetAttrib(card->handle, SCARD_ATTR_ATR_STRING, atr, &atr_len);
        if (status == SCARD_S_SUCCESS) {
                card->profile = profile_by_atr(atr, atr_len <= sizeof(atr) ? atr_len : 0);
                return SCARD_S_SUCCESS;
        }
        /* GetAttrib does not tell of a pending condition; the reason for the missing ATR is most likely one.
         */
        pending = card->api->BeginTransaction(card->handle);
        if (pending != SCARD_S_SUCCESS)
                return pending;
        card_end(card, true);
        return status;
}

/* Another winscard need not know our attribute: then nothing is remembered from one call to the next. */
static bool card_epoch_unknown(LONG status)
{
        return status == SCARD_E_UNSUPPORTED_FEATURE || status == SCARD_E_INVALID_PARAMETER ||
               status == SCARD_E_INVALID_VALUE || status == SCARD_E_UNEXPECTED;
}

LONG card_learn(struct card *card)
{
        DWORD epoch = 0, epoch_len = sizeof(epoch);
        LONG status = card->api->GetAttrib(card->handle, ISCARD_ATTR_CARD_EPOCH, (LPBYTE)&epoch, &epoch_len);

        if (card_epoch_unknown(status))
                card_forget(card);
        else if (status != SCARD_S_SUCCESS)
                return status;
        else if (epoch != card->epoch)
                card_forget(card);
        card->epoch = epoch;

        if (card->profile == NULL) {
                status = card_find_profile(card);
                if (status != SCARD_S_SUCCESS)
                        return status;
        }
        if (card->protocol == 0)
                return card->api->Status(card->handle, NULL, NULL, NULL, &card->protocol, NULL, NULL);
        return SCARD_S_SUCCESS;
}

const char *card_profile_name(struct card *card)
{
        if (card->handle != 0 && card_learn(card) == SCARD_S_SUCCESS)
                return card->profile->name;
        return card->forced != NULL ? card->forced->name : profile_iso.name;
}

/* pcsc-lite, should it stand in one day, refuses a NULL; our engine takes one as "the active protocol". */
static LPCSCARD_IO_REQUEST card_pci(const struct card *card)
{
        switch (card->protocol) {
        case SCARD_PROTOCOL_T0:
                return SCARD_PCI_T0;
        case SCARD_PROTOCOL_T1:
                return SCARD_PCI_T1;
        case SCARD_PROTOCOL_RAW:
                return SCARD_PCI_RAW;
        default:
                return NULL;
        }
}

LONG card_transmit(struct card *card, const char *name, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp,
                   size_t *rsp_len, uint16_t *sw)
{
        size_t room = *rsp_len;
        DWORD len = (DWORD)room;
        LONG status;

        *rsp_len = 0;
        *sw = 0;
        card_last_clear(card);
        card->last.command = name;
        status = card->api->Transmit(card->handle, card_pci(card), cmd, (DWORD)cmd_len, NULL, rsp, &len);
        if (status == SCARD_S_SUCCESS && (len < 2 || len > room))
                status = SCARD_F_COMM_ERROR;
        card->sent++;
        if (status != SCARD_S_SUCCESS)
                card->selects++; /* nobody knows what the card did */
        if (status == SCARD_S_SUCCESS) {
                *sw = (uint16_t)((unsigned)rsp[len - 2] << 8 | rsp[len - 1]);
                *rsp_len = len - 2;
                card->last.sw = *sw;
        }
        card->last.status = status;
        return status;
}

/* SELECT by DF name. ISO/IEC 7816-4 11.2.2 */
static LONG card_select(struct card *card)
{
        const struct card_profile *profile = card->profile;
        uint8_t cmd[5 + 16 + 1] = {profile->cla, 0xA4, 0x04, profile->select_p2};
        uint8_t rsp[CARD_RESPONSE_MAX];
        size_t rsp_len = sizeof(rsp), len = 5 + profile->aid_len + (profile->select_plain ? 0 : 1);
        uint16_t sw;
        LONG status;

        if (profile->aid_len > 16)
                return SCARD_F_INTERNAL_ERROR;
        cmd[4] = (uint8_t)profile->aid_len;
        memcpy(cmd + 5, profile->aid, profile->aid_len);
        card->selects++;
        status = card_transmit(card, "SELECT", cmd, len, rsp, &rsp_len, &sw);
        if (status == SCARD_S_SUCCESS) {
                status = status_from_sw(sw, true);
                /* 6A82: no such application, so the card is not what the profile says, if it has to be there. */
                if (sw == 0x6A82)
                        status = profile->aid_optional ? SCARD_S_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE;
                card->last.status = status;
                card->selected = status == SCARD_S_SUCCESS;
        }
        wipe(rsp, sizeof(rsp));
        return status;
}

/* How many commands any handle has sent to the card; false: another winscard need not know. */
static bool card_commands(const struct card *card, DWORD *commands)
{
        DWORD len = sizeof(*commands);

        *commands = 0;
        return card->api->GetAttrib(card->handle, ISCARD_ATTR_CARD_COMMANDS, (LPBYTE)commands, &len) ==
                   SCARD_S_SUCCESS &&
               len == sizeof(*commands);
}

/*
 * Other handles, and the program's own SCardTransmit on this one, may have selected another application
 * since: a code would go to that one, and cost a try there at the least.
 */
static bool card_still_selected(const struct card *card)
{
        DWORD commands;

        return card->selected && card_commands(card, &commands) && commands == card->commands;
}

LONG card_begin(struct card *card, bool *transaction)
{
        LONG status;

        *transaction = false;
        if (card->profile->aid_len == 0)
                return SCARD_S_SUCCESS;
        status = card->api->BeginTransaction(card->handle);
        if (status != SCARD_S_SUCCESS)
                return status;
        if (!card_still_selected(card)) {
                card->selected = false;
                status = card_select(card);
        }
        if (status != SCARD_S_SUCCESS) {
                card_end(card, true);
                return status;
        }
        *transaction = true;
        return SCARD_S_SUCCESS;
}

void card_end(struct card *card, bool transaction)
{
        if (!transaction)
                return;
        if (!card_commands(card, &card->commands))
                card->selected = false;
        /* The result of the command counts; a card that was pulled since shows at the next call. */
        (void)card->api->EndTransaction(card->handle, SCARD_LEAVE_CARD);
}
