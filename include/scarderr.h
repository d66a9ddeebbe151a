/*
 * scarderr.h - the SCARD_ status codes, at the values of Windows.
 *
 * Each is a LONG and, with the same bits, a HRESULT of facility 16. Beware when code moves between this
 * library and pcsc-lite: some of its versions give SCARD_E_UNSUPPORTED_FEATURE the value of
 * SCARD_E_UNEXPECTED.
 */
#ifndef ISCARD_SCARDERR_H
#define ISCARD_SCARDERR_H

#include "windef.h"

#ifndef FACILITY_SCARD
#define FACILITY_SCARD 16
#endif

#define SCARD_S_SUCCESS ((LONG)0x00000000L) /* success */

#define SCARD_F_INTERNAL_ERROR    ((LONG)0x80100001L) /* a consistency check inside the library failed */
#define SCARD_E_CANCELLED         ((LONG)0x80100002L) /* cancelled by SCardCancel or by the reader */
#define SCARD_E_INVALID_HANDLE    ((LONG)0x80100003L) /* the handle is not live */
#define SCARD_E_INVALID_PARAMETER ((LONG)0x80100004L) /* a parameter is not valid */
#define SCARD_E_INVALID_TARGET    ((LONG)0x80100005L) /* start-up information is not valid */
#define SCARD_E_NO_MEMORY         ((LONG)0x80100006L) /* out of memory */
#define SCARD_F_WAITED_TOO_LONG   ((LONG)0x80100007L) /* an internal wait took too long */
#define SCARD_E_INSUFFICIENT_BUFFER                                                                          \
        ((LONG)0x80100008L) /* the buffer is too small; the length needed is returned */
