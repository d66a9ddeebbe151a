#include <stdlib.h>
#include <string.h>

#include "core/apdu.h"
#include "core/log.h"
#include "core/status.h"
#include "core/wipe.h"

#include "core/card/card.h"

static void card_forget(struct card *card)
{
        card->profile = NULL;
        card->selected = card->left = false;
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
        card->epoch = card->sent_epoch = card->found_epoch = 0;
        card->kdf_known = false;
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

/*
 * Why no card can be spoken to: what is pending, which GetAttrib and Status do not tell of; else, where a program attached
 * a handle to the reader alone (SCARD_SHARE_DIRECT), a card without power, or none. status: where it is neither.
 */
static LONG card_missing(struct card *card, LONG status)
{
        DWORD state = 0;
        LONG pending = card->api->BeginTransaction(card->handle);

        if (pending != SCARD_S_SUCCESS)
                return pending;
        card_end(card, true);
        if (card->api->Status(card->handle, NULL, NULL, &state, NULL, NULL, NULL) != SCARD_S_SUCCESS)
                return status;
        if (state == SCARD_PRESENT)
                return SCARD_W_UNPOWERED_CARD;
        return state == SCARD_ABSENT ? SCARD_E_NO_SMARTCARD : status;
}

static LONG card_find_profile(struct card *card)
{
        uint8_t atr[SCARD_ATR_LENGTH];
        DWORD atr_len = sizeof(atr);
        LONG status;

        card->profile = card_named_profile(card);
        card->named = card->profile != NULL;
        if (card->named)
                return SCARD_S_SUCCESS;
        status = card->api->GetAttrib(card->handle, SCARD_ATTR_ATR_STRING, atr, &atr_len);
        if (status == SCARD_S_SUCCESS) {
                card->profile = profile_by_atr(atr, atr_len <= sizeof(atr) ? atr_len : 0);
                return SCARD_S_SUCCESS;
        }
        return card_missing(card, status);
}

static LONG card_find_protocol(struct card *card)
{
        LONG status = card->api->Status(card->handle, NULL, NULL, NULL, &card->protocol, NULL, NULL);

        return status == SCARD_S_SUCCESS && card->protocol == 0 ? card_missing(card, status) : status;
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
        return card->protocol == 0 ? card_find_protocol(card) : SCARD_S_SUCCESS;
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

/* One exchange. *len: bytes of data at rsp, without SW1 SW2. */
static LONG card_exchange(struct card *card, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp, size_t room,
                          size_t *len, uint16_t *sw)
{
        DWORD got = (DWORD)room;
        LONG status = card->api->Transmit(card->handle, card_pci(card), cmd, (DWORD)cmd_len, NULL, rsp, &got);

        *len = 0;
        *sw = 0;
        if (status == SCARD_S_SUCCESS && (got < 2 || got > room))
                status = SCARD_F_COMM_ERROR;
        card->sent++;
        card->sent_epoch = card->epoch;
        if (status != SCARD_S_SUCCESS) {
                card->selects++; /* nobody knows what the card did */
                return status;
        }
        *len = got - 2;
        *sw = apdu_sw(rsp, got);
        return SCARD_S_SUCCESS;
}

/* 6Cxx: the same once more, with the Le that the card wants. What comes beyond
 * what was asked for is left out. */
static LONG card_repeat(struct card *card, const struct apdu *asked, uint8_t *rsp, size_t room, size_t *len,
                        uint16_t *sw)
{
        uint8_t cmd[APDU_SHORT_COMMAND_MAX];
        struct apdu again = *asked;
        size_t cmd_len;
        LONG status = SCARD_S_SUCCESS;

        again.ne = (*sw & 0xFF) != 0 ? *sw & 0xFF : 256;
        again.extended = false;
        if (apdu_build(cmd, sizeof(cmd), &cmd_len, &again) == SCARD_S_SUCCESS)
                status = card_exchange(card, cmd, cmd_len, rsp, room, len, sw);
        wipe(cmd, sizeof(cmd));
        if (*len > asked->ne)
                *len = asked->ne;
        return status;
}

/* 61xx: the rest by GET RESPONSE, as much as was asked for. A card that
 * promises more and brings nothing ends it. */
static LONG card_gather(struct card *card, const struct apdu *asked, uint8_t *rsp, size_t room, size_t *len,
                        uint16_t *sw)
{
        LONG status = SCARD_S_SUCCESS;
        size_t more = 1;

        while (status == SCARD_S_SUCCESS && *sw >> 8 == 0x61 && more != 0 && *len < asked->ne) {
                const size_t there = (*sw & 0xFF) != 0 ? *sw & 0xFF : 256, left = asked->ne - *len;
                /* No more than was asked for: that is what there is room for. */
                const uint8_t cmd[] = {asked->cla, 0xC0, 0x00, 0x00, (uint8_t)(there < left ? there : left)};

                status = card_exchange(card, cmd, sizeof(cmd), rsp + *len, room - *len, &more, sw);
                *len += more;
        }
        if (*len > asked->ne)
                *len = asked->ne;
        return status;
}

/*
 * The engine answers 61xx and 6Cxx where it runs T=0; elsewhere they come up,
 * and are answered here. ISO/IEC 7816-4 5.3.4, 5.6
 */
LONG card_transmit(struct card *card, const char *name, const uint8_t *cmd, size_t cmd_len, uint8_t *rsp,
                   size_t *rsp_len, uint16_t *sw)
{
        const size_t room = *rsp_len;
        struct apdu asked;
        LONG status;

        card_last_clear(card);
        card->last.command = name;
        status = card_exchange(card, cmd, cmd_len, rsp, room, rsp_len, sw);
        if (status == SCARD_S_SUCCESS && (*sw >> 8 == 0x6C || *sw >> 8 == 0x61) &&
            apdu_parse(&asked, cmd, cmd_len) == SCARD_S_SUCCESS && asked.ne != 0) {
                if (*sw >> 8 == 0x6C && *rsp_len == 0)
                        status = card_repeat(card, &asked, rsp, room, rsp_len, sw);
                if (status == SCARD_S_SUCCESS && *sw >> 8 == 0x61)
                        status = card_gather(card, &asked, rsp, room, rsp_len, sw);
        }
        if (status != SCARD_S_SUCCESS) {
                *rsp_len = 0;
                *sw = 0;
        }
        card->last.sw = *sw;
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
                card->left = false;
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

LONG card_begin_inside(struct card *card, bool *transaction)
{
        if (card->left)
                card->selected = false;
        return card_begin(card, transaction);
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
