/* words.c - see words.h */
#include <stddef.h>

#include "tests/support/words.h"

struct word {
        uint16_t sw;
        HRESULT code;
};

static const struct word chv_words[] = {
    {0x9000, S_OK},
    {0x6300, SCARD_W_WRONG_CHV},
    {0x6700, SCARD_E_INVALID_CHV},
    {0x6A80, SCARD_E_INVALID_CHV},
    {0x6982, SCARD_W_SECURITY_VIOLATION},
    {0x6983, SCARD_W_CHV_BLOCKED},
    {0x6984, SCARD_W_CHV_BLOCKED},
    {0x6985, SCARD_W_SECURITY_VIOLATION},
    {0x6A81, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6D00, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6E00, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6884, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6882, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6881, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6A86, E_INVALIDARG},
    {0x6B00, E_INVALIDARG},
    {0x6A88, E_INVALIDARG},
    {0x9804, SCARD_W_WRONG_CHV},
    {0x9840, SCARD_W_CHV_BLOCKED},
    {0x9808, SCARD_W_SECURITY_VIOLATION},
    {0x9802, E_INVALIDARG},
};

static const struct word pinpad_words[] = {
    {0x6400, SCARD_E_TIMEOUT},
    {0x6401, SCARD_W_CANCELLED_BY_USER},
    {0x6402, SCARD_E_INVALID_CHV},
    {0x6403, SCARD_E_INVALID_CHV},
};

static const struct word command_words[] = {
    {0x9000, S_OK},
    {0x6282, SCARD_W_EOF},
    {0x6283, SCARD_E_NO_ACCESS},
    {0x6981, SCARD_E_NO_FILE},
    {0x6982, SCARD_W_SECURITY_VIOLATION},
    {0x6985, SCARD_E_NO_ACCESS},
    {0x6986, SCARD_E_NO_FILE},
    {0x6A82, SCARD_E_FILE_NOT_FOUND},
    {0x6A83, SCARD_E_BAD_SEEK},
    {0x6A84, SCARD_E_WRITE_TOO_MANY},
    {0x6A89, E_INVALIDARG},
    {0x6A8A, E_INVALIDARG},
    {0x6B00, SCARD_E_BAD_SEEK},
    {0x6700, E_INVALIDARG},
    {0x6A80, E_INVALIDARG},
    {0x6A86, E_INVALIDARG},
    {0x6A87, E_INVALIDARG},
    {0x6581, SCARD_F_COMM_ERROR},
    {0x6D00, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6E00, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6A81, SCARD_E_UNSUPPORTED_FEATURE},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static HRESULT find(const struct word *words, size_t count, unsigned sw, HRESULT otherwise)
{
        for (size_t i = 0; i < count; i++)
                if (words[i].sw == sw)
                        return words[i].code;
        return otherwise;
}

HRESULT words_chv(unsigned sw, enum methods_words words)
{
        HRESULT code = find(chv_words, COUNT(chv_words), sw, SCARD_E_UNEXPECTED);

        if (sw >= 0x63C0 && sw <= 0x63CF) {
                if (sw == 0x63C0)
                        return SCARD_W_CHV_BLOCKED;
                return words == METHODS_CHECK ? SCARD_W_CARD_NOT_AUTHENTICATED : SCARD_W_WRONG_CHV;
        }
        return words == METHODS_PINPAD ? find(pinpad_words, COUNT(pinpad_words), sw, code) : code;
}

HRESULT words_command(unsigned sw)
{
        if (sw >> 8 == 0x61)
                return S_OK;
        if (sw >> 4 == 0x688)
                return SCARD_E_UNSUPPORTED_FEATURE;
        return find(command_words, COUNT(command_words), sw, SCARD_E_UNEXPECTED);
}

bool words_in_tables(unsigned sw)
{
        return find(chv_words, COUNT(chv_words), sw, S_FALSE) != S_FALSE ||
               find(command_words, COUNT(command_words), sw, S_FALSE) != S_FALSE ||
               find(pinpad_words, COUNT(pinpad_words), sw, S_FALSE) != S_FALSE || (sw & 0xFFF0) == 0x63C0 ||
               (sw & 0xFFF0) == 0x6880;
}
