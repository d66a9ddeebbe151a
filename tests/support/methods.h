/*
 * methods.h - every method that can be called late-bound, of every interface in both forms, with arguments that
 * work, as a table: for tests of what is true of all methods. A row is called through the vtable, or by Invoke.
 *
 * The objects stand on a winscard of the caller's choice: on the virtual iso card of the engine, or on
 * fake_winscard with methods_answer for a card.
 */
#ifndef ISCARD_TESTS_METHODS_H
#define ISCARD_TESTS_METHODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <scardcom.h>
#include <scardcom_xp.h>

#include "com/dispatch.h"
#include "core/card/winscard_api.h"

enum methods_buffer {
        METHODS_CODE,      /* "1234", the code of reference 1 */
        METHODS_DATA,      /* 8 bytes */
        METHODS_RECORD,    /* 16 bytes */
        METHODS_REFERENCE, /* 01: P2 of a key */
        METHODS_KEY,       /* 01 and key 1 */
        METHODS_BLOCK,     /* 8 bytes, or the cryptogram that a row's moment put there */
        METHODS_PUK,       /* "12345678", which unblocks reference 1 */
        METHODS_BUFFERS
};

enum methods_file {
        METHODS_BYTES,    /* /0011/6F01, at 5 */
        METHODS_FAR,      /* /2F21, at 32,768: behind what the even instructions reach */
        METHODS_RECORDS,  /* /2F30, at record 1 */
        METHODS_APPENDED, /* /2F31, at its end */
        METHODS_ORED,     /* /2F41, of which WRITE is OR */
        METHODS_SHORT,    /* short identifier 1 of /0011 */
        METHODS_FILES
};

/* The objects of one run, attached to the card by AttachByIFD. */
struct methods_bench {
        const struct winscard_api *api;
        ISCardManage *manage;
        ISCardVerify *verify;
        ISCardFileAccess *files; /* the current directory is /0011 */
        ISCardAuth *auth;
        IByteBuffer *buffer; /* the one that methods are called on: "abcdefgh", at 3 */
        ISCardUnblockData *unblock;
        IByteBuffer *buffers[METHODS_BUFFERS];
        HSCARD_FILE file[METHODS_FILES];
        LONG data; /* of SetUnblockData */
        IStream *stream;
        SCARDHANDLE handle; /* that AttachByHandle takes */
};

/* handle: of the program's own, for AttachByHandle. What goes wrong ends the program. */
void methods_begin(struct methods_bench *bench, const struct winscard_api *api, SCARDHANDLE handle);
void methods_end(struct methods_bench *bench);
/* Every file back to where it was. */
void methods_rewind(struct methods_bench *bench);
/* Moments: a challenge, and the cryptogram for it in METHODS_BLOCK. */
void methods_external(struct methods_bench *bench);
void methods_mutual(struct methods_bench *bench);

/* ---- the table */

struct methods_arg {
        enum methods_give {
                METHODS_NONE, /* NULL; late-bound: missing */
                METHODS_OUT,  /* a variable that holds nothing */
                METHODS_NUMBER,
                METHODS_TEXT,
                METHODS_HEX, /* bytes, or a table */
                METHODS_GUID,
                METHODS_BUFFER,
                METHODS_FILE,
                METHODS_HANDLE, /* that AttachByHandle takes */
                METHODS_UNBLOCK,
                METHODS_STREAM,
        } give;
        LONG number;         /* also: which buffer or file */
        const OLECHAR *text; /* also of a GUID */
        const char *hex;
};

/* What the status word of a row's command means: the two tables of hresult.md. */
enum methods_words {
        METHODS_NO_WORDS, /* it has no command besides SELECT */
        METHODS_CHV,
        METHODS_CHECK,
        METHODS_PINPAD, /* of an entry on the reader's PIN pad, which has to be there */
        METHODS_COMMAND,
        METHODS_LOG_OUT,  /* where it does not work the card is reset */
        METHODS_OPTIONAL, /* whatever the card says is well */
};

/* What SELECT is for, in the rows that begin with it: what its status words mean. */
enum methods_select {
        METHODS_NO_SELECT,
        METHODS_SELECT_FILE,
        METHODS_SELECT_DIR,
        METHODS_SELECT_ANY, /* deactivated too */
        METHODS_SELECT_OPTIONAL,
};

struct methods_row {
        const struct dispatch_interface *interface;
        const char *method;
        const char *variant; /* "": the plain one */
        WORD kind;           /* of a property; 0: DISPATCH_METHOD */
        struct methods_arg args[DISPATCH_PARAMS_MAX];
        HRESULT wanted;
        void (*prepare)(struct methods_bench *bench); /* before the call is made */
        void (*moment)(struct methods_bench *bench);  /* and the last thing before it is run */
        bool each; /* prepare is due before each call: it uses up what was prepared */
        enum methods_words words;
        enum methods_select select;
        uint8_t ins;    /* the command that is the row's */
        HRESULT played; /* with methods_answer, at 9000 */
        HRESULT empty;  /* where the status word is a success and brings no data */
        /* Lack of memory may show after commands, which change nothing that anybody sees: what comes back is only
         * then known. */
        bool asks;
        bool keeps;       /* part of what a failed call made stays with the object, until it ends */
        bool played_only; /* not for the virtual card */
};

extern const struct methods_row methods_rows[];
extern const size_t methods_rows_len;

/* Of its interface's table; NULL: there is no such method. */
const struct dispatch_method *methods_find(const struct methods_row *row);
/* "ISCardVerify::Verify, CHECKONLY" */
const char *methods_name(const struct methods_row *row);
/* Every late-bound interface; NULL behind the last. slots: of its vtable. */
struct methods_interface {
        const struct dispatch_interface *interface;
        size_t slots, base; /* those of IUnknown and IDispatch */
};
extern const struct methods_interface methods_interfaces[];
/* Whether every method of the interface has a row, and every slot a method. */
void methods_check_complete(void);

/* ---- one call */

enum methods_way { METHODS_VTABLE, METHODS_INVOKE, METHODS_INVOKE_RESULT, METHODS_WAYS };

struct methods_call {
        struct methods_bench *bench;
        const struct methods_row *row;
        const struct dispatch_method *method;
        enum methods_way way;
        void *iface;
        struct dispatch_value values[DISPATCH_PARAMS_MAX]; /* through the vtable */
        VARIANTARG args[DISPATCH_PARAMS_MAX];              /* by Invoke, the last one first */
        VARIANT out[DISPATCH_PARAMS_MAX];
        LONG numbers[DISPATCH_PARAMS_MAX];
        IDispatch *objects[DISPATCH_PARAMS_MAX];
        SAFEARRAY *arrays[DISPATCH_PARAMS_MAX];
        uint8_t bytes[64];
        VARIANT result;
        UINT bad;
};

/* false: the row cannot be called that way. */
bool methods_call_make(struct methods_call *call, struct methods_bench *bench, const struct methods_row *row,
                       enum methods_way way);
/* What the method returned: by Invoke the code in the EXCEPINFO. May be repeated. */
HRESULT methods_call_run(struct methods_call *call);
/* Whether a failed call handed nothing out. */
bool methods_call_empty(const struct methods_call *call);
/* Lets go what the method handed out. */
void methods_call_clear(struct methods_call *call);
void methods_call_free(struct methods_call *call);

/* ---- a card for fake_winscard on which every row works */

/* SW1 SW2 of commands with this instruction; the others are answered as they should be. 0: of none. */
extern uint8_t methods_ins;
extern uint16_t methods_sw;
size_t methods_answer(const uint8_t *command, size_t len, uint8_t *response, size_t room);

#endif
