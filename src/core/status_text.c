/*
 * status_text.c - the codes and status words of status.h in words.
 */
#include <stdio.h>
#include <strings.h>

#include "core/status.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Every code of scarderr.h, in the order of the values; the texts are the comments there. */
#define CODE(name, text)                                                                                     \
        {                                                                                                    \
                name, #name, text                                                                            \
        }
static const struct {
        int32_t code;
        const char *name, *text;
} codes[] = {
    CODE(SCARD_S_SUCCESS, "success"),
    CODE(SCARD_F_INTERNAL_ERROR, "a consistency check inside the library failed"),
    CODE(SCARD_E_CANCELLED, "cancelled by SCardCancel or by the reader"),
    CODE(SCARD_E_INVALID_HANDLE, "the handle is not live"),
    CODE(SCARD_E_INVALID_PARAMETER, "a parameter is not valid"),
    CODE(SCARD_E_INVALID_TARGET, "start-up information is not valid"),
    CODE(SCARD_E_NO_MEMORY, "out of memory"),
    CODE(SCARD_F_WAITED_TOO_LONG, "an internal wait took too long"),
    CODE(SCARD_E_INSUFFICIENT_BUFFER, "the buffer is too small; the length needed is returned"),
    CODE(SCARD_E_UNKNOWN_READER, "no reader has that name"),
    CODE(SCARD_E_TIMEOUT, "the time limit passed"),
    CODE(SCARD_E_SHARING_VIOLATION, "someone else holds the reader or the card"),
    CODE(SCARD_E_NO_SMARTCARD, "no card is in the reader"),
    CODE(SCARD_E_UNKNOWN_CARD, "the card's name is not known"),
    CODE(SCARD_E_CANT_DISPOSE, "the card cannot be disposed of as asked"),
    CODE(SCARD_E_PROTO_MISMATCH, "the protocol asked for is not the one in use"),
    CODE(SCARD_E_NOT_READY, "the reader or the card is not ready"),
    CODE(SCARD_E_INVALID_VALUE, "a value is outside its range"),
    CODE(SCARD_E_SYSTEM_CANCELLED, "cancelled by the system"),
    CODE(SCARD_F_COMM_ERROR, "the communication with the reader failed"),
    CODE(SCARD_F_UNKNOWN_ERROR, "an unknown internal error"),
    CODE(SCARD_E_INVALID_ATR, "the ATR is not valid"),
    CODE(SCARD_E_NOT_TRANSACTED, "no transaction is held"),
    CODE(SCARD_E_READER_UNAVAILABLE, "the reader is gone"),
    CODE(SCARD_P_SHUTDOWN, "the operation was ended to shut down"),
    CODE(SCARD_E_PCI_TOO_SMALL, "the PCI buffer is too small"),
    CODE(SCARD_E_READER_UNSUPPORTED, "the reader cannot be driven"),
    CODE(SCARD_E_DUPLICATE_READER, "the reader's name is taken"),
    CODE(SCARD_E_CARD_UNSUPPORTED, "the card cannot be used with this reader"),
    CODE(SCARD_E_NO_SERVICE, "the engine is not available in this process"),
    CODE(SCARD_E_SERVICE_STOPPED, "the engine was stopped"),
    CODE(SCARD_E_UNEXPECTED, "an unexpected answer"),
    CODE(SCARD_E_ICC_INSTALLATION, "no primary provider for the card"),
    CODE(SCARD_E_ICC_CREATEORDER, "the order of creation is not supported"),
    CODE(SCARD_E_UNSUPPORTED_FEATURE, "the card or the reader does not support this"),
    CODE(SCARD_E_DIR_NOT_FOUND, "the directory does not exist on the card"),
    CODE(SCARD_E_FILE_NOT_FOUND, "the file does not exist on the card"),
    CODE(SCARD_E_NO_DIR, "the path is not a directory"),
    CODE(SCARD_E_NO_FILE, "the path is not a file of the right kind"),
    CODE(SCARD_E_NO_ACCESS, "access is denied"),
    CODE(SCARD_E_WRITE_TOO_MANY, "not enough room on the card"),
    CODE(SCARD_E_BAD_SEEK, "the offset or record is outside the file"),
    CODE(SCARD_E_INVALID_CHV, "the code has a wrong length or format"),
    CODE(SCARD_E_UNKNOWN_RES_MNG, "an unknown error of the resource manager"),
    CODE(SCARD_E_NO_SUCH_CERTIFICATE, "the certificate does not exist"),
    CODE(SCARD_E_CERTIFICATE_UNAVAILABLE, "the certificate cannot be had"),
    CODE(SCARD_E_NO_READERS_AVAILABLE, "there is no reader"),
    CODE(SCARD_E_COMM_DATA_LOST, "data were lost between card and reader"),
    CODE(SCARD_E_NO_KEY_CONTAINER, "the key container does not exist"),
    CODE(SCARD_E_SERVER_TOO_BUSY, "the engine is too busy"),
    CODE(SCARD_E_PIN_CACHE_EXPIRED, "the cached code has expired"),
    CODE(SCARD_E_NO_PIN_CACHE, "codes cannot be cached"),
    CODE(SCARD_E_READ_ONLY_CARD, "the card is read-only"),
    CODE(SCARD_W_UNSUPPORTED_CARD, "the reader cannot talk to this card"),
    CODE(SCARD_W_UNRESPONSIVE_CARD, "the card does not answer a reset"),
    CODE(SCARD_W_UNPOWERED_CARD, "the card has been powered off"),
    CODE(SCARD_W_RESET_CARD, "the card has been reset"),
    CODE(SCARD_W_REMOVED_CARD, "the card has been removed"),
    CODE(SCARD_W_SECURITY_VIOLATION, "the card's access rules refuse this"),
    CODE(SCARD_W_WRONG_CHV, "wrong code"),
    CODE(SCARD_W_CHV_BLOCKED, "the code is blocked"),
    CODE(SCARD_W_EOF, "the end of the file was reached"),
    CODE(SCARD_W_CANCELLED_BY_USER, "cancelled by the user"),
    CODE(SCARD_W_CARD_NOT_AUTHENTICATED, "no code has been presented to the card"),
    CODE(SCARD_W_CACHE_ITEM_NOT_FOUND, "the cache does not have the item"),
    CODE(SCARD_W_CACHE_ITEM_STALE, "the cached item is old"),
    CODE(SCARD_W_CACHE_ITEM_TOO_BIG, "the item is too big for the cache"),
};
#undef CODE

