/*
 * fcp.h - file control parameters: what a card says of a file when it is selected. Pure functions, no state.
 * Source: ISO/IEC 7816-4:2013 5.3.3, tables 10 to 14; 3GPP TS 51.011 9.2.1.
 */
#ifndef ISCARD_CARD_FCP_H
#define ISCARD_CARD_FCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FCP_NAME_MAX 16u /* bytes of a DF name */

enum fcp_kind {
        FCP_UNKNOWN, /* the card does not say */
        FCP_DIRECTORY,
        FCP_TRANSPARENT,
        FCP_FIXED,    /* linear, records of one length */
        FCP_VARIABLE, /* linear, records of their own lengths */
        FCP_CYCLIC,
        FCP_OTHER, /* a file that no command of files.h reads */
};

/* What WRITE does to what was there. 7816-4 table 12: data coding byte, bits 7 and 6 */
enum fcp_write { FCP_WRITE_UNKNOWN, FCP_WRITE_ONCE, FCP_WRITE_OWN, FCP_WRITE_OR, FCP_WRITE_AND };

struct fcp {
        enum fcp_kind kind;
        enum fcp_write write;
        bool has_size, has_id, has_records;
        uint32_t size;    /* bytes of data, without structure */
        uint16_t id;      /* file identifier */
        uint8_t name_len; /* of the DF name; 0: none */
        uint8_t name[FCP_NAME_MAX];
        uint16_t record_size; /* of every record, or the most; 0: not said */
        uint32_t records;     /* how many */
        bool deactivated;     /* the life cycle status says so */
};

/*
 * The answer to SELECT: an FCI or FCP template (tags 6F, 62; one in the other, too), or its objects without
 * one. Fills *fcp in every case; objects that make no sense are left out. false: the bytes are no data
 * objects. *objects: those inside the template, in data; NULL and 0 where there are none.
 */
bool fcp_parse(struct fcp *fcp, const uint8_t *data, size_t len, const uint8_t **objects,
               size_t *objects_len);
/* The same for the answer of a GSM card, which is no BER-TLV. */
bool fcp_parse_gsm(struct fcp *fcp, const uint8_t *data, size_t len);
/* A file that is read and written by record. */
bool fcp_has_records(const struct fcp *fcp);

#endif
