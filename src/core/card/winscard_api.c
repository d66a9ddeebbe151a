#include "core/card/winscard_api.h"

const struct winscard_api winscard_api_engine = {
    .EstablishContext = SCardEstablishContext,
    .ReleaseContext = SCardReleaseContext,
    .IsValidContext = SCardIsValidContext,
    .ListReaders = SCardListReadersA,
    .Connect = SCardConnectA,
    .Reconnect = SCardReconnect,
    .Disconnect = SCardDisconnect,
    .BeginTransaction = SCardBeginTransaction,
    .EndTransaction = SCardEndTransaction,
    .Status = SCardStatusA,
    .Transmit = SCardTransmit,
    .Control = SCardControl,
    .GetAttrib = SCardGetAttrib,
};