const char *status_name(int32_t code)
{
        for (size_t i = 0; i < COUNT(codes); i++)
                if (codes[i].code == code)
                        return codes[i].name;
        return NULL;
}

const char *status_text(int32_t code)
{
        for (size_t i = 0; i < COUNT(codes); i++)
                if (codes[i].code == code)
                        return codes[i].text;
        return NULL;
}

bool status_from_name(const char *name, int32_t *code)
{
        *code = 0;
        if (name == NULL)
                return false;
        for (size_t i = 0; i < COUNT(codes); i++) {
                if (strcasecmp(codes[i].name, name) != 0)
                        continue;
                *code = codes[i].code;
                return true;
        }
        return false;
}

/* Status words in words; the first row that fits counts. ISO/IEC 7816-4 5.6, tables 5 and 6, and 11.5; GSM:
 * TS 51.011 9.4. */
static const struct {
        uint16_t sw, mask;
        const char *text;
} sw_texts[] = {
    {0x9000, 0xFFFF, "success"},
    {0x6281, 0xFFFF, "part of the data returned may be corrupted"},
    {0x6282, 0xFFFF, "end of the file or record reached before Le bytes were read"},
    {0x6283, 0xFFFF, "the selected file is deactivated"},
    {0x6284, 0xFFFF, "the file control information is not formatted as it should be"},
    {0x6285, 0xFFFF, "the selected file is in the termination state"},
    {0x6286, 0xFFFF, "no input from a sensor on the card"},
    {0x6200, 0xFF00, "warning, nothing on the card has changed"},
    {0x6381, 0xFFFF, "the file is full after this write"},
    {0x6300, 0xFFFF, "wrong code, or a warning that does not say more"},
    {0x6300, 0xFF00, "warning, something on the card has changed"},
    {0x6401, 0xFFFF, "an immediate answer is needed by the card"},
    {0x6400, 0xFF00, "execution error, nothing on the card has changed"},
    {0x6581, 0xFFFF, "memory failure"},
    {0x6500, 0xFF00, "execution error, something on the card has changed"},
    {0x6600, 0xFF00, "security-related error"},
    {0x6700, 0xFFFF, "wrong length"},
    {0x6881, 0xFFFF, "logical channels are not supported"},
    {0x6882, 0xFFFF, "secure messaging is not supported"},
    {0x6883, 0xFFFF, "the last command of the chain was expected"},
    {0x6884, 0xFFFF, "command chaining is not supported"},
    {0x6800, 0xFF00, "a function in CLA is not supported"},
    {0x6981, 0xFFFF, "the command does not fit the kind of file"},
    {0x6982, 0xFFFF, "the security status is not satisfied"},
    {0x6983, 0xFFFF, "the authentication method is blocked"},
    {0x6984, 0xFFFF, "the reference data cannot be used"},
    {0x6985, 0xFFFF, "the conditions of use are not satisfied"},
    {0x6986, 0xFFFF, "the command is not allowed: no current file"},
    {0x6987, 0xFFFF, "the secure-messaging objects are missing"},
    {0x6988, 0xFFFF, "the secure-messaging objects are wrong"},
    {0x6900, 0xFF00, "the command is not allowed"},
    {0x6A80, 0xFFFF, "wrong parameters in the data"},
    {0x6A81, 0xFFFF, "the function is not supported"},
    {0x6A82, 0xFFFF, "the file or application was not found"},
    {0x6A83, 0xFFFF, "the record was not found"},
    {0x6A84, 0xFFFF, "not enough room in the file"},
    {0x6A85, 0xFFFF, "Nc does not fit the TLV structure"},
    {0x6A86, 0xFFFF, "wrong parameters P1 P2"},
    {0x6A87, 0xFFFF, "Nc does not fit P1 P2"},
    {0x6A88, 0xFFFF, "the reference data was not found"},
    {0x6A89, 0xFFFF, "the file exists already"},
    {0x6A8A, 0xFFFF, "the DF name exists already"},
    {0x6A00, 0xFF00, "wrong parameters P1 P2"},
    {0x6B00, 0xFFFF, "wrong parameters P1 P2, or an offset outside the file"},
    {0x6D00, 0xFFFF, "the instruction is not supported"},
    {0x6E00, 0xFFFF, "the class is not supported"},
    {0x6F00, 0xFFFF, "no precise diagnosis"},
    {0x9240, 0xFFFF, "GSM: memory problem"},
    {0x9400, 0xFFFF, "GSM: no EF is selected"},
    {0x9402, 0xFFFF, "GSM: the address is outside the file"},
    {0x9404, 0xFFFF, "GSM: the file or pattern was not found"},
    {0x9408, 0xFFFF, "GSM: the command does not fit the kind of file"},
    {0x9802, 0xFFFF, "GSM: no code is set up"},
    {0x9804, 0xFFFF, "GSM: wrong code, or access refused"},
    {0x9808, 0xFFFF, "GSM: in contradiction with the state of the code"},
    {0x9810, 0xFFFF, "GSM: in contradiction with the invalidation state"},
    {0x9840, 0xFFFF, "GSM: the code is blocked"},
    {0x9850, 0xFFFF, "GSM: the value cannot be increased"},
};

