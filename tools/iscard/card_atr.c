#include "tools/iscard/card_atr.h"

LONG card_atr_read(SCARDCONTEXT context, const char *reader, struct atr *atr)
{
        BYTE bytes[SCARD_ATR_LENGTH];
        DWORD len = sizeof(bytes), protocol;
        SCARDHANDLE handle;
        LONG status =
            SCardConnectA(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &handle, &protocol);

        if (status != SCARD_S_SUCCESS)
                return status;
        status = SCardGetAttrib(handle, SCARD_ATTR_ATR_STRING, bytes, &len);
        if (status == SCARD_S_SUCCESS)
                (void)atr_parse(atr, bytes, len);
        (void)SCardDisconnect(handle, SCARD_LEAVE_CARD);
        return status;
}
