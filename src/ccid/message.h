/*
 * message.h - CCID bulk and interrupt messages: building and checking the bytes. Pure: no I/O, no state.
 * Source: CCID 1.1 6.1 (bulk out), 6.2 (bulk in), 6.3 (interrupt in).
 */
#ifndef ISCARD_CCID_MESSAGE_H
#define ISCARD_CCID_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ifd.h"

#define MESSAGE_HEADER_LEN 10u

/* bMessageType of what the host sends. CCID 1.1 table 6.1-1 */
#define MESSAGE_SET_PARAMETERS   0x61
#define MESSAGE_POWER_ON         0x62
#define MESSAGE_POWER_OFF        0x63
#define MESSAGE_GET_SLOT_STATUS  0x65
#define MESSAGE_SECURE           0x69
#define MESSAGE_ESCAPE           0x6B
#define MESSAGE_GET_PARAMETERS   0x6C
#define MESSAGE_RESET_PARAMETERS 0x6D
#define MESSAGE_XFR_BLOCK        0x6F
#define MESSAGE_MECHANICAL       0x71
#define MESSAGE_ABORT            0x72
#define MESSAGE_SET_RATE         0x73 /* SetDataRateAndClockFrequency */

/* bMessageType of what the reader sends. CCID 1.1 tables 6.2-1 and 6.3-1 */
#define MESSAGE_DATA_BLOCK         0x80
#define MESSAGE_SLOT_STATUS        0x81
#define MESSAGE_PARAMETERS         0x82
#define MESSAGE_ESCAPE_ANSWER      0x83
#define MESSAGE_RATE               0x84 /* DataRateAndClockFrequency */
#define MESSAGE_NOTIFY_SLOT_CHANGE 0x50
#define MESSAGE_HARDWARE_ERROR     0x51

/* Class-specific control requests. CCID 1.1 5.3 */
#define MESSAGE_CONTROL_OUT           0x21 /* bmRequestType: to the interface */
#define MESSAGE_CONTROL_IN            0xA1 /* bmRequestType: from the interface */
#define MESSAGE_CONTROL_ABORT_REQUEST 0x01 /* goes with MESSAGE_ABORT */
#define MESSAGE_CONTROL_GET_CLOCKS    0x02 /* GET_CLOCK_FREQUENCIES */
#define MESSAGE_CONTROL_GET_RATES     0x03 /* GET_DATA_RATES */

/* bmCommandStatus and bmICCStatus in bStatus. CCID 1.1 table 6.2-3 */
enum message_outcome { MESSAGE_DONE = 0, MESSAGE_FAILED = 1, MESSAGE_TIME_EXTENSION = 2 };
enum message_icc { MESSAGE_ICC_ACTIVE = 0, MESSAGE_ICC_INACTIVE = 1, MESSAGE_ICC_ABSENT = 2 };

#define MESSAGE_ERROR_SLOT_BUSY 0xE0 /* CMD_SLOT_BUSY. CCID 1.1 table 6.2-2 */
#define MESSAGE_ERROR_ABORTED   0xFF /* CMD_ABORTED */

/* wLevelParameter of XfrBlock and bChainParameter of its answer, at the extended APDU level. CCID 1.1 6.1.4,
 * 6.2.1 */
enum message_chain {
        MESSAGE_CHAIN_WHOLE = 0x00,
        MESSAGE_CHAIN_BEGIN = 0x01,
        MESSAGE_CHAIN_END = 0x02,
        MESSAGE_CHAIN_MIDDLE = 0x03,
        MESSAGE_CHAIN_GO_ON = 0x10 /* no data: the other side's chain is to continue */
};

/* Writes the header of a message with data_len bytes behind it; bytes 7 to 9 depend on the type. */
void message_header(uint8_t header[MESSAGE_HEADER_LEN], uint8_t type, uint8_t bSlot, uint8_t bSeq,
                    size_t data_len, const uint8_t specific[3]);

/* One answer of a reader, taken apart. data points into the bytes that were checked. */
struct message_answer {
        uint8_t bMessageType, bSlot, bSeq;
        enum message_outcome outcome;
        enum message_icc icc;
        uint8_t bError;
        uint8_t byte9; /* bChainParameter, bClockStatus or bProtocolNum */
        const uint8_t *data;
        size_t data_len; /* bytes */
};

/*
 * Whether bytes are one whole answer: a known type, dwLength equal to what is behind the header, values of
 * bStatus that exist. Says nothing of slot and sequence. false leaves answer zeroed.
 */
bool message_read(const uint8_t *bytes, size_t len, struct message_answer *answer);

/* The type of the answer that a command gets; 0 for what is none. */
uint8_t message_answer_type(uint8_t command);

#define MESSAGE_PARAMETERS_MAX 7u /* bytes: abProtocolDataStructure of T=1; that of T=0 has 5 */

/* abProtocolDataStructure of SetParameters. Returns its length; 0: there is no such protocol. CCID 1.1 6.1.7
 */
size_t message_put_parameters(const struct ifd_parameters *parameters, uint8_t data[MESSAGE_PARAMETERS_MAX]);
/* The same, read from an answer. false: too short, or another protocol; parameters is zeroed. CCID 1.1 6.2.3
 */
bool message_get_parameters(const struct message_answer *answer, struct ifd_parameters *parameters);

/* Four bytes, the lowest first, as all numbers of CCID. */
void message_put32(uint8_t bytes[4], uint32_t value);
uint32_t message_get32(const uint8_t bytes[4]);

/* One slot in a NotifySlotChange message. false: the message does not reach that slot. CCID 1.1 6.3.1 */
bool message_slot_change(const uint8_t *bytes, size_t len, unsigned slot, bool *present, bool *changed);

#endif
