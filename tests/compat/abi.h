/*
 * abi.h - the binary interface of pcsc-lite 1.9.9, checked at compile time: abi_ours.c holds this list against
 * src/compat/pcsclite.h, abi_theirs.c against the public headers of Debian's libpcsclite-dev, where they are
 * installed. Each line: theirs, ours, and what both must be.
 */
#ifdef ABI_THEIRS
#define NUMBER(theirs, ours, value) _Static_assert((theirs) == (value), #theirs " is not " #value)
#define TYPE(theirs, ours, type)                                                                             \
        _Static_assert(__builtin_types_compatible_p(__typeof__(theirs), type), "the type of " #theirs)
#else
#define NUMBER(theirs, ours, value) _Static_assert((ours) == (value), #ours " is not " #value)
#define TYPE(theirs, ours, type)                                                                             \
        _Static_assert(__builtin_types_compatible_p(__typeof__(ours), type), "the type of " #ours)
#endif

#define W sizeof(long)

/* structures */
NUMBER(sizeof(LONG), sizeof(lite_long), W);
NUMBER(sizeof(DWORD), sizeof(lite_dword), W);
NUMBER(sizeof(SCARDCONTEXT), sizeof(lite_long), W);
NUMBER(sizeof(SCARDHANDLE), sizeof(lite_long), W);
NUMBER(sizeof(SCARD_IO_REQUEST), sizeof(lite_io_request), 2 * W);
NUMBER(offsetof(SCARD_IO_REQUEST, dwProtocol), offsetof(lite_io_request, dwProtocol), 0);
NUMBER(offsetof(SCARD_IO_REQUEST, cbPciLength), offsetof(lite_io_request, cbPciLength), W);
NUMBER(sizeof(SCARD_READERSTATE), sizeof(lite_readerstate), 5 * W + (33 + W - 1) / W * W);
NUMBER(offsetof(SCARD_READERSTATE, szReader), offsetof(lite_readerstate, szReader), 0);
NUMBER(offsetof(SCARD_READERSTATE, pvUserData), offsetof(lite_readerstate, pvUserData), W);
NUMBER(offsetof(SCARD_READERSTATE, dwCurrentState), offsetof(lite_readerstate, dwCurrentState), 2 * W);
NUMBER(offsetof(SCARD_READERSTATE, dwEventState), offsetof(lite_readerstate, dwEventState), 3 * W);
NUMBER(offsetof(SCARD_READERSTATE, cbAtr), offsetof(lite_readerstate, cbAtr), 4 * W);
NUMBER(offsetof(SCARD_READERSTATE, rgbAtr), offsetof(lite_readerstate, rgbAtr), 5 * W);
NUMBER(sizeof(((SCARD_READERSTATE *)NULL)->rgbAtr), sizeof(((lite_readerstate *)NULL)->rgbAtr), 33);

/* numbers that differ from those of Windows */
NUMBER(SCARD_AUTOALLOCATE, LITE_AUTOALLOCATE, ~0ul);
NUMBER(SCARD_SCOPE_GLOBAL, LITE_SCOPE_GLOBAL, 3);
NUMBER(MAX_READERNAME, LITE_READERNAME, 128);
NUMBER(MAX_BUFFER_SIZE_EXTENDED, LITE_MESSAGE_MAX, 65548);
NUMBER(SCARD_CTL_CODE(0), LITE_CTL_CODE_BASE, 0x42000000);
NUMBER(SCARD_PROTOCOL_RAW, LITE_PROTOCOL_RAW, 4);
NUMBER(SCARD_UNKNOWN, LITE_UNKNOWN, 1);
NUMBER(SCARD_ABSENT, LITE_ABSENT, 2);
NUMBER(SCARD_PRESENT, LITE_PRESENT, 4);
NUMBER(SCARD_SWALLOWED, LITE_SWALLOWED, 8);
NUMBER(SCARD_POWERED, LITE_POWERED, 0x10);
NUMBER(SCARD_NEGOTIABLE, LITE_NEGOTIABLE, 0x20);
NUMBER(SCARD_E_UNSUPPORTED_FEATURE, LITE_E_UNSUPPORTED_FEATURE, 0x8010001F);

/* numbers that are the same */
#define SAME(name, value) NUMBER((unsigned long)(name), (uint32_t)(name), value)
SAME(SCARD_SCOPE_SYSTEM, 2);
SAME(SCARD_SHARE_EXCLUSIVE, 1);
SAME(SCARD_SHARE_SHARED, 2);
SAME(SCARD_SHARE_DIRECT, 3);
SAME(SCARD_LEAVE_CARD, 0);
SAME(SCARD_RESET_CARD, 1);
SAME(SCARD_UNPOWER_CARD, 2);
SAME(SCARD_EJECT_CARD, 3);
SAME(SCARD_PROTOCOL_UNDEFINED, 0);
SAME(SCARD_PROTOCOL_T0, 1);
SAME(SCARD_PROTOCOL_T1, 2);
SAME(SCARD_STATE_UNAWARE, 0);
SAME(SCARD_STATE_IGNORE, 1);
SAME(SCARD_STATE_CHANGED, 2);
SAME(SCARD_STATE_UNKNOWN, 4);
SAME(SCARD_STATE_UNAVAILABLE, 8);
SAME(SCARD_STATE_EMPTY, 0x10);
SAME(SCARD_STATE_PRESENT, 0x20);
SAME(SCARD_STATE_EXCLUSIVE, 0x80);
SAME(SCARD_STATE_INUSE, 0x100);
SAME(SCARD_STATE_MUTE, 0x200);
SAME(INFINITE, 0xFFFFFFFF);
SAME(SCARD_ATTR_VENDOR_NAME, 0x10100);
SAME(SCARD_ATTR_VENDOR_IFD_VERSION, 0x10102);
SAME(SCARD_ATTR_CHANNEL_ID, 0x20110);
SAME(SCARD_ATTR_CURRENT_PROTOCOL_TYPE, 0x80201);
SAME(SCARD_ATTR_ICC_PRESENCE, 0x90300);
SAME(SCARD_ATTR_ATR_STRING, 0x90303);
SAME(SCARD_ATTR_MAXINPUT, 0x7A007);
SAME(SCARD_ATTR_DEVICE_FRIENDLY_NAME_A, 0x7FFF0003);
SAME(SCARD_F_INTERNAL_ERROR, 0x80100001);
SAME(SCARD_E_CANCELLED, 0x80100002);
SAME(SCARD_E_INVALID_HANDLE, 0x80100003);
SAME(SCARD_E_INVALID_PARAMETER, 0x80100004);
SAME(SCARD_E_NO_MEMORY, 0x80100006);
SAME(SCARD_E_INSUFFICIENT_BUFFER, 0x80100008);
SAME(SCARD_E_UNKNOWN_READER, 0x80100009);
SAME(SCARD_E_TIMEOUT, 0x8010000A);
SAME(SCARD_E_SHARING_VIOLATION, 0x8010000B);
SAME(SCARD_E_NO_SMARTCARD, 0x8010000C);
SAME(SCARD_E_PROTO_MISMATCH, 0x8010000F);
SAME(SCARD_E_NOT_READY, 0x80100010);
SAME(SCARD_E_INVALID_VALUE, 0x80100011);
SAME(SCARD_F_COMM_ERROR, 0x80100013);
SAME(SCARD_F_UNKNOWN_ERROR, 0x80100014);
SAME(SCARD_E_NOT_TRANSACTED, 0x80100016);
SAME(SCARD_E_READER_UNAVAILABLE, 0x80100017);
SAME(SCARD_E_READER_UNSUPPORTED, 0x8010001A);
SAME(SCARD_E_NO_SERVICE, 0x8010001D);
SAME(SCARD_E_NO_ACCESS, 0x80100027);
SAME(SCARD_E_NO_READERS_AVAILABLE, 0x8010002E);
SAME(SCARD_E_COMM_DATA_LOST, 0x8010002F);
SAME(SCARD_W_UNSUPPORTED_CARD, 0x80100065);
SAME(SCARD_W_UNRESPONSIVE_CARD, 0x80100066);
SAME(SCARD_W_UNPOWERED_CARD, 0x80100067);
SAME(SCARD_W_RESET_CARD, 0x80100068);
SAME(SCARD_W_REMOVED_CARD, 0x80100069);

/* functions */
TYPE(SCardEstablishContext, lite_establish_context, long(unsigned long, const void *, const void *, long *));
TYPE(SCardReleaseContext, lite_release_context, long(long));
TYPE(SCardIsValidContext, lite_is_valid_context, long(long));
TYPE(SCardConnect, lite_connect,
     long(long, const char *, unsigned long, unsigned long, long *, unsigned long *));
TYPE(SCardReconnect, lite_reconnect,
     long(long, unsigned long, unsigned long, unsigned long, unsigned long *));
TYPE(SCardDisconnect, lite_disconnect, long(long, unsigned long));
TYPE(SCardBeginTransaction, lite_begin_transaction, long(long));
TYPE(SCardEndTransaction, lite_end_transaction, long(long, unsigned long));
TYPE(SCardStatus, lite_status,
     long(long, char *, unsigned long *, unsigned long *, unsigned long *, unsigned char *, unsigned long *));
TYPE(SCardControl, lite_control,
     long(long, unsigned long, const void *, unsigned long, void *, unsigned long, unsigned long *));
TYPE(SCardListReaderGroups, lite_list_reader_groups, long(long, char *, unsigned long *));
TYPE(SCardListReaders, lite_list_readers, long(long, const char *, char *, unsigned long *));
TYPE(SCardFreeMemory, lite_free_memory, long(long, const void *));
TYPE(SCardCancel, lite_cancel, long(long));
TYPE(SCardGetAttrib, lite_get_attrib, long(long, unsigned long, unsigned char *, unsigned long *));
TYPE(SCardSetAttrib, lite_set_attrib, long(long, unsigned long, const unsigned char *, unsigned long));
TYPE(pcsc_stringify_error, lite_stringify_error, const char *(long));
#ifdef ABI_THEIRS
TYPE(SCardGetStatusChange, , long(long, unsigned long, SCARD_READERSTATE *, unsigned long));
TYPE(SCardTransmit, ,
     long(long, const SCARD_IO_REQUEST *, const unsigned char *, unsigned long, SCARD_IO_REQUEST *,
          unsigned char *, unsigned long *));
#else
TYPE(, lite_get_status_change, long(long, unsigned long, lite_readerstate *, unsigned long));
TYPE(, lite_transmit,
     long(long, const lite_io_request *, const unsigned char *, unsigned long, lite_io_request *,
          unsigned char *, unsigned long *));
#endif
