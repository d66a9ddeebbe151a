#include <string.h>

#include "scarderr.h"
#include "winscard.h"

#include "core/connection.h"
#include "core/registry.h"
#include "core/text.h"

#include "core/attribute.h"

/* The value being written; the caller's buffer is large enough for every attribute. */
struct attribute {
        uint8_t *value;
        size_t len;
};

static int32_t give_bytes(struct attribute *out, const void *data, size_t len)
{
        if (len > ATTRIBUTE_MAX)
                return SCARD_F_INTERNAL_ERROR;
        memcpy(out->value, data, len);
        out->len = len;
        return SCARD_S_SUCCESS;
}

static int32_t give_dword(struct attribute *out, uint32_t value)
{
        return give_bytes(out, &value, sizeof(value));
}

static int32_t give_byte(struct attribute *out, uint8_t value)
{
        return give_bytes(out, &value, sizeof(value));
}

/* With its NUL. What the device does not say is not supported. */
static int32_t give_text(struct attribute *out, const char *text)
{
        if (text[0] == '\0')
                return SCARD_E_UNSUPPORTED_FEATURE;
        return give_bytes(out, text, strlen(text) + 1);
}

static int32_t give_utf16(struct attribute *out, const char *text)
{
        WCHAR wide[ATTRIBUTE_MAX / sizeof(WCHAR)];
        size_t count = text_to_utf16(wide, sizeof(wide) / sizeof(wide[0]), text, strlen(text) + 1);

        return give_bytes(out, wide, count * sizeof(WCHAR));
}

/* 0 means that the device does not say. */
static int32_t give_known(struct attribute *out, uint32_t value)
{
        return value != 0 ? give_dword(out, value) : SCARD_E_UNSUPPORTED_FEATURE;
}

/* Of the reader: constant while it is plugged in. PC/SC part 3, 3.1.6; winsmcrd.h */
static int32_t attribute_of_reader(const struct slot *slot, uint32_t id, struct attribute *out)
{
        const struct ifd_info *info = &slot->device->info;

        switch (id) {
        case SCARD_ATTR_VENDOR_NAME:
                return give_text(out, info->manufacturer);
        case SCARD_ATTR_VENDOR_IFD_TYPE:
                return give_text(out, info->product);
        case SCARD_ATTR_VENDOR_IFD_SERIAL_NO:
                return give_text(out, info->serial);
        case SCARD_ATTR_VENDOR_IFD_VERSION: /* 0xMMmmbbbb; bcdDevice is 0xMMmm */
                return give_dword(out, (uint32_t)info->firmware << 16);
        case SCARD_ATTR_CHANNEL_ID:
                return give_dword(out, info->channel_id);
        case SCARD_ATTR_PROTOCOL_TYPES:
                return give_dword(out, info->protocols);
        case SCARD_ATTR_DEFAULT_CLK:
                return give_known(out, info->clock_khz);
        case SCARD_ATTR_MAX_CLK:
                return give_known(out, info->max_clock_khz);
        case SCARD_ATTR_DEFAULT_DATA_RATE:
                return give_known(out, info->data_rate_bps);
        case SCARD_ATTR_MAX_DATA_RATE:
                return give_known(out, info->max_data_rate_bps);
        case SCARD_ATTR_MAX_IFSD:
                return give_known(out, info->max_ifsd);
        case SCARD_ATTR_CHARACTERISTICS:
                return give_dword(out, info->mechanical);
        case SCARD_ATTR_POWER_MGMT_SUPPORT: /* CCID has no message that lets a reader sleep with a card in */
                return give_dword(out, 0);
        case SCARD_ATTR_MAXINPUT:
                return give_dword(out, info->max_command);
        case SCARD_ATTR_DEVICE_UNIT:
                return give_dword(out, slot->device->instance);
        case SCARD_ATTR_DEVICE_FRIENDLY_NAME_A:
        case SCARD_ATTR_DEVICE_SYSTEM_NAME_A:
                return give_text(out, slot->name);
        case SCARD_ATTR_DEVICE_FRIENDLY_NAME_W:
        case SCARD_ATTR_DEVICE_SYSTEM_NAME_W:
                return give_utf16(out, slot->name);
        default:
                return SCARD_E_UNSUPPORTED_FEATURE;
        }
}

static uint8_t icc_presence(uint32_t state)
{
        switch (state) {
        case SCARD_UNKNOWN:
        case SCARD_ABSENT:
                return 0;
        case SCARD_PRESENT:
                return 1;
        default:
                return 2; /* present, and in position */
        }
}

/* What the reader takes in one block, once S(IFS) has said so. ISO/IEC 7816-3 11.4.2; CCID 1.1 table 5.1-1 */
static uint32_t ifsd(const struct ifd_info *info)
{
        if (info->max_ifsd == 0)
                return 32;
        return info->max_ifsd < 254 ? info->max_ifsd : 254;
}

