/*
 * cells.h - the cells of the matrix: what kinds of readers there are, with their features on and off.
 */
#ifndef ISCARD_TESTS_MATRIX_CELLS_H
#define ISCARD_TESTS_MATRIX_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include <scardcom.h>

/* What T the host itself speaks, on which depends which faults can happen. */
enum cell_host { CELL_HOST_NONE, CELL_HOST_T0, CELL_HOST_T1 };

struct cell_kind {
        const char *name;
        const char *reader; /* its part of ISCARD_SIM */
        SCARD_PROTOCOLS protocol;
        enum cell_host host;
        bool attachable;       /* false: attaching is SCARD_E_READER_UNSUPPORTED */
        unsigned exchange;     /* bits 16 to 18 of dwFeatures */
        unsigned over_control; /* bInterfaceProtocol: 0 bulk pipes, 1 ICCD version A, 2 version B */
};

struct cell {
        const struct cell_kind *kind;
        bool automatic, interrupt;
        char name[64];
        char reader[128]; /* ISCARD_SIM */
};

extern const struct cell_kind cell_kinds[];
extern const size_t cell_kinds_count;

/* All kinds with both features on and off. */
size_t cells_count(void);
void cell_get(size_t number, struct cell *cell);
void cell_make(struct cell *cell, const struct cell_kind *kind, bool automatic, bool interrupt);

/* A line of the report: on stdout, and at the end of the file that ISCARD_MATRIX_REPORT names. */
void report_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
