/* cells.c - see cells.h */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/matrix/cells.h"

const struct cell_kind cell_kinds[] = {
    {.name = "character", .reader = "level=character", .protocol = T1},
    {.name = "TPDU T=0",
     .reader = "level=tpdu,protocol=t0",
     .protocol = T0,
     .host = CELL_HOST_T0,
     .attachable = true,
     .exchange = 0x1},
    {.name = "TPDU T=1 LRC",
     .reader = "level=tpdu,protocol=t1,edc=lrc",
     .protocol = T1,
     .host = CELL_HOST_T1,
     .attachable = true,
     .exchange = 0x1},
    {.name = "TPDU T=1 CRC",
     .reader = "level=tpdu,protocol=t1,edc=crc",
     .protocol = T1,
     .host = CELL_HOST_T1,
     .attachable = true,
     .exchange = 0x1},
    {.name = "short APDU",
     .reader = "level=short-apdu,protocol=t1",
     .protocol = T1,
     .attachable = true,
     .exchange = 0x2},
    {.name = "extended APDU",
     .reader = "level=extended-apdu,protocol=t1",
     .protocol = T1,
     .attachable = true,
     .exchange = 0x4},
    {.name = "ICCD-A", .reader = "iccd=a", .protocol = T0, .attachable = true, .over_control = 1},
    {.name = "ICCD-B",
     .reader = "iccd=b",
     .protocol = T1,
     .attachable = true,
     .exchange = 0x2,
     .over_control = 2},
};
const size_t cell_kinds_count = sizeof(cell_kinds) / sizeof(cell_kinds[0]);

size_t cells_count(void)
{
        return cell_kinds_count * 4;
}

void cell_make(struct cell *cell, const struct cell_kind *kind, bool automatic, bool interrupt)
{
        cell->kind = kind;
        cell->automatic = automatic;
        cell->interrupt = interrupt;
        (void)snprintf(cell->name, sizeof(cell->name), "%s, %s, %s", kind->name,
                       automatic ? "automatic" : "not automatic", interrupt ? "interrupt" : "no interrupt");
        (void)snprintf(cell->reader, sizeof(cell->reader), "%s,auto=%s,interrupt=%d", kind->reader,
                       automatic ? "all" : "none", interrupt);
}

void cell_get(size_t number, struct cell *cell)
{
        cell_make(cell, &cell_kinds[number / 4], number % 4 < 2, number % 2 == 0);
}

void report_line(const char *format, ...)
{
        const char *path = getenv("ISCARD_MATRIX_REPORT");
        FILE *file = path != NULL ? fopen(path, "a") : NULL;
        va_list args;

        va_start(args, format);
        (void)vprintf(format, args);
        va_end(args);
        (void)printf("\n");
        (void)fflush(stdout);
        if (file == NULL)
                return;
        va_start(args, format);
        (void)vfprintf(file, format, args);
        va_end(args);
        (void)fprintf(file, "\n");
        (void)fclose(file);
}
