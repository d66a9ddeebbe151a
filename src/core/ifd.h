/*
 * ifd.h - the seam between the engine and a reader driver: an interface device (IFD) with one or more slots.
 *
 * The engine knows readers only through this header; src/ccid implements it. Status values are SCARD_ codes.
 *
 * Threads and locks, for every operation that takes a slot: the engine calls from the thread of the
 * application, at most one such call per slot at a time (open, close and destroy: at most one per device,
 * none of the others under way), holding no lock that another slot needs. Operations on different slots of a
 * device may come at once; the driver serialises them where the device cannot work in parallel
 * (bMaxCCIDBusySlots). get_status with ask = false and abort may come at any time, from any thread, beside
 * everything else but destroy.
 */
#ifndef ISCARD_CORE_IFD_H
#define ISCARD_CORE_IFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IFD_ATR_MAX   33  /* bytes: ISO/IEC 7816-3 8.2.1 */
#define IFD_TEXT_MAX  127 /* bytes of UTF-8 kept of a USB string, without the NUL */
#define IFD_SLOTS_MAX 16

/* The level of exchange a reader offers. CCID 1.1 table 5.1-1, dwFeatures bits 16 to 18 */
enum ifd_exchange {
        IFD_EXCHANGE_CHARACTER,
        IFD_EXCHANGE_TPDU,
        IFD_EXCHANGE_SHORT_APDU,
        IFD_EXCHANGE_EXTENDED_APDU
};

/* What the reader does by itself; what it does not is the host's work. The bits are those of dwFeatures. */
#define IFD_AUTO_PARAMETERS 0x00000002u /* ICC parameters from the ATR */
#define IFD_AUTO_ACTIVATION 0x00000004u
#define IFD_AUTO_VOLTAGE    0x00000008u
#define IFD_AUTO_CLOCK      0x00000010u
#define IFD_AUTO_BAUD       0x00000020u
#define IFD_AUTO_NEGOTIATE  0x00000040u
#define IFD_AUTO_PPS        0x00000080u
#define IFD_CLOCK_STOP      0x00000100u
#define IFD_NAD             0x00000200u
#define IFD_AUTO_IFSD       0x00000400u

/* Constant for as long as the device is plugged in. */
struct ifd_info {
        char manufacturer[IFD_TEXT_MAX + 1]; /* UTF-8; empty where the device says nothing */
        char product[IFD_TEXT_MAX + 1];
        char serial[IFD_TEXT_MAX + 1];
        uint16_t vendor_id, product_id;
        uint16_t firmware;   /* bcdDevice */
        uint32_t channel_id; /* 0x0020 DDDD, bus and address: SCARD_ATTR_CHANNEL_ID */
        unsigned slots;      /* 1 to IFD_SLOTS_MAX */
        enum ifd_exchange exchange;
        uint32_t features;  /* dwFeatures */
        uint32_t protocols; /* bit 0: T=0, bit 1: T=1, as SCARD_PROTOCOL_ */
        uint32_t clock_khz, max_clock_khz;
        uint32_t data_rate_bps, max_data_rate_bps;
        uint32_t max_ifsd;     /* bytes */
        uint32_t max_command;  /* bytes of one cmd in ifd_message that the reader takes; 5 to 65,544 */
        uint32_t max_response; /* bytes of one rsp that it may give, SW1 SW2 included */
        uint32_t mechanical;   /* dwMechanical */
        uint8_t pin_support; /* bPINSupport, corrected for readers that claim it falsely: bit 0 verify, bit 1
                                modify */
        uint16_t lcd_layout; /* wLcdLayout */
        unsigned busy_slots; /* bMaxCCIDBusySlots: how many slots may have a command at once; 1 or more */
        bool can_eject;      /* dwMechanical bit 1 */
        const uint8_t *config; /* the raw USB configuration descriptor, to be shown; the driver's, valid until
                                  destroy; NULL: none */
        size_t config_len;     /* bytes */
        bool reports_movement; /* it has an interrupt endpoint: card movement is told, not asked for, but for
                                  silent of struct ifd_slot_state */
};

enum ifd_card {
        IFD_CARD_UNKNOWN, /* never asked */
        IFD_CARD_ABSENT,
        IFD_CARD_PRESENT, /* in the slot, not powered. bmICCStatus 1 */
        IFD_CARD_POWERED, /* bmICCStatus 0 */
};

struct ifd_slot_state {
        enum ifd_card card;
        uint32_t movements; /* grows each time the card is known to have been pulled or put in; wraps */
        uint32_t settled;   /* movements as of the last restart: later ones are pulls and puts of a card */
        uint32_t restarts;  /* grows each time the device may have been without power behind our back, as when
                               the system slept: no card is what it was, and card may be wrong; wraps */
        bool silent;        /* it has reports_movement and cannot tell for now: it has to be asked */
};

