# Speed and memory. Never part of `make check`: a busy machine is no defect.
include tests/usb/names

BENCH       := $(BUILD)/tests/bench/bench
BENCH_OBJ   := $(patsubst %,$(BUILD)/obj/tests/bench/%.o,bench heap measure peer table wire)
BENCH_INSIDE_OBJ := $(patsubst %,$(BUILD)/obj/tests/bench/%.o,inside cost idle measure scale table)
BENCH_INSIDE     := $(BUILD)/tests/bench/inside
BENCH_PCSCD := $(BUILD)/tests/bench/run-pcscd

$(BENCH_OBJ): | $(DEPS_USB)
$(BENCH_OBJ): EXTRA_CFLAGS = $(UMOCKDEV_CFLAGS) $(LIBUSB_CFLAGS) -Itests/usb
-include $(BENCH_OBJ:.o=.d) $(BENCH_INSIDE_OBJ:.o=.d)

$(BENCH): $(BENCH_OBJ) $(USB_SUPPORT_OBJ) $(BUILD)/libiscard.so | $(USB_SHIM)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $(BENCH_OBJ) $(USB_SUPPORT_OBJ) -L$(BUILD) -Wl,-rpath,$(abspath $(BUILD)) -liscard \
	    $(UMOCKDEV_LIBS) $(LIB_LIBS) -ldl

$(BENCH_INSIDE): $(BENCH_INSIDE_OBJ) $(INTERNAL)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

# A program of its own, with nothing of ours in it: it stands on libpcsclite, which has the same names.
$(BENCH_PCSCD): tests/bench/pcscd.c $(BUILD)/obj/tests/bench/measure.o
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -Itests/usb $(LDFLAGS_ALL) -MF $@.d -o $@ $^ -ldl
-include $(BENCH_PCSCD).d

## make bench       figures of speed, memory and bytes on the wire, with their limits
bench: $(BENCH) $(BENCH_INSIDE) $(BENCH_PCSCD) $(USB_RUN) $(USB_SHIM)
	tools/deps peers || echo "bench: going on without what is missing"
	status=0; \
	$(BENCH_INSIDE) || status=1; \
	ISCARD_USBTIER_SHIM=$(abspath $(USB_SHIM)) ISCARD_BENCH_PCSCD=$(BENCH_PCSCD) ISCARD_BENCH_RUN=$(USB_RUN) $(BENCH) \
	    || status=1; \
	exit $$status
