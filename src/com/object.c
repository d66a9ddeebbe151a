/* object.c - how many objects of the library live. */

#include "com/object.h"

static atomic_uint live_objects;

void object_count_add(void)
{
        atomic_fetch_add(&live_objects, 1);
}

void object_count_sub(void)
{
        atomic_fetch_sub(&live_objects, 1);
}

unsigned object_count(void)
{
        return atomic_load(&live_objects);
}
