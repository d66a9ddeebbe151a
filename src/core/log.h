/*
 * log.h - the one log: ISCARD_LOG=error|warn|info|debug, to stderr. Unset: error. Never given a code (PIN),
 * an APDU that may hold one, or a key. Any layer may include it.
 */
#ifndef ISCARD_CORE_LOG_H
#define ISCARD_CORE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* One line: "libiscard: warn: usb: text". printf rules; no line end in format. Thread-safe, allocates
 * nothing. */
void log_line(enum log_level level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
