/*
 * cost.h - what the layers cost, each over the call below it: the engine over its driver, the objects over the
 * engine, through the vtable and late bound.
 */
#ifndef ISCARD_BENCH_COST_H
#define ISCARD_BENCH_COST_H

/* Prints their rows. While no context is established; cost_objects: ISCARD_SIM has one reader. */
void cost_engine(void);
void cost_objects(void);

#endif
