/*
 * guid.c - holds every IID_, CLSID_ and LIBID_ constant that the public headers declare, and turns
 * identifiers into text and back.
 *
 * The constants are spelled once, in idl/ and the base headers: INITGUID makes their declarations definitions
 * here.
 */

#include <string.h>

#include <initguid.h>

#include <oaidl.h>
#include <objbase.h>
#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/guid.h"

/* Two digits are a byte; Data1 to Data3 are written most significant byte first. */
static const char layout[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
_Static_assert(sizeof(layout) == GUID_TEXT_LEN + 1, "one character for each unit");

static int digit_value(OLECHAR c)
{
        if (c >= u'0' && c <= u'9')
                return c - u'0';
        if (c >= u'a' && c <= u'f')
                return c - u'a' + 10;
        if (c >= u'A' && c <= u'F')
                return c - u'A' + 10;
        return -1;
}

bool guid_parse(const OLECHAR *text, GUID *guid)
{
        uint8_t bytes[16] = {0};
        size_t digits = 0;

        /* Stops at the first unit that differs, so never behind the NUL. */
        for (size_t i = 0; i < GUID_TEXT_LEN; i++) {
                int value = digit_value(text[i]);

                if (layout[i] != 'x') {
                        if (text[i] != (OLECHAR)layout[i])
                                return false;
                        continue;
                }
                if (value < 0)
                        return false;
                bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | value);
                digits++;
        }
        if (text[GUID_TEXT_LEN] != 0)
                return false;
        guid->Data1 =
            (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
        guid->Data2 = (uint16_t)(bytes[4] << 8 | bytes[5]);
        guid->Data3 = (uint16_t)(bytes[6] << 8 | bytes[7]);
        memcpy(guid->Data4, &bytes[8], sizeof(guid->Data4));
        return true;
}

void guid_format(REFGUID guid, OLECHAR text[GUID_TEXT_LEN + 1])
{
        static const char hex[] = "0123456789ABCDEF";
        uint8_t bytes[16] = {
            (uint8_t)(guid->Data1 >> 24), (uint8_t)(guid->Data1 >> 16), (uint8_t)(guid->Data1 >> 8),
            (uint8_t)guid->Data1,         (uint8_t)(guid->Data2 >> 8),  (uint8_t)guid->Data2,
            (uint8_t)(guid->Data3 >> 8),  (uint8_t)guid->Data3,
        };
        size_t digits = 0;

        memcpy(&bytes[8], guid->Data4, sizeof(guid->Data4));
        for (size_t i = 0; i < GUID_TEXT_LEN; i++) {
                if (layout[i] != 'x') {
                        text[i] = (OLECHAR)layout[i];
                        continue;
                }
                text[i] = (OLECHAR)hex[digits % 2 == 0 ? bytes[digits / 2] >> 4 : bytes[digits / 2] & 0xF];
                digits++;
        }
        text[GUID_TEXT_LEN] = 0;
}

int WINAPI StringFromGUID2(REFGUID rguid, LPOLESTR lpsz, int cchMax)
{
        if (rguid == NULL || lpsz == NULL || cchMax < GUID_TEXT_LEN + 1)
                return 0;
        guid_format(rguid, lpsz);
        return GUID_TEXT_LEN + 1;
}

HRESULT WINAPI StringFromCLSID(REFCLSID rclsid, LPOLESTR *lplpsz)
{
        if (lplpsz == NULL)
                return E_INVALIDARG;
        *lplpsz = NULL;
        if (rclsid == NULL)
                return E_INVALIDARG;
        *lplpsz = CoTaskMemAlloc((GUID_TEXT_LEN + 1) * sizeof(OLECHAR));
        if (*lplpsz == NULL)
                return E_OUTOFMEMORY;
        guid_format(rclsid, *lplpsz);
        return S_OK;
}

HRESULT WINAPI StringFromIID(REFIID rclsid, LPOLESTR *lplpsz)
{
        return StringFromCLSID(rclsid, lplpsz);
}

HRESULT WINAPI IIDFromString(LPCOLESTR lpsz, IID *lpiid)
{
        size_t len = 0;

        if (lpiid == NULL)
                return E_INVALIDARG;
        *lpiid = IID_NULL;
        if (lpsz == NULL)
                return S_OK;
        while (len <= GUID_TEXT_LEN && lpsz[len] != 0)
                len++;
        if (len != GUID_TEXT_LEN)
                return E_INVALIDARG;
        return guid_parse(lpsz, lpiid) ? S_OK : CO_E_IIDSTRING;
}
