/*
 * config.h - the text of ISCARD_SIM, taken apart. README and docs list the keys.
 */
#ifndef ISCARD_SIM_CONFIG_H
#define ISCARD_SIM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_READERS_MAX 64

/* One reader as configured. Members follow the keys of ISCARD_SIM; sim's author completes them. */
struct sim_config;

struct sim_config_list {
        struct sim_config *readers;
        size_t count;
        bool usb; /* the word usb stood among them: real readers too */
};

/*
 * text: the value of ISCARD_SIM. false: not understood, and error (room error_cap, always terminated) names
 * the word; or out of memory, and error is empty. On success the caller frees with sim_config_free.
 */
bool sim_config_parse(const char *text, struct sim_config_list *list, char *error, size_t error_cap);
void sim_config_free(struct sim_config_list *list);
/* readers[i], as a pointer, without knowing the size */
const struct sim_config *sim_config_at(const struct sim_config_list *list, size_t index);

#endif
