/*
 * news.h - whether a reader's state is news to an application, by what that believes. Pure functions of two words of
 * SCARD_STATE_ bits, dwCurrentState and the state now, each with a count in its high word.
 */
#ifndef ISCARD_CORE_NEWS_H
#define ISCARD_CORE_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#define NEWS_COUNT 16 /* the shift of the high word */

/* What dwCurrentState says of the reader: without what is a remark of one side, and without the count. */
uint32_t news_believed(uint32_t current);

/* On Windows every difference is news. A high word of 0 knows no count. */
bool news_differs(uint32_t current, uint32_t state);

/*
 * In pcsc-lite only what contradicts what the application says; nothing does where it says nothing. Of
 * SCARD_STATE_UNAWARE everything is news. Source: SCardGetStatusChange of pcsc-lite 1.9.9
 */
bool news_contradicts(uint32_t current, uint32_t state);

#endif
