/*
 * marshal.h - one argument of IDispatch::Invoke: does a VARIANT fit a parameter, the value it says, the output
 * it takes.
 */
#ifndef ISCARD_COM_MARSHAL_H
#define ISCARD_COM_MARSHAL_H

#include <oleauto.h>

#include "com/dispatch.h"

#define MARSHAL_MISMATCH (-1)

/*
 * VT_ERROR with DISP_E_PARAMNOTFOUND: the way to leave out an argument that others follow. Visual Basic passes such a
 * value on, by reference, where its own caller left the argument out.
 */
bool marshal_is_missing(const struct dispatch_param *param, const VARIANT *argument);
/* How far argument is from what the parameter is declared as: 0 that very type; MARSHAL_MISMATCH no way. */
int marshal_distance(const struct dispatch_param *param, const VARIANT *argument);

/* Whether somebody works on the array in a variable: what comes out could not take its place. */
bool marshal_is_locked(const VARIANT *argument);

/*
 * The value of argument, which fits; bytes are only looked at. DISP_E_TYPEMISMATCH, DISP_E_OVERFLOW,
 * E_OUTOFMEMORY. What was taken is given back by marshal_free, also after a failure.
 */
HRESULT marshal_load(const struct dispatch_param *param, const VARIANT *argument,
                     struct dispatch_value *value);
/* Room for bytes that the method puts out, in the array that becomes the output: nothing can fail after the call.
 * DISP_E_OVERFLOW, E_OUTOFMEMORY. */
HRESULT marshal_room(struct dispatch_value *value, LONG size);
/*
 * The output value as a VARIANT, which owns it; bytes: how many of them were put out. VT_EMPTY after a
 * failure: E_OUTOFMEMORY. What was not handed over is still given back by marshal_free.
 */
HRESULT marshal_output(const struct dispatch_param *param, struct dispatch_value *value, LONG bytes,
                       VARIANT *made);
/*
 * made, which is taken over also on failure, into the variable that argument (which fits) refers to, where what it
 * held is freed. DISP_E_OVERFLOW, DISP_E_TYPEMISMATCH, DISP_E_ARRAYISLOCKED, E_OUTOFMEMORY: the variable is as it was.
 */
HRESULT marshal_store(VARIANT *made, const VARIANT *argument);
/* Gives back what the value still has. */
void marshal_free(const struct dispatch_param *param, struct dispatch_value *value);

#endif
