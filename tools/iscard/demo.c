/* iscard demo: the whole life of an attachment, on a virtual reader */
#include <stdio.h>
#include <stdlib.h>

#include "sim/control.h"

#include "tools/iscard/reader.h"
#include "tools/iscard/scenario.h"
#include "tools/iscard/show.h"

static void pull(void *user)
{
        sim_device_card_remove(user, 0);
}

static void insert(void *user)
{
        sim_device_card_insert(user, 0);
}

static int demo(const struct options *options)
{
        struct scenario_world world = {.pull = pull, .insert = insert, .out = stdout};
        struct reader_list list;
        LONG status;
        int result = TOOL_OK;

        (void)options;
        /* Only this process sees it. Where it is set, the virtual readers are those that were asked for. */
        if (setenv("ISCARD_SIM", "1", 0) != 0)
                return tool_error(TOOL_FAILURE, "out of memory");
        /* The card of the demo is an ISO one, whatever profile the user's own cards want. */
        unsetenv("ISCARD_PROFILE");
        status = reader_list_open(&list);
        if (status != SCARD_S_SUCCESS)
                return tool_error(TOOL_HRESULT, "the list of readers: 0x%08X %s", (unsigned)status,
                                  show_name(status));
        world.user = sim_control_device(0);
        if (list.count == 0 || world.user == NULL) {
                result = tool_error(TOOL_FAILURE, "ISCARD_SIM gives no virtual reader");
                goto out;
        }
        world.reader = list.readers[0].name;
        if (scenario_run(&world) != 0)
                result = tool_error(TOOL_FAILURE, "a code was not the documented one");
out:
        reader_list_close(&list);
        return result;
}

const struct verb verb_demo = {
    .name = "demo",
    .synopsis = "",
    .summary = "the whole life of an attachment, on a virtual reader",
    .help =
        "Each line is one call with the code that it returned. The exit status is 0 when every code is the\n"
        "documented one. ISCARD_SIM may choose the kind of reader (\"level=tpdu,protocol=t0\"); the card has "
        "to\n"
        "be the ISO one.\n",
    .run = demo,
};
