# Speed and memory. Never part of `make check`: a busy machine is no defect.
include tests/usb/names

BENCH     := $(BUILD)/tests/bench/bench
BENCH_OBJ := $(patsubst %,$(BUILD)/obj/tests/bench/%.o,bench heap)

$(BENCH_OBJ): | $(DEPS_USB)
$(BENCH_OBJ): EXTRA_CFLAGS = $(UMOCKDEV_CFLAGS) $(LIBUSB_CFLAGS) -Itests/usb
-include $(BENCH_OBJ:.o=.d)

$(BENCH): $(BENCH_OBJ) $(USB_SUPPORT_OBJ) $(BUILD)/libiscard.so | $(USB_SHIM)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $(BENCH_OBJ) $(USB_SUPPORT_OBJ) -L$(BUILD) -Wl,-rpath,$(abspath $(BUILD)) -liscard \
	    $(UMOCKDEV_LIBS) $(LIBUSB_LIBS) -ldl

## make bench       figures of speed and memory, with their limits
bench: $(BENCH)
	ISCARD_USBTIER_SHIM=$(abspath $(USB_SHIM)) $(BENCH)
