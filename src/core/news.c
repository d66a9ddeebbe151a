#include "winscard.h"

#include "core/news.h"

#define STATE_BITS    0xFFFFu
#define STATE_REMARKS (SCARD_STATE_IGNORE | SCARD_STATE_CHANGED | SCARD_STATE_ATRMATCH)
#define STATE_USE     (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)

uint32_t news_believed(uint32_t current)
{
        return current & STATE_BITS & ~STATE_REMARKS;
}

static bool count_differs(uint32_t current, uint32_t state)
{
        uint32_t count = current >> NEWS_COUNT;

        return count != 0 && count != state >> NEWS_COUNT;
}

bool news_differs(uint32_t current, uint32_t state)
{
        return news_believed(current) != (state & STATE_BITS) || count_differs(current, state);
}

static bool presence_contradicts(uint32_t current, uint32_t state)
{
        if ((state & SCARD_STATE_EMPTY) != 0)
                return (current & SCARD_STATE_PRESENT) != 0;
        if ((state & SCARD_STATE_PRESENT) == 0)
                return false;
        return (current & SCARD_STATE_EMPTY) != 0 || ((state ^ current) & SCARD_STATE_MUTE) != 0;
}

/* That a card has come into use, or is used exclusively now, is nothing to one who did not speak of it. */
static bool use_contradicts(uint32_t current, uint32_t state)
{
        if ((state & SCARD_STATE_EXCLUSIVE) != 0)
                return (current & SCARD_STATE_INUSE) != 0;
        if ((state & SCARD_STATE_INUSE) != 0)
                return (current & SCARD_STATE_EXCLUSIVE) != 0;
        return (current & STATE_USE) != 0;
}

bool news_contradicts(uint32_t current, uint32_t state)
{
        if ((state & SCARD_STATE_UNKNOWN) != 0) /* unplugged */
                return (current & SCARD_STATE_UNKNOWN) == 0;
        if ((state & SCARD_STATE_UNAVAILABLE) != 0)
                return (current & (SCARD_STATE_UNAVAILABLE | SCARD_STATE_UNKNOWN)) != SCARD_STATE_UNAVAILABLE;
        return current == SCARD_STATE_UNAWARE ||
               (current & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0 ||
               count_differs(current, state) || presence_contradicts(current, state) ||
               use_contradicts(current, state);
}
