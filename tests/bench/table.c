#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "table.h"

static int over;

static const char *verdict(bool within)
{
        if (!within)
                over++;
        return within ? "ok" : "OVER";
}

void table_section(const char *title, const char *against)
{
        (void)printf("\n%-56s %10s %12s %7s %6s\n", title, "ours", against, "ratio", "limit");
}

void table_ratio(const char *what, double ours, double other, double limit)
{
        double ratio = other > 0 ? ours / other : 0;
        (void)printf("  %-54s %10.2f %12.2f %7.3f", what, ours, other, ratio);
        if (limit > TABLE_NO_LIMIT)
                (void)printf(" %6.2f  %s", limit, verdict(ratio > 0 && ratio <= limit));
        (void)printf("\n");
}

void table_at_least(const char *what, double ours, double other, double limit)
{
        double ratio = other > 0 ? ours / other : 0;
        (void)printf("  %-54s %10.2f %12.2f %7.3f >=%4.2f  %s\n", what, ours, other, ratio, limit,
                     verdict(ratio >= limit));
}

void table_value(const char *what, double ours, double limit)
{
        (void)printf("  %-54s %10.2f %12s %7s %6.2f  %s\n", what, ours, "", "", limit,
                     verdict(ours <= limit));
}

void table_note(const char *text)
{
        (void)printf("  %s\n", text);
}

void table_skipped(const char *what, const char *why)
{
        (void)printf("  %s: skipped: %s\n", what, why);
}

int table_over(void)
{
        return over;
}

/* Speed depends on what else the machine does: a figure over its limit is a failure only for one who asks. */
int table_exit(void)
{
        return over > 0 && getenv("BENCH_STRICT") != NULL ? EXIT_FAILURE : EXIT_SUCCESS;
}
