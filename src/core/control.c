#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/connection.h"
#include "core/exchange.h"
#include "core/pinpad.h"
#include "core/registry.h"
#include "core/slot.h"
#include "core/transaction.h"
#include "core/wipe.h"

#include "core/control.h"

/* Control codes of features: opaque numbers, learnt from CM_IOCTL_GET_FEATURE_REQUEST. */
#define FEATURE_CODE(tag) SCARD_CTL_CODE(3600 + (tag))

/* An escape command is one bulk message: more than that no reader takes. CCID 1.1 table 5.1-1 */
#define ESCAPE_MAX 65544u
#define ANSWER_MAX 258u /* bytes of a short response APDU */

static bool escape_allowed(void)
{
        const char *text = getenv("ISCARD_ESCAPE");

        return text != NULL && strcmp(text, "1") == 0;
}

/* ---- what the library knows: nothing is sent, nobody waited for */

static size_t answer_features(const struct ifd_info *info, uint8_t *answer)
{
        uint8_t tags[PINPAD_FEATURES_MAX / 6];
        size_t count = pinpad_features(info, escape_allowed(), tags);

        for (size_t i = 0; i < count; i++) {
                uint32_t code =
                    tags[i] == FEATURE_CCID_ESC_COMMAND ? IOCTL_CCID_ESCAPE : FEATURE_CODE(tags[i]);

                pinpad_feature_tlv(tags[i], code, answer + 6 * i);
        }
        return 6 * count;
}

/* The condition that is pending on the connection, if any. */
static int32_t control_pending(struct connection *conn)
{
        struct slot *slot = conn->slot;

        pthread_mutex_lock(&slot->lock);
        int32_t status = slot_glance(slot);

        if (status == SCARD_S_SUCCESS && conn->mode != SCARD_SHARE_DIRECT)
                status = slot_condition(slot, conn->seen);
        pthread_mutex_unlock(&slot->lock);
        return status;
}

static int32_t control_query(struct connection *conn, uint32_t code, uint8_t *out, size_t *out_len)
{
        const struct ifd_info *info = &conn->slot->device->info;
        uint8_t answer[PINPAD_TLV_MAX];
        size_t len = 0, room = *out_len;

        *out_len = 0;
        int32_t status = control_pending(conn);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (code == CM_IOCTL_GET_FEATURE_REQUEST) {
                len = answer_features(info, answer);
        } else if (code == FEATURE_CODE(FEATURE_GET_TLV_PROPERTIES)) {
                len = pinpad_tlv_properties(info, answer);
        } else {
                if (info->pin_support == 0)
                        return SCARD_E_UNSUPPORTED_FEATURE;
                pinpad_properties(info, answer);
                len = PINPAD_PROPERTIES_LEN;
        }
        *out_len = len;
        if (len > room)
                return SCARD_E_INSUFFICIENT_BUFFER;
        memcpy(out, answer, len);
        return SCARD_S_SUCCESS;
}

/* ---- what reaches the reader; the turn is held */

/* What the driver says of the card holder is a status word to the application. PC/SC part 10 2.5.4 */
static int32_t answer_of_entry(int32_t status, struct ifd_secure *secure)
{
        switch (status) {
        case SCARD_E_TIMEOUT:
                secure->rsp[1] = 0x00;
                break;
        case SCARD_W_CANCELLED_BY_USER:
                secure->rsp[1] = 0x01;
                break;
        default:
                return status;
        }
        secure->rsp[0] = 0x64;
        secure->rsp_len = 2;
        return SCARD_S_SUCCESS;
}

static int32_t control_pin(struct slot *slot, struct ifd_secure *secure, uint8_t *out, size_t *out_len)
{
        uint8_t answer[ANSWER_MAX] = {0};
        size_t room = *out_len;

        *out_len = 0;
        /* By a DIRECT handle alone, and a card that has power has not lost it. */
        if (slot->exchange.run == NULL)
                return slot->powered ? SCARD_E_PROTO_MISMATCH : SCARD_W_UNPOWERED_CARD;
        secure->rsp = answer;
        secure->rsp_cap = sizeof(answer);
        atomic_fetch_add_explicit(&slot->commands, 1, memory_order_relaxed);
        int32_t status = answer_of_entry(exchange_secure(slot, secure), secure);

        if (status == SCARD_S_SUCCESS) {
                *out_len = secure->rsp_len;
                if (secure->rsp_len > room)
                        status = SCARD_E_INSUFFICIENT_BUFFER;
                else
                        memcpy(out, answer, secure->rsp_len);
        }
        wipe(answer, sizeof(answer));
        return status;
}

