/*
 * table.h - the figures as they are printed: what was measured, ours, what it stands against, and the limit.
 */
#ifndef ISCARD_BENCH_TABLE_H
#define ISCARD_BENCH_TABLE_H

#define TABLE_NO_LIMIT 0.0

/* A line above the rows that follow. against: what the second column is for them. */
void table_section(const char *title, const char *against);
/* ours / other may be limit at most; TABLE_NO_LIMIT: it is printed, and nobody judges it. other 0: nothing was
 * measured, and that is over. */
void table_ratio(const char *what, double ours, double other, double limit);
/* ours / other has to be limit at least. */
void table_at_least(const char *what, double ours, double other, double limit);
/* ours itself may be limit at most. */
void table_value(const char *what, double ours, double limit);
void table_note(const char *text);
/* A line in place of the rows that could not be measured here. */
void table_skipped(const char *what, const char *why);
/* Rows over their limit so far. */
int table_over(void);
/* What the program exits with: failure where rows are over their limit and BENCH_STRICT is set. */
int table_exit(void);

#endif
