/* card.h - for world.c: the card in a virtual reader. */
#ifndef ISCARD_TESTS_MATRIX_CARD_H
#define ISCARD_TESTS_MATRIX_CARD_H

#include "tests/matrix/world.h"

struct sim_reader;

/* false: the card has no reference 1. */
bool card_code_read(const struct sim_reader *reader, struct world_code *code);

#endif
