/*
 * auth.h - the card's side of challenge and response: keys with retry counters, EXTERNAL, INTERNAL and MUTUAL
 * AUTHENTICATE. ISO/IEC 7816-4 11.5.2 to 11.5.5. Status words are returned.
 */
#ifndef ISCARD_SIM_AUTH_H
#define ISCARD_SIM_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_KEYS_MAX      4
#define SIM_BLOCK_MAX     16
#define SIM_CHALLENGE_MAX 16

struct sim_apdu;
struct sim_answer;

/* A key as the card has it. algorithm: of SP 800-78-4, what P1 may be besides 00. */
struct sim_key {
        uint8_t reference; /* P2, 1 to SIM_KEYS_MAX */
        uint8_t algorithm; /* 03: 3DES, 08: AES-128, 0C: AES-256 */
        uint8_t len;
        const uint8_t *value;
};

struct sim_auth {
        const struct sim_key *keys;
        unsigned key_count;
        uint8_t tries[SIM_KEYS_MAX]; /* left; outlive resets */
        /* Lost at reset: */
        uint8_t open; /* bit n: the key of reference n + 1 was used right */
        uint8_t challenge[SIM_CHALLENGE_MAX];
        size_t challenge_len; /* good for the next command; 0: none */
};

void sim_auth_deliver(struct sim_auth *auth, const struct sim_key *keys, unsigned count);
void sim_auth_reset(struct sim_auth *auth);
/* Whether who is SIM_KEY of one that was used right. */
bool sim_auth_open(const struct sim_auth *auth, uint8_t who);

/* A command that is neither of these makes the challenge worthless. */
void sim_auth_forget(struct sim_auth *auth);
/* GET CHALLENGE, kept for the next command. */
uint16_t sim_auth_challenge(struct sim_auth *auth, const struct sim_apdu *apdu, struct sim_answer *answer);
/* EXTERNAL AUTHENTICATE; with Le and data of both sides MUTUAL AUTHENTICATE. */
uint16_t sim_auth_external(struct sim_auth *auth, const struct sim_apdu *apdu, struct sim_answer *answer);
uint16_t sim_auth_internal(struct sim_auth *auth, const struct sim_apdu *apdu, struct sim_answer *answer);

#endif