#define SCARD_E_UNKNOWN_READER          ((LONG)0x80100009L) /* no reader has that name */
#define SCARD_E_TIMEOUT                 ((LONG)0x8010000AL) /* the time limit passed */
#define SCARD_E_SHARING_VIOLATION       ((LONG)0x8010000BL) /* someone else holds the reader or the card */
#define SCARD_E_NO_SMARTCARD            ((LONG)0x8010000CL) /* no card is in the reader */
#define SCARD_E_UNKNOWN_CARD            ((LONG)0x8010000DL) /* the card's name is not known */
#define SCARD_E_CANT_DISPOSE            ((LONG)0x8010000EL) /* the card cannot be disposed of as asked */
#define SCARD_E_PROTO_MISMATCH          ((LONG)0x8010000FL) /* the protocol asked for is not the one in use */
#define SCARD_E_NOT_READY               ((LONG)0x80100010L) /* the reader or the card is not ready */
#define SCARD_E_INVALID_VALUE           ((LONG)0x80100011L) /* a value is outside its range */
#define SCARD_E_SYSTEM_CANCELLED        ((LONG)0x80100012L) /* cancelled by the system */
#define SCARD_F_COMM_ERROR              ((LONG)0x80100013L) /* the communication with the reader failed */
#define SCARD_F_UNKNOWN_ERROR           ((LONG)0x80100014L) /* an unknown internal error */
#define SCARD_E_INVALID_ATR             ((LONG)0x80100015L) /* the ATR is not valid */
#define SCARD_E_NOT_TRANSACTED          ((LONG)0x80100016L) /* no transaction is held */
#define SCARD_E_READER_UNAVAILABLE      ((LONG)0x80100017L) /* the reader is gone */
#define SCARD_P_SHUTDOWN                ((LONG)0x80100018L) /* the operation was ended to shut down */
#define SCARD_E_PCI_TOO_SMALL           ((LONG)0x80100019L) /* the PCI buffer is too small */
#define SCARD_E_READER_UNSUPPORTED      ((LONG)0x8010001AL) /* the reader cannot be driven */
#define SCARD_E_DUPLICATE_READER        ((LONG)0x8010001BL) /* the reader's name is taken */
#define SCARD_E_CARD_UNSUPPORTED        ((LONG)0x8010001CL) /* the card cannot be used with this reader */
#define SCARD_E_NO_SERVICE              ((LONG)0x8010001DL) /* the engine is not available in this process */
#define SCARD_E_SERVICE_STOPPED         ((LONG)0x8010001EL) /* the engine was stopped */
#define SCARD_E_UNEXPECTED              ((LONG)0x8010001FL) /* an unexpected answer */
#define SCARD_E_ICC_INSTALLATION        ((LONG)0x80100020L) /* no primary provider for the card */
#define SCARD_E_ICC_CREATEORDER         ((LONG)0x80100021L) /* the order of creation is not supported */
#define SCARD_E_UNSUPPORTED_FEATURE     ((LONG)0x80100022L) /* the card or the reader does not support this */
#define SCARD_E_DIR_NOT_FOUND           ((LONG)0x80100023L) /* the directory does not exist on the card */
#define SCARD_E_FILE_NOT_FOUND          ((LONG)0x80100024L) /* the file does not exist on the card */
#define SCARD_E_NO_DIR                  ((LONG)0x80100025L) /* the path is not a directory */
#define SCARD_E_NO_FILE                 ((LONG)0x80100026L) /* the path is not a file of the right kind */
#define SCARD_E_NO_ACCESS               ((LONG)0x80100027L) /* access is denied */
#define SCARD_E_WRITE_TOO_MANY          ((LONG)0x80100028L) /* not enough room on the card */
#define SCARD_E_BAD_SEEK                ((LONG)0x80100029L) /* the offset or record is outside the file */
#define SCARD_E_INVALID_CHV             ((LONG)0x8010002AL) /* the code has a wrong length or format */
#define SCARD_E_UNKNOWN_RES_MNG         ((LONG)0x8010002BL) /* an unknown error of the resource manager */
#define SCARD_E_NO_SUCH_CERTIFICATE     ((LONG)0x8010002CL) /* the certificate does not exist */
#define SCARD_E_CERTIFICATE_UNAVAILABLE ((LONG)0x8010002DL) /* the certificate cannot be had */
#define SCARD_E_NO_READERS_AVAILABLE    ((LONG)0x8010002EL) /* there is no reader */
#define SCARD_E_COMM_DATA_LOST          ((LONG)0x8010002FL) /* data were lost between card and reader */
#define SCARD_E_NO_KEY_CONTAINER        ((LONG)0x80100030L) /* the key container does not exist */
#define SCARD_E_SERVER_TOO_BUSY         ((LONG)0x80100031L) /* the engine is too busy */
#define SCARD_E_PIN_CACHE_EXPIRED       ((LONG)0x80100032L) /* the cached code has expired */
#define SCARD_E_NO_PIN_CACHE            ((LONG)0x80100033L) /* codes cannot be cached */
#define SCARD_E_READ_ONLY_CARD          ((LONG)0x80100034L) /* the card is read-only */
#define SCARD_W_UNSUPPORTED_CARD        ((LONG)0x80100065L) /* the reader cannot talk to this card */
#define SCARD_W_UNRESPONSIVE_CARD       ((LONG)0x80100066L) /* the card does not answer a reset */
#define SCARD_W_UNPOWERED_CARD          ((LONG)0x80100067L) /* the card has been powered off */
#define SCARD_W_RESET_CARD              ((LONG)0x80100068L) /* the card has been reset */
#define SCARD_W_REMOVED_CARD            ((LONG)0x80100069L) /* the card has been removed */
#define SCARD_W_SECURITY_VIOLATION      ((LONG)0x8010006AL) /* the card's access rules refuse this */
#define SCARD_W_WRONG_CHV               ((LONG)0x8010006BL) /* wrong code */
#define SCARD_W_CHV_BLOCKED             ((LONG)0x8010006CL) /* the code is blocked */
#define SCARD_W_EOF                     ((LONG)0x8010006DL) /* the end of the file was reached */
#define SCARD_W_CANCELLED_BY_USER       ((LONG)0x8010006EL) /* cancelled by the user */
#define SCARD_W_CARD_NOT_AUTHENTICATED  ((LONG)0x8010006FL) /* no code has been presented to the card */
#define SCARD_W_CACHE_ITEM_NOT_FOUND    ((LONG)0x80100070L) /* the cache does not have the item */
#define SCARD_W_CACHE_ITEM_STALE        ((LONG)0x80100071L) /* the cached item is old */
#define SCARD_W_CACHE_ITEM_TOO_BIG      ((LONG)0x80100072L) /* the item is too big for the cache */

#endif