static int32_t attribute_of_t1(const struct ifd_info *info, const struct connection_report *report,
                               uint32_t id, struct attribute *out)
{
        const struct ifd_parameters *parameters = &report->parameters;

        switch (id) {
        case SCARD_ATTR_CURRENT_IFSC:
                return give_dword(out, report->ifsc != 0 ? report->ifsc : parameters->ifsc);
        case SCARD_ATTR_CURRENT_IFSD:
                return give_dword(out, report->ifsd != 0 ? report->ifsd : ifsd(info));
        case SCARD_ATTR_CURRENT_BWT:
                return give_dword(out, parameters->bwi);
        case SCARD_ATTR_CURRENT_CWT:
                return give_dword(out, parameters->cwi);
        case SCARD_ATTR_CURRENT_EBC_ENCODING:
                return give_dword(out, parameters->crc ? 1 : 0);
        default:
                return SCARD_E_UNSUPPORTED_FEATURE;
        }
}

/* What the protocol in use runs with. PC/SC part 3, 3.1.6: the times are the card's integers, not
 * milliseconds. */
static int32_t attribute_of_protocol(const struct ifd_info *info, const struct connection_report *report,
                                     uint32_t id, struct attribute *out)
{
        const struct ifd_parameters *parameters = &report->parameters;

        if (id < SCARD_ATTR_CURRENT_CLK || id > SCARD_ATTR_CURRENT_EBC_ENCODING)
                return SCARD_E_UNSUPPORTED_FEATURE;
        if (report->running == 0)
                return SCARD_E_NO_SMARTCARD;
        switch (id) {
        case SCARD_ATTR_CURRENT_CLK:
                return give_known(out, report->clock_khz);
        case SCARD_ATTR_CURRENT_F:
                return give_known(out, atr_f(parameters->fidi));
        case SCARD_ATTR_CURRENT_D:
                return give_known(out, atr_d(parameters->fidi));
        case SCARD_ATTR_CURRENT_N:
                return give_dword(out, parameters->guard_n);
        case SCARD_ATTR_CURRENT_W:
                if (report->running == SCARD_PROTOCOL_T0)
                        return give_dword(out, parameters->wi);
                return SCARD_E_UNSUPPORTED_FEATURE;
        default:
                if (report->running == SCARD_PROTOCOL_T1)
                        return attribute_of_t1(info, report, id, out);
                return SCARD_E_UNSUPPORTED_FEATURE;
        }
}

/* Of the card and of the handle, at the moment. */
static int32_t attribute_of_card(const struct connection_report *report, uint32_t id, struct attribute *out)
{
        bool powered = report->state >= SCARD_POWERED;

        switch (id) {
        case SCARD_ATTR_ATR_STRING:
                if (report->atr_len == 0)
                        return SCARD_E_NO_SMARTCARD;
                return give_bytes(out, report->atr, report->atr_len);
        case SCARD_ATTR_ICC_PRESENCE:
                return give_byte(out, icc_presence(report->state));
        case SCARD_ATTR_ICC_INTERFACE_STATUS: /* 0: contact inactive, 0xFF: active */
                return give_byte(out, powered ? 0xFF : 0);
        case SCARD_ATTR_ICC_TYPE_PER_ATR: /* only asynchronous cards have an ATR that CCID returns */
                return give_byte(out, report->atr_len > 0 ? 1 : 0);
        case SCARD_ATTR_DEVICE_IN_USE:
                return give_dword(out, report->others ? 1 : 0);
        case SCARD_ATTR_CURRENT_PROTOCOL_TYPE:
                return give_dword(out, report->protocol);
        case ISCARD_ATTR_CARD_COMMANDS:
                return give_dword(out, report->commands);
        case ISCARD_ATTR_SHARE_MODE:
                return give_dword(out, report->mode);
        default:
                return SCARD_E_UNSUPPORTED_FEATURE;
        }
}

/* Asked for before every command of the card services: without the rest of a report. */
static int32_t attribute_epoch(struct connection *conn, struct attribute *out)
{
        uint64_t epoch;
        int32_t status = connection_epoch(conn, &epoch);

        return status == SCARD_S_SUCCESS ? give_dword(out, (uint32_t)epoch) : status;
}

static int32_t attribute_reported(struct connection *conn, uint32_t id, struct attribute *out)
{
        struct connection_report report;
        int32_t status = connection_report(conn, false, &report);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = attribute_of_reader(conn->slot, id, out);
        if (status == SCARD_E_UNSUPPORTED_FEATURE)
                status = attribute_of_card(&report, id, out);
        if (status == SCARD_E_UNSUPPORTED_FEATURE)
                status = attribute_of_protocol(&conn->slot->device->info, &report, id, out);
        return status;
}

int32_t attribute_get(struct connection *conn, uint32_t id, uint8_t *value, size_t *len)
{
        struct attribute out = {value, 0};
        int32_t status =
            id == ISCARD_ATTR_CARD_EPOCH ? attribute_epoch(conn, &out) : attribute_reported(conn, id, &out);

        *len = status == SCARD_S_SUCCESS ? out.len : 0;
        return status;
}
