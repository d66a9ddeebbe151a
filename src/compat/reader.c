/*
 * reader.c - the functions of pcsc-lite about the reader behind a connection: attributes and control codes.
 */
#include <stdlib.h>
#include <string.h>

#include "compat/card.h"
#include "compat/code.h"
#include "compat/output.h"

#define ATTRIBUTE_ROOM 1024u /* the engine's attributes are shorter */
#define TLV_LEN        6u    /* tag, length, control code */

/*
 * The codes of libccid, since some programs have them written down and do not ask: a vendor's command
 * (IOCTL_SMARTCARD_VENDOR_IFD_EXCHANGE); features, by their tags.
 */
#define LITE_FEATURE_REQUEST (LITE_CTL_CODE_BASE + 3400u)
#define LITE_ESCAPE          (LITE_CTL_CODE_BASE + 1u)
#define LITE_FEATURE(tag)    (LITE_CTL_CODE_BASE + 0x330000u + (tag))

/* ---- attributes */

static LONG attribute_get(SCARDHANDLE card, DWORD id, BYTE *value, DWORD *len)
{
        DWORD room = *len;
        LONG status = card_condition(card);

        *len = 0;
        if (status != SCARD_S_SUCCESS)
                return status;
        *len = room;
        status = SCardGetAttrib(card, id, value, len);
        /* A card without power has an ATR of no bytes. */
        if (status == SCARD_E_NO_SMARTCARD && id == SCARD_ATTR_ATR_STRING) {
                *len = 0;
                status = SCARD_S_SUCCESS;
        }
        return status;
}

lite_long lite_get_attrib(lite_long card, lite_dword id, unsigned char *value, lite_dword *len)
{
        BYTE held[ATTRIBUTE_ROOM];
        DWORD held_len = sizeof(held);

        if (len == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        lite_dword room = *len;

        if (room == LITE_AUTOALLOCATE && value == NULL)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        LONG status = attribute_get((SCARDHANDLE)card, dword_engine(id), held, &held_len);

        if (status == SCARD_S_SUCCESS)
                status = output_lite(value, room, len, held, held_len);
        return code_lite(status);
}

lite_long lite_set_attrib(lite_long card, lite_dword id, const unsigned char *value, lite_dword len)
{
        if (value == NULL || len == 0)
                return code_lite(SCARD_E_INVALID_PARAMETER);
        LONG status = card_condition((SCARDHANDLE)card);

        if (status == SCARD_S_SUCCESS)
                status = SCardSetAttrib((SCARDHANDLE)card, dword_engine(id), value, dword_engine(len));
        return code_lite(status);
}

/* ---- control codes */

/* The engine's code of a feature; 0: the reader has not got it. */
static LONG feature_engine(SCARDHANDLE card, DWORD tag, DWORD *code)
{
        BYTE features[FEATURES_ROOM];
        DWORD len = 0;
        LONG status =
            SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, features, sizeof(features), &len);

        *code = 0;
        for (const BYTE *tlv = features; len >= TLV_LEN; tlv += TLV_LEN, len -= TLV_LEN) {
                if (tlv[0] == tag)
                        *code = (DWORD)tlv[2] << 24 | (DWORD)tlv[3] << 16 | (DWORD)tlv[4] << 8 | tlv[5];
        }
        return status;
}

static LONG control_engine(SCARDHANDLE card, DWORD code, DWORD *engine_code)
{
        *engine_code = 0;
        switch (code) {
        case LITE_FEATURE_REQUEST:
        case CM_IOCTL_GET_FEATURE_REQUEST: /* the code of Windows, which libccid takes too: RDP */
                *engine_code = CM_IOCTL_GET_FEATURE_REQUEST;
                return SCARD_S_SUCCESS;
        case LITE_ESCAPE:
                *engine_code = IOCTL_CCID_ESCAPE;
                return SCARD_S_SUCCESS;
        default:
                if ((code & 0xFFFFFF00u) == LITE_FEATURE(0u))
                        return feature_engine(card, code & 0xFFu, engine_code);
                return SCARD_S_SUCCESS;
        }
}

/* The control codes in an answer to CM_IOCTL_GET_FEATURE_REQUEST, most significant byte first. */
static void features_lite(BYTE *features, DWORD len)
{
        for (BYTE *tlv = features; len >= TLV_LEN; tlv += TLV_LEN, len -= TLV_LEN) {
                DWORD code = tlv[0] == FEATURE_CCID_ESC_COMMAND ? LITE_ESCAPE : LITE_FEATURE(tlv[0]);

                for (unsigned i = 0; i < 4; i++)
                        tlv[2 + i] = (BYTE)(code >> (24 - 8 * i));
        }
}

lite_long lite_control(lite_long card, lite_dword code, const void *in, lite_dword in_len, void *out,
                       lite_dword out_room, lite_dword *out_len)
{
        DWORD returned = 0, engine_code;
        DWORD room = (DWORD)(out_room > LITE_MESSAGE_MAX ? LITE_MESSAGE_MAX : out_room);

        if (out_len != NULL)
                *out_len = 0;
        if (in_len > LITE_MESSAGE_MAX)
                return code_lite(card_refuse((SCARDHANDLE)card, SCARD_E_INSUFFICIENT_BUFFER));
        LONG status = control_engine((SCARDHANDLE)card, dword_engine(code), &engine_code);

        if (status == SCARD_S_SUCCESS)
                status =
                    SCardControl((SCARDHANDLE)card, engine_code, in, (DWORD)in_len, out, room, &returned);
        if (status == SCARD_S_SUCCESS && engine_code == CM_IOCTL_GET_FEATURE_REQUEST)
                features_lite(out, returned);
        if (out_len != NULL)
                *out_len = returned;
        return code_lite_exchange(status);
}
