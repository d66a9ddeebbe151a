/*
 * attach.h - the COM objects that a verb works with: an ISCardManage attached to the reader that is meant,
 * and an ISCardVerify made from it.
 */
#ifndef ISCARD_TOOL_ATTACH_H
#define ISCARD_TOOL_ATTACH_H

#include <scardcom.h>

#include "core/card/chv.h"
#include "tools/iscard/ask.h"
#include "tools/iscard/reader.h"
#include "tools/iscard/tool.h"

struct attach {
        struct reader_list list;
        const struct reader *reader;
        bool initialized;
        ISCardManage *manage;
        ISCardVerify *verify;
        HRESULT hr; /* of AttachByIFD */
};

/*
 * Chooses the reader, makes a manager, attaches it by the reader's name and makes a verification object.
 * TOOL_OK; TOOL_HRESULT with the failing line printed (json: as the verb's object); TOOL_USAGE; TOOL_FAILURE.
 * attach_close is due in every case.
 */
int attach_open(struct attach *attach, const struct options *options);
/* Chooses the reader and makes the manager, without attaching. */
int attach_prepare(struct attach *attach, const struct options *options);
/* AttachByIFD by the name of the chosen reader; prints nothing. */
HRESULT attach_now(struct attach *attach);
void attach_close(struct attach *attach);

/* SC_FL_IHV_GLOBAL, SC_FL_IHV_LOCAL as given; where nothing was given at all, *ref is the card's usual code.
 */
SCARD_FLAGS attach_flags(struct attach *attach, const struct options *options, LONG *ref);

/*
 * A byte buffer that holds a code; the line is wiped. NULL: no memory. attach_buffer_free wipes what it held.
 */
IByteBuffer *attach_buffer(struct ask_line *line);
void attach_buffer_free(IByteBuffer *buffer);

/*
 * Whether codes are typed on the reader's own keys: it has them, and --code-fd was not given. Says on the standard error what
 * to type there. two: the command takes two codes.
 */
bool attach_pinpad(struct attach *attach, const struct options *options, bool two, const char *what);

/* Prints the result of one method (NULL: none was called), in JSON as an object of its own; TOOL_OK for a success code, else
 * TOOL_HRESULT. */
int attach_report(const struct attach *attach, const struct options *options, const char *method, HRESULT hr,
                  const struct card_last *last);
/* What is known of the verification object's last card command. */
struct card_last attach_last(const struct attach *attach);

#endif