/* What SetParameters and GetParameters carry. CCID 1.1 6.1.7; bytes as the ATR and PPS spell them. */
struct ifd_parameters {
        uint8_t protocol; /* 0 or 1 */
        uint8_t fidi;     /* TA1: Fi in the high nibble, Di in the low one */
        uint8_t guard_n;  /* extra guard time N, 0 to 255 */
        bool inverse;     /* inverse convention */
        bool crc;         /* T=1: CRC instead of LRC */
        uint8_t wi;       /* T=0: waiting integer WI */
        uint8_t bwi, cwi; /* T=1 */
        uint8_t clock_stop;
        uint8_t ifsc; /* T=1, bytes */
        uint8_t nad;  /* T=1 */
};

/*
 * One exchange: an APDU at the APDU levels, a TPDU at the TPDU level. The caller owns both buffers; the
 * driver keeps neither after it returns and copies nothing of cmd that it does not wipe.
 */
struct ifd_message {
        const uint8_t *cmd;
        size_t cmd_len; /* 1 to max_command */
        uint8_t *rsp;
        size_t rsp_cap;        /* room in bytes */
        size_t rsp_len;        /* out: bytes written, 0 on failure */
        uint8_t bwt_factor;    /* bBWI: the multiplier of BWT that a T=1 card asked for; 0 otherwise */
        unsigned wait_ms;      /* time for the first answer, > 0 */
        unsigned extension_ms; /* what one unit of a time extension is worth: BWT or WWT; > 0 */
        unsigned limit_ms;     /* the whole exchange with all its time extensions; 0: wait_ms x 60 */
};

/*
 * PIN-pad entry: the reader asks for the code and puts it into the APDU. Members are those of CCID 1.1 6.1.11
 * and PC/SC part 10 2.5.2 and 2.5.3; bytes as they go over the wire, numbers in host order. The caller owns
 * the buffers.
 */
struct ifd_secure {
        bool modify;              /* change rather than verify */
        uint8_t timeout_s;        /* bTimeOut; 0: the reader's own */
        uint8_t format_string;    /* bmFormatString */
        uint8_t pin_block_string; /* bmPINBlockString */
        uint8_t pin_length_format;
        uint16_t max_extra_digit;    /* wPINMaxExtraDigit: minimum in the high byte, maximum in the low one */
        uint8_t entry_validation;    /* bEntryValidationCondition */
        uint8_t number_message;      /* bNumberMessage */
        uint16_t lang_id;            /* wLangId */
        uint8_t msg_index[3];        /* bMsgIndex1 to 3; verify uses the first */
        uint8_t insertion_offset[2]; /* modify: bInsertionOffsetOld, bInsertionOffsetNew */
        uint8_t confirm_pin;         /* modify: bConfirmPIN */
        uint8_t teo_prologue[3];     /* T=1 at TPDU level: NAD, PCB, LEN; else zero */
        const uint8_t *apdu;
        size_t apdu_len; /* bytes */
        uint8_t *rsp;
        size_t rsp_cap, rsp_len; /* bytes; rsp_len: out, 0 on failure */
};