static int32_t control_escape(struct slot *slot, const uint8_t *in, size_t in_len, uint8_t *out,
                              size_t *out_len)
{
        struct device *device = slot->device;
        size_t room = *out_len;

        *out_len = 0;
        /* It may reach the card: whoever remembers what was selected must not rely on it. */
        atomic_fetch_add_explicit(&slot->commands, 1, memory_order_relaxed);
        int32_t status = device->ops.escape(device->ctx, slot->number, in, in_len, out, room, out_len);

        if (status == SCARD_S_SUCCESS && *out_len > room)
                status = SCARD_F_INTERNAL_ERROR;
        if (status != SCARD_S_SUCCESS)
                *out_len = 0;
        return status;
}

/* Waits for the turn; secure NULL: an escape command. */
static int32_t control_reader(struct connection *conn, struct ifd_secure *secure, const uint8_t *in,
                              size_t in_len, uint8_t *out, size_t *out_len)
{
        struct slot *slot = conn->slot;
        size_t room = *out_len;

        *out_len = 0;
        int32_t status = transaction_enter(conn, TRANSACTION_FOREVER, true);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = slot_look(slot, false);
        if (status == SCARD_S_SUCCESS && conn->mode != SCARD_SHARE_DIRECT)
                status = slot_condition(slot, conn->seen);
        if (status == SCARD_S_SUCCESS) {
                *out_len = room;
                status = secure != NULL ? control_pin(slot, secure, out, out_len)
                                        : control_escape(slot, in, in_len, out, out_len);
                if (slot->powered && status != SCARD_S_SUCCESS && slot_was_restarted(slot)) {
                        *out_len = 0;
                        if (conn->mode != SCARD_SHARE_DIRECT)
                                status = slot_condition(slot, conn->seen);
                } else if (slot->powered &&
                           (status == SCARD_W_REMOVED_CARD || status == SCARD_W_UNPOWERED_CARD)) {
                        slot_lost_card(slot, status == SCARD_W_UNPOWERED_CARD);
                        status = SCARD_W_REMOVED_CARD;
                }
        }
        transaction_leave(conn, status);
        return status;
}

static int32_t control_entry(struct connection *conn, bool modify, const uint8_t *in, size_t in_len,
                             uint8_t *out, size_t *out_len)
{
        unsigned needed = modify ? PINPAD_MODIFY : PINPAD_VERIFY;
        size_t room = *out_len;
        struct ifd_secure secure;

        *out_len = 0;
        if ((conn->slot->device->info.pin_support & needed) == 0)
                return SCARD_E_UNSUPPORTED_FEATURE;
        int32_t status = pinpad_parse(in, in_len, modify, &secure);

        if (status != SCARD_S_SUCCESS)
                return status;
        if (room < 2) { /* no room for a status word: nothing is asked for */
                *out_len = 2;
                return SCARD_E_INSUFFICIENT_BUFFER;
        }
        *out_len = room;
        return control_reader(conn, &secure, NULL, 0, out, out_len);
}

int32_t control_run(struct connection *conn, uint32_t code, const uint8_t *in, size_t in_len, uint8_t *out,
                    size_t *out_len)
{
        switch (code) {
        case CM_IOCTL_GET_FEATURE_REQUEST:
        case FEATURE_CODE(FEATURE_IFD_PIN_PROPERTIES):
        case FEATURE_CODE(FEATURE_GET_TLV_PROPERTIES):
                return control_query(conn, code, out, out_len);
        case FEATURE_CODE(FEATURE_VERIFY_PIN_DIRECT):
                return control_entry(conn, false, in, in_len, out, out_len);
        case FEATURE_CODE(FEATURE_MODIFY_PIN_DIRECT):
                return control_entry(conn, true, in, in_len, out, out_len);
        case IOCTL_CCID_ESCAPE:
                if (escape_allowed() && in_len <= ESCAPE_MAX)
                        return control_reader(conn, NULL, in, in_len, out, out_len);
                *out_len = 0;
                return escape_allowed() ? SCARD_E_INVALID_PARAMETER : SCARD_E_UNSUPPORTED_FEATURE;
        default:
                *out_len = 0;
                return SCARD_E_UNSUPPORTED_FEATURE;
        }
}
