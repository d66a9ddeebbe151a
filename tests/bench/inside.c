/*
 * inside.c - the figures for which no bus is needed: what the layers cost (cost.c), readers at once (scale.c), and what
 * waiting costs (idle.c).
 * A program of its own: it reaches what the library does not export, and nothing counts its allocations.
 * Exit status 0: within every limit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "idle.h"
#include "measure.h"
#include "scale.h"
#include "table.h"

/* Virtual readers alone from now on, count of them. */
static void use_readers(unsigned count)
{
        static char text[SCALE_READERS * sizeof(SCALE_READER)];
        char *at = text;
        for (unsigned i = 0; i < count; i++) {
                at = stpcpy(at, SCALE_READER);
                *at++ = ';';
        }
        at[-1] = '\0';
        measure_must("setenv", setenv("ISCARD_SIM", text, 1));
}

int main(void)
{
        use_readers(1);
        cost_engine();
        cost_objects();
        use_readers(SCALE_READERS);
        scale_measure();
        use_readers(IDLE_READERS);
        idle_measure();
        (void)printf("\n%d over their limit\n", table_over());
        return table_exit();
}
