/*
 * status.c - the code tables: what a status word and a slot error are as SCARD_ codes. Words: status_text.c
 */
#include "core/log.h"
#include "core/status.h"

/* A status word, or all that share the bits of mask. The first row that fits counts. */
struct sw_row {
        uint16_t sw, mask;
        int32_t status;
};

static bool find_sw(const struct sw_row *rows, size_t count, uint16_t sw, int32_t *status)
{
        for (size_t i = 0; i < count; i++) {
                if ((sw & rows[i].mask) != rows[i].sw)
                        continue;
                *status = rows[i].status;
                return true;
        }
        return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a card-holder-verification command's status words say; 63Cx is code, not table. */
static const struct sw_row chv_rows[] = {
    {0x9000, 0xFFFF, SCARD_S_SUCCESS},
    {0x6300, 0xFFFF, SCARD_W_WRONG_CHV},
    {0x6700, 0xFFFF, SCARD_E_INVALID_CHV},
    {0x6A80, 0xFFFF, SCARD_E_INVALID_CHV},
    {0x6982, 0xFFFF, SCARD_W_SECURITY_VIOLATION},
    {0x6983, 0xFFFF, SCARD_W_CHV_BLOCKED},
    {0x6984, 0xFFFF, SCARD_W_CHV_BLOCKED},
    {0x6985, 0xFFFF, SCARD_W_SECURITY_VIOLATION},
    {0x6A81, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6D00, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6E00, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6884, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6882, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6881, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6A86, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6B00, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6A88, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    /* GSM: TS 51.011 9.4 */
    {0x9804, 0xFFFF, SCARD_W_WRONG_CHV},
    {0x9840, 0xFFFF, SCARD_W_CHV_BLOCKED},
    {0x9808, 0xFFFF, SCARD_W_SECURITY_VIOLATION},
    {0x9802, 0xFFFF, SCARD_E_INVALID_PARAMETER},
};

/* What a reader's PIN pad says in a status word's place. PC/SC part 10 2.5.2 */
static const struct sw_row pinpad_rows[] = {
    {0x6400, 0xFFFF, SCARD_E_TIMEOUT},
    {0x6401, 0xFFFF, SCARD_W_CANCELLED_BY_USER},
    {0x6402, 0xFFFF, SCARD_E_INVALID_CHV},
    {0x6403, 0xFFFF, SCARD_E_INVALID_CHV},
};

/* Status words of every other command. */
static const struct sw_row command_rows[] = {
    {0x9000, 0xFFFF, SCARD_S_SUCCESS},
    {0x6100, 0xFF00, SCARD_S_SUCCESS},
    /* Not 6Cxx: it was repeated, and what is left of it did nothing. */
    {0x6282, 0xFFFF, SCARD_W_EOF},
    {0x6283, 0xFFFF, SCARD_E_NO_ACCESS},
    {0x6981, 0xFFFF, SCARD_E_NO_FILE},
    {0x6982, 0xFFFF, SCARD_W_SECURITY_VIOLATION},
    {0x6985, 0xFFFF, SCARD_E_NO_ACCESS},
    {0x6986, 0xFFFF, SCARD_E_NO_FILE},
    {0x6A82, 0xFFFF, SCARD_E_FILE_NOT_FOUND},
    {0x6A83, 0xFFFF, SCARD_E_BAD_SEEK},
    {0x6A84, 0xFFFF, SCARD_E_WRITE_TOO_MANY},
    {0x6A89, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6A8A, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6B00, 0xFFFF, SCARD_E_BAD_SEEK},
    {0x6700, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6A80, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6A86, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6A87, 0xFFFF, SCARD_E_INVALID_PARAMETER},
    {0x6581, 0xFFFF, SCARD_F_COMM_ERROR},
    {0x6D00, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6E00, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6A81, 0xFFFF, SCARD_E_UNSUPPORTED_FEATURE},
    {0x6880, 0xFFF0, SCARD_E_UNSUPPORTED_FEATURE},
};

/* 63Cx: x tries are left. ISO/IEC 7816-4 5.6, table 6 */
static int32_t chv_tries(unsigned left, enum status_chv_mode mode)
{
        if (left == 0)
                return SCARD_W_CHV_BLOCKED;
        return mode == STATUS_CHV_CHECK_ONLY ? SCARD_W_CARD_NOT_AUTHENTICATED : SCARD_W_WRONG_CHV;
}

int32_t status_from_chv_sw(uint16_t sw, enum status_chv_mode mode, int *tries)
{
        int32_t status;
        int left = -1;

        if ((sw & 0xFFF0) == 0x63C0) {
                left = sw & 0x0F;
                status = chv_tries(sw & 0x0Fu, mode);
        } else if (mode == STATUS_CHV_PINPAD && find_sw(pinpad_rows, COUNT(pinpad_rows), sw, &status)) {
                left = -1;
        } else if (!find_sw(chv_rows, COUNT(chv_rows), sw, &status)) {
                status = SCARD_E_UNEXPECTED;
        }
        if (status == SCARD_W_CHV_BLOCKED)
                left = 0;
        if (tries != NULL)
                *tries = left;
        return status;
}

int32_t status_from_sw(uint16_t sw, bool directory)
{
        int32_t status;

        if (!find_sw(command_rows, COUNT(command_rows), sw, &status))
                return SCARD_E_UNEXPECTED;
        if (status == SCARD_E_FILE_NOT_FOUND && directory)
                return SCARD_E_DIR_NOT_FOUND;
        return status;
}

/* bError values. CCID 1.1 table 6.2-2 */
enum slot_error {
        COMMAND_NOT_SUPPORTED = 0x00,
        BAD_SLOT = 5,
        BAD_POWER_SELECT = 7,
        CMD_SLOT_BUSY = 0xE0,
        PIN_CANCELLED = 0xEF,
        PIN_TIMEOUT = 0xF0,
        BUSY_WITH_AUTO_SEQUENCE = 0xF2,
        DEACTIVATED_PROTOCOL = 0xF3,
        PROCEDURE_BYTE_CONFLICT = 0xF4,
        ICC_CLASS_NOT_SUPPORTED = 0xF5,
        ICC_PROTOCOL_NOT_SUPPORTED = 0xF6,
        BAD_ATR_TCK = 0xF7,
        BAD_ATR_TS = 0xF8,
        HW_ERROR = 0xFB,
        XFR_OVERRUN = 0xFC,
        XFR_PARITY_ERROR = 0xFD,
        ICC_MUTE = 0xFE,
        CMD_ABORTED = 0xFF,
};

static const struct {
        uint8_t error;
        int32_t status;
} slot_rows[] = {
    {COMMAND_NOT_SUPPORTED, SCARD_E_UNSUPPORTED_FEATURE},
    {BAD_SLOT, SCARD_E_READER_UNAVAILABLE},
    {CMD_SLOT_BUSY, SCARD_E_NOT_READY},
    {PIN_CANCELLED, SCARD_W_CANCELLED_BY_USER},
    {PIN_TIMEOUT, SCARD_E_TIMEOUT},
    {BUSY_WITH_AUTO_SEQUENCE, SCARD_E_NOT_READY},
    {DEACTIVATED_PROTOCOL, SCARD_E_PROTO_MISMATCH},
    {PROCEDURE_BYTE_CONFLICT, SCARD_F_COMM_ERROR},
    {ICC_CLASS_NOT_SUPPORTED, SCARD_W_UNSUPPORTED_CARD},
    {ICC_PROTOCOL_NOT_SUPPORTED, SCARD_W_UNSUPPORTED_CARD},
    {BAD_ATR_TCK, SCARD_W_UNSUPPORTED_CARD},
    {BAD_ATR_TS, SCARD_W_UNSUPPORTED_CARD},
    {HW_ERROR, SCARD_F_COMM_ERROR},
    {XFR_OVERRUN, SCARD_E_COMM_DATA_LOST},
    {XFR_PARITY_ERROR, SCARD_E_COMM_DATA_LOST},
    {ICC_MUTE, SCARD_W_UNRESPONSIVE_CARD},
    {CMD_ABORTED, SCARD_E_CANCELLED},
};

int32_t status_from_slot_error(uint8_t bError, bool card_absent, enum status_slot_op op)
{
        /* With no card in, a failure is its absence, unless it is about the command or the slot itself. */
        if (card_absent && bError != COMMAND_NOT_SUPPORTED && bError != BAD_SLOT && bError != CMD_SLOT_BUSY &&
            bError != CMD_ABORTED)
                return SCARD_W_REMOVED_CARD;
        /* Offset 7 is bPowerSelect in PC_to_RDR_IccPowerOn, something else in other messages. */
        if (bError == BAD_POWER_SELECT && op == STATUS_SLOT_POWER_ON)
                return SCARD_W_UNSUPPORTED_CARD;
        for (size_t i = 0; i < COUNT(slot_rows); i++)
                if (slot_rows[i].error == bError)
                        return slot_rows[i].status;
        log_line(LOG_WARN, "status", "the reader reports error 0x%02X (operation %d)", bError, (int)op);
        return SCARD_F_COMM_ERROR;
}