/* Status words that carry a number. */
static bool numbered_text(uint16_t sw, char *buf, size_t len)
{
        unsigned low = sw & 0xFFu;
        unsigned count = low == 0 ? 256 : low;

        if (sw == 0x63C0)
                (void)snprintf(buf, len, "wrong code, no try left");
        else if ((sw & 0xFFF0) == 0x63C0)
                (void)snprintf(buf, len, "wrong code, %u %s left", sw & 0x0Fu,
                               (sw & 0x0F) == 1 ? "try" : "tries");
        else if (sw >> 8 == 0x61)
                (void)snprintf(buf, len, "success, %u more byte%s available", count, count == 1 ? "" : "s");
        else if (sw >> 8 == 0x6C)
                (void)snprintf(buf, len, "wrong Le, %u byte%s available", count, count == 1 ? "" : "s");
        else if (sw >> 8 == 0x9F)
                (void)snprintf(buf, len, "GSM: success, %u byte%s available", low, low == 1 ? "" : "s");
        else if (sw >> 8 == 0x91)
                (void)snprintf(buf, len, "GSM: success, a command of %u byte%s waits", low,
                               low == 1 ? "" : "s");
        else if ((sw & 0xFFF0) == 0x9200)
                (void)snprintf(buf, len, "GSM: success after %u %s", sw & 0x0Fu,
                               (sw & 0x0F) == 1 ? "retry" : "retries");
        else
                return false;
        return true;
}

char *status_sw_text(uint16_t sw, char *buf, size_t len)
{
        if (numbered_text(sw, buf, len))
                return buf;
        for (size_t i = 0; i < COUNT(sw_texts); i++) {
                if ((sw & sw_texts[i].mask) != sw_texts[i].sw)
                        continue;
                (void)snprintf(buf, len, "%s", sw_texts[i].text);
                return buf;
        }
        if ((sw >> 12 != 6 && sw >> 12 != 9) || sw >> 8 == 0x60)
                (void)snprintf(buf, len, "not a status word");
        else
                (void)snprintf(buf, len, "a status word that no standard known here defines");
        return buf;
}

const char *status_pinpad_text(uint16_t sw)
{
        switch (sw) {
        case 0x6402:
                return "the new code was not typed the same twice";
        case 0x6403:
                return "the code that was typed is too short or too long";
        default:
                return NULL;
        }
}
