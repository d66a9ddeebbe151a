/*
 * attached.h - a manager that is attached to a virtual reader, a second handle on the same card, and what tests of
 * the objects made from it need.
 */
#ifndef ISCARD_TESTS_ATTACHED_H
#define ISCARD_TESTS_ATTACHED_H

#include <stddef.h>
#include <stdint.h>

#include <scardcom.h>
#include <winscard.h>

#define ATTACHED_READER u"libiscard Virtual CCID Reader 00 00"

struct attached {
        ISCardManage *manage;
        SCARDCONTEXT context;
        SCARDHANDLE second; /* shared */
};

/* A new card in a reader of this configuration; fails the test where that does not work. */
void attached_begin(struct attached *attached, const char *reader);
/* Releases all; the manager's last reference is checked. */
void attached_end(struct attached *attached);
HRESULT attached_attach(struct attached *attached);
/* Sends a command, in hexadecimal digits, through the second handle; the status word. */
unsigned attached_other(struct attached *attached, const char *command);
/* The right code of a reference, global or local. */
void attached_verify(struct attached *attached, LONG number, SCARD_FLAGS flags);

/* The thread's error object, which is taken, has a text that begins so. */
void attached_error_begins(const OLECHAR *begin);

/* Hexadecimal digits to bytes; how many. Spaces do not count. */
size_t bytes_of(const char *digits, uint8_t *out, size_t room);
/* The content of a buffer, which is released. */
size_t taken_from(IByteBuffer *buffer, uint8_t *out, size_t room);

#endif
