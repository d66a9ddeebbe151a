/*
 * words.h - the status words of a card and what they mean as HRESULTs: the two tables of the specification, written
 * down once more, apart from src/core/status.c.
 */
#ifndef ISCARD_TESTS_WORDS_H
#define ISCARD_TESTS_WORDS_H

#include <stdbool.h>

#include "tests/support/methods.h"

/* Under the sanitizers, where a run over all words takes long. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define WORDS_SLOW 1
#else
#define WORDS_SLOW 0
#endif

/* Of a card-holder-verification command: METHODS_CHV, METHODS_CHECK or METHODS_PINPAD. */
HRESULT words_chv(unsigned sw, enum methods_words words);
/* Of any other command. */
HRESULT words_command(unsigned sw);
/* Whether a table names it. */
bool words_in_tables(unsigned sw);

#endif
