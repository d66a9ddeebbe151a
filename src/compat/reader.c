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

/* The code by which programs for pcsc-lite send a vendor's command to libccid, and the engine's. */
#define LITE_ESCAPE   1u
#define ENGINE_ESCAPE ((IOCTL_CCID_ESCAPE & 0xFFFFu) >> 2)

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

static DWORD control_engine(lite_dword code)
{
        lite_dword function = code - LITE_CTL_CODE_BASE;

        if (function == LITE_ESCAPE)
                return IOCTL_CCID_ESCAPE;
        return function <= 0x3FFF ? SCARD_CTL_CODE(function) : 0;
}

/* The control codes in an answer to CM_IOCTL_GET_FEATURE_REQUEST, most significant byte first. */
static void features_lite(BYTE *features, DWORD len)
{
        for (BYTE *tlv = features; len >= TLV_LEN; tlv += TLV_LEN, len -= TLV_LEN) {
                DWORD function = ((DWORD)tlv[4] << 8 | tlv[5]) >> 2;
                DWORD code = LITE_CTL_CODE_BASE + (function == ENGINE_ESCAPE ? LITE_ESCAPE : function);

                for (unsigned i = 0; i < 4; i++)
                        tlv[2 + i] = (BYTE)(code >> (24 - 8 * i));
        }
}

lite_long lite_control(lite_long card, lite_dword code, const void *in, lite_dword in_len, void *out,
                       lite_dword out_room, lite_dword *out_len)
{
        DWORD returned = 0, engine_code = control_engine(code);
        DWORD room = (DWORD)(out_room > LITE_MESSAGE_MAX ? LITE_MESSAGE_MAX : out_room);

        if (out_len != NULL)
                *out_len = 0;
        if (in_len > LITE_MESSAGE_MAX)
                return code_lite(SCARD_E_INSUFFICIENT_BUFFER);
        LONG status = SCardControl((SCARDHANDLE)card, engine_code, in, (DWORD)in_len, out, room, &returned);

        if (status == SCARD_S_SUCCESS && engine_code == CM_IOCTL_GET_FEATURE_REQUEST)
                features_lite(out, returned);
        if (out_len != NULL)
                *out_len = returned;
        return code_lite_exchange(status);
}
