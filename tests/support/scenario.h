/*
 * scenario.h - the life of an attachment on the virtual reader, step by step, through the objects: what the
 * demo shows. Run as it is (test_scenario) and with each allocation failing in turn (test_oom).
 */
#ifndef ISCARD_TESTS_SCENARIO_H
#define ISCARD_TESTS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include <scardcom.h>
#include <winscard.h>

struct scenario {
        ISCardManage *manage;
        ISCardVerify *verify;
        ISCardUnblockData *unblock;
        IByteBuffer *right, *wrong, *puk;
        LONG number; /* of the unblock data */
        SCARDCONTEXT context;
        SCARDHANDLE second;
        SCARD_STATES state;
        SCARD_PROTOCOLS protocol, wanted_protocol;
        bool initialized;
};

struct scenario_step {
        const char *name;
        HRESULT (*run)(struct scenario *s);
        HRESULT wanted;
        /*
         * One command to the card, or none: when it fails for lack of memory nothing has been sent. HAND: the
         * test moves card or plug, no function of the library is called.
         */
        enum scenario_kind { SCENARIO_COMMAND, SCENARIO_MORE, SCENARIO_HAND } kind;
};

extern const struct scenario_step scenario_steps[];
extern const size_t scenario_steps_count;

/*
 * ISCARD_SIM is set to reader, and the card is as delivered: call it while nothing is attached. reader: an
 * iso card behind it, which talks protocol.
 */
void scenario_begin(struct scenario *s, const char *reader, SCARD_PROTOCOLS protocol);
/* Releases what the steps left. */
void scenario_end(struct scenario *s);

#endif
