/*
 * apdu.c - command APDUs taken apart and put together.
 */
#include <string.h>

#include "scarderr.h"

#include "core/apdu.h"

/* The length fields behind a short Lc. body starts at it and has len bytes, at least two. */
static int32_t parse_short(struct apdu *apdu, const uint8_t *body, size_t len)
{
        size_t nc = body[0];

        if (len != 1 + nc && len != 2 + nc)
                return SCARD_E_INVALID_PARAMETER;
        apdu->nc = nc;
        apdu->data = body + 1;
        apdu->form = APDU_CASE_3S;
        if (len == 2 + nc) {
                apdu->form = APDU_CASE_4S;
                apdu->le_present = true;
                apdu->ne = body[1 + nc] == 0 ? 256 : body[1 + nc];
        }
        return SCARD_S_SUCCESS;
}

static size_t extended_ne(const uint8_t le[2])
{
        size_t ne = (size_t)le[0] << 8 | le[1];

        return ne == 0 ? APDU_NE_MAX : ne;
}

/* body starts at the 00 that announces extended length fields and has len bytes, at least two. */
static int32_t parse_extended(struct apdu *apdu, const uint8_t *body, size_t len)
{
        size_t nc;

        if (len < 3)
                return SCARD_E_INVALID_PARAMETER;
        apdu->extended = true;
        if (len == 3) {
                apdu->form = APDU_CASE_2E;
                apdu->le_present = true;
                apdu->ne = extended_ne(body + 1);
                return SCARD_S_SUCCESS;
        }
        nc = (size_t)body[1] << 8 | body[2];
        if (nc == 0 || (len != 3 + nc && len != 5 + nc))
                return SCARD_E_INVALID_PARAMETER;
        apdu->nc = nc;
        apdu->data = body + 3;
        apdu->form = APDU_CASE_3E;
        if (len == 5 + nc) {
                apdu->form = APDU_CASE_4E;
                apdu->le_present = true;
                apdu->ne = extended_ne(body + 3 + nc);
        }
        return SCARD_S_SUCCESS;
}

/* The decoding conventions for command bodies. ISO/IEC 7816-3 12.1.3 */
static int32_t parse_body(struct apdu *apdu, const uint8_t *body, size_t len)
{
        if (len == 0) {
                apdu->form = APDU_CASE_1;
                return SCARD_S_SUCCESS;
        }
        if (len == 1) {
                apdu->form = APDU_CASE_2S;
                apdu->le_present = true;
                apdu->ne = body[0] == 0 ? 256 : body[0];
                return SCARD_S_SUCCESS;
        }
        return body[0] != 0 ? parse_short(apdu, body, len) : parse_extended(apdu, body, len);
}

int32_t apdu_parse(struct apdu *apdu, const uint8_t *bytes, size_t len)
{
        int32_t status;

        memset(apdu, 0, sizeof(*apdu));
        if (bytes == NULL || len < 4 || len > APDU_COMMAND_MAX)
                return SCARD_E_INVALID_PARAMETER;
        apdu->cla = bytes[0];
        apdu->ins = bytes[1];
        apdu->p1 = bytes[2];
        apdu->p2 = bytes[3];
        status = parse_body(apdu, bytes + 4, len - 4);
        if (status != SCARD_S_SUCCESS)
                memset(apdu, 0, sizeof(*apdu));
        return status;
}

static size_t put_lc(uint8_t *out, size_t nc, bool extended)
{
        size_t n = 0;

        if (extended) {
                out[n++] = 0;
                out[n++] = (uint8_t)(nc >> 8);
        }
        out[n++] = (uint8_t)nc;
        return n;
}

/* Ne of 256 and of 65,536 are written as zeros, and so is "all there is". */
static size_t put_le(uint8_t *out, size_t ne, bool extended, bool first_field)
{
        size_t n = 0;

        if (extended && first_field)
                out[n++] = 0;
        if (extended)
                out[n++] = (uint8_t)(ne >> 8);
        out[n++] = (uint8_t)ne;
        return n;
}

int32_t apdu_build(uint8_t *buf, size_t cap, size_t *len, const struct apdu *apdu)
{
        bool has_le = apdu->le_present || apdu->ne > 0;
        bool extended = apdu->extended || apdu->nc > 255 || apdu->ne > 256;
        size_t n = 4;
        size_t need = 4 + apdu->nc;

        *len = 0;
        if (apdu->nc > APDU_NC_MAX || apdu->ne > APDU_NE_MAX || (apdu->nc > 0 && apdu->data == NULL))
                return SCARD_E_INVALID_PARAMETER;
        if (apdu->nc > 0)
                need += extended ? 3 : 1;
        if (has_le)
                need += extended ? (apdu->nc > 0 ? 2 : 3) : 1;
        if (buf == NULL || need > cap)
                return SCARD_E_INSUFFICIENT_BUFFER;
        /* The data first: it may lie where the header will be written, when a command is built in place. */
        if (apdu->nc > 0)
                memmove(buf + 4 + (extended ? 3 : 1), apdu->data, apdu->nc);
        buf[0] = apdu->cla;
        buf[1] = apdu->ins;
        buf[2] = apdu->p1;
        buf[3] = apdu->p2;
        if (apdu->nc > 0) {
                n += put_lc(buf + n, apdu->nc, extended);
                n += apdu->nc;
        }
        if (has_le)
                n += put_le(buf + n, apdu->ne, extended, apdu->nc == 0);
        *len = n;
        return SCARD_S_SUCCESS;
}

int32_t apdu_command(uint8_t *buf, size_t cap, size_t *len, const uint8_t header[4], const uint8_t *data,
                     size_t nc, size_t ne)
{
        const struct apdu apdu = {
            .cla = header[0],
            .ins = header[1],
            .p1 = header[2],
            .p2 = header[3],
            .data = data,
            .nc = nc,
            .ne = ne,
        };

        return apdu_build(buf, cap, len, &apdu);
}
