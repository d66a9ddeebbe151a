/* card.c - see card.h */
#include "sim/slot.h"
#include "tests/matrix/card.h"

bool card_code_read(const struct sim_reader *reader, struct world_code *code)
{
        const struct sim_card *card = reader->slots[0].card;

        for (unsigned i = 0; i < card->chv_count; i++) {
                const struct sim_chv *chv = &card->chvs[i];

                if (chv->reference != 1)
                        continue;
                code->tries = chv->code->tries;
                code->unblock_tries = chv->unblock->tries;
                code->verified = chv->verified;
                return true;
        }
        return false;
}