struct ifd_ops {
        /*
         * Claims the device, before the first of the operations below; may be called again after close. Sends
         * no bulk message. Blocks for as long as the operating system takes. SCARD_E_SHARING_VIOLATION
         * (another process has it), SCARD_E_NO_ACCESS, SCARD_E_READER_UNAVAILABLE,
         * SCARD_E_READER_UNSUPPORTED, SCARD_E_NO_MEMORY
         */
        int32_t (*open)(void *ctx);
        /* Gives the device back. Cannot fail. The slots have been powered off where they should be. */
        void (*close)(void *ctx);
        /*
         * Powers the ICC, or warm-resets one that is powered, and returns its ATR; voltage selection is the
         * driver's. atr   room for IFD_ATR_MAX bytes;  atr_len   out: bytes, 0 on failure
         * SCARD_W_REMOVED_CARD (none is in), SCARD_W_UNRESPONSIVE_CARD, SCARD_W_UNSUPPORTED_CARD,
         * SCARD_E_TIMEOUT, SCARD_F_COMM_ERROR, SCARD_E_READER_UNAVAILABLE, SCARD_E_NOT_READY
         */
        int32_t (*power_on)(void *ctx, unsigned slot, uint8_t *atr, size_t *atr_len);
        int32_t (*power_off)(void *ctx, unsigned slot);
        /*
         * ask false: what is known from answers and events that have already arrived; sends nothing, never
         * waits. ask true: asks the reader (GetSlotStatus).
         */
        int32_t (*get_status)(void *ctx, unsigned slot, bool ask, struct ifd_slot_state *state);
        /* SCARD_E_UNSUPPORTED_FEATURE where the reader does not know the command */
        int32_t (*set_parameters)(void *ctx, unsigned slot, const struct ifd_parameters *parameters);
        int32_t (*get_parameters)(void *ctx, unsigned slot, struct ifd_parameters *parameters);
        /*
         * One exchange. On a time-out the command is aborted so that the next one works.
         * SCARD_E_INSUFFICIENT_BUFFER (the answer is longer than rsp_cap; it is lost),
         * SCARD_E_INVALID_PARAMETER (cmd is longer than the reader takes), SCARD_W_REMOVED_CARD,
         * SCARD_W_UNPOWERED_CARD (in, but not powered), SCARD_W_UNRESPONSIVE_CARD, SCARD_E_TIMEOUT,
         * SCARD_E_COMM_DATA_LOST, SCARD_F_COMM_ERROR, SCARD_E_PROTO_MISMATCH, SCARD_E_NOT_READY,
         * SCARD_E_CANCELLED, SCARD_E_READER_UNAVAILABLE
         */
        int32_t (*transmit)(void *ctx, unsigned slot, struct ifd_message *message);
        /*
         * PIN-pad entry. Blocks until the card holder has finished, at most max(90 s, timeout_s + 10 s).
         * SCARD_E_TIMEOUT, SCARD_W_CANCELLED_BY_USER, and what transmit returns; SCARD_E_UNSUPPORTED_FEATURE:
         * no PIN pad
         */
        int32_t (*secure)(void *ctx, unsigned slot, struct ifd_secure *secure);
        /* A vendor command to the reader (PC_to_RDR_Escape); out_len 0 on failure.
         * SCARD_E_UNSUPPORTED_FEATURE */
        int32_t (*escape)(void *ctx, unsigned slot, const uint8_t *in, size_t in_len, uint8_t *out,
                          size_t out_cap, size_t *out_len);
        /* The card's clock and rate: in what is wanted, out what was set. SCARD_E_UNSUPPORTED_FEATURE.
         * CCID 1.1 6.1.14 */
        int32_t (*set_rate)(void *ctx, unsigned slot, uint32_t *clock_khz, uint32_t *rate_bps);
        /*
         * The clock frequencies (kHz) or data rates (bit/s) that the reader lists; count 0: it gives none,
         * and takes any up to its maximum. Control requests GET_CLOCK_FREQUENCIES and GET_DATA_RATES,
         * CCID 1.1 5.3.2 and 5.3.3
         */
        int32_t (*list_rates)(void *ctx, bool clocks, uint32_t *list, size_t cap, size_t *count);
        /* Ejects the card where can_eject; SCARD_E_UNSUPPORTED_FEATURE elsewhere. PC_to_RDR_Mechanical */
        int32_t (*eject)(void *ctx, unsigned slot);
        /* Ends a transmit, power_on or the like that another thread waits in, with SCARD_E_CANCELLED. */
        void (*abort)(void *ctx, unsigned slot);
        /* The last call: frees ctx. Only after close (or where open never succeeded). */
        void (*destroy)(void *ctx);
};

/* What a driver calls during scan to tell of devices. Never at any other time. */
struct ifd_host {
        /*
         * A device is there. On success the engine owns ctx until it calls ops->destroy. ops and info are
         * copied; a NULL member is refused. SCARD_E_NO_MEMORY: ctx stays the driver's, which tells of it
         * again at the next scan.
         */
        int32_t (*arrived)(const struct ifd_ops *ops, void *ctx, const struct ifd_info *info);
        /* It is unplugged. The engine may go on calling ctx, which answers SCARD_E_READER_UNAVAILABLE, until
         * destroy. */
        void (*departed)(void *ctx);
};

/* How a driver calls for the engine's attention. */
struct ifd_watcher {
        /* Something may have happened. From any thread, whatever lock the driver holds; never blocks. A late
         * call, after the end of watching, does no harm. */
        void (*wake)(void);
};

/* What a driver wants of the thread that waits on its behalf. */
struct ifd_pump {
        int fd;         /* pump is due once it can be read from; -1: none */
        int timeout_ms; /* pump is due then at the latest; -1: no limit */
        bool devices;   /* a device may have come or gone: scan is due now */
        bool cards;     /* a card may have moved: get_status has news */
};

/*
 * A driver: where devices come from. The table of drivers is in drivers.c, the only file that knows which
 * exist. start: the first context was established. scan: a list of readers is wanted; tells host of every
 * device that came or went since the last scan; does not wait. stop: the last context is gone; every device
 * has been destroyed. The engine calls all of its functions with its registry lock held, one at a time.
 */
struct ifd_driver {
        const char *name;
        int32_t (*start)(void);
        int32_t (*scan)(const struct ifd_host *host);
        void (*stop)(void);
        /*
         * watcher: from now on somebody waits, and the driver sees to it that arrivals, departures and the
         * movements of cards in open devices with reports_movement are noticed: by a call of wake, or by what
         * pump says. NULL: no longer. SCARD_E_NO_MEMORY. The member may be NULL: the driver is looked at periodically.
         */
        int32_t (*watch)(const struct ifd_watcher *watcher);
        /*
         * Between the two, on one thread of the engine: at first, after each wake, and when due. Takes in
         * what has arrived, never waits. pump comes in as nothing wanted.
         */
        void (*pump)(struct ifd_pump *pump);
};

/* NULL-terminated; drivers.c */
extern const struct ifd_driver *const ifd_drivers[];

#endif
