/*
 * handles.h - the table behind SCARDCONTEXT and SCARDHANDLE: opaque numbers, validated on every call, counted
 * while in use, never given out twice.
 *
 * A handle is reserved (nobody can find it), published (live), closed (nobody new finds it), and its object
 * is destroyed when the last use of it ends. So one thread may close what another is using.
 */
#ifndef ISCARD_CORE_HANDLES_H
#define ISCARD_CORE_HANDLES_H

#include <stdbool.h>
#include <stdint.h>

enum handle_kind { HANDLE_CONTEXT, HANDLE_CARD };

/*
 * Takes a place in the table for object. The caller holds one use of it and ends it with handle_release;
 * destroy(object) runs, in whichever thread ends the last use, once the handle is not live.
 * SCARD_E_NO_MEMORY: destroy does not run. *handle is 0 then.
 */
int32_t handle_reserve(enum handle_kind kind, void *object, void (*destroy)(void *object), uintptr_t *handle);
/* Makes a reserved handle live. */
void handle_publish(uintptr_t handle);
/*
 * The object of a live handle, with one more use counted. NULL, and *status: SCARD_E_INVALID_HANDLE (not
 * live, or of the other kind), SCARD_E_NO_SERVICE (made before a fork, see handle_disown).
 */
void *handle_acquire(uintptr_t handle, enum handle_kind kind, int32_t *status);
/* One more use, by one who has a use of it already. */
void handle_hold(uintptr_t handle);
/* True for the one caller that ended a live handle. The caller has a use of it. */
bool handle_close(uintptr_t handle);
void handle_release(uintptr_t handle);
/* In the child of a fork: from now on every live handle answers SCARD_E_NO_SERVICE. Async-signal-safe. */
void handle_disown(void);

#endif
