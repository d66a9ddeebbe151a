# The compatibility library: pcsc-lite's binary interface on this engine, in a folder of its own. docs/compat.md
COMPAT_SRC := $(sort $(wildcard src/compat/*.c))
COMPAT_OBJ := $(COMPAT_SRC:%.c=$(BUILD)/obj/%.o)
COMPAT_LIB := $(BUILD)/compat/libpcsclite.so.1
# What is below winscard.h; nothing of it shows.
COMPAT_ENGINE := $(filter-out $(BUILD)/obj/src/com/% $(BUILD)/obj/src/core/card/%,$(LIB_OBJ))
COMPAT_DIR  = $(DESTDIR)$(LIBDIR)/iscard/compat
-include $(COMPAT_OBJ:.o=.d)

.PHONY: compat lint-compat install-compat uninstall-compat
## make compat      the library that existing PC/SC programs run on: build/compat/libpcsclite.so.1
compat: $(COMPAT_LIB)
all: compat

# It stays loaded once it is (nodelete): programs close it with contexts still open, whose threads live in it.
$(COMPAT_LIB): $(COMPAT_OBJ) $(COMPAT_ENGINE) src/compat/libpcsclite.map
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(CC) -shared $(LDFLAGS_ALL) -Wl,-soname,libpcsclite.so.1 -Wl,--version-script=src/compat/libpcsclite.map \
	    -Wl,-z,nodelete $(if $(SANITIZE),,-Wl,-z,defs) -Wl,--as-needed -o $@ $(COMPAT_OBJ) $(COMPAT_ENGINE) $(LIB_LIBS)

lint: lint-compat
lint-compat: | $(BUILD)/.deps-lint
	printf '%s\n' $(COMPAT_SRC) | xargs -P 2 -n 8 sh -c \
	    'clang-tidy --quiet "$$@" -- -std=c11 -D_GNU_SOURCE -DISCARD_VERSION=\"lint\" -Iinclude -Isrc -I. 2>/dev/null' lint

install: install-compat
install-compat: compat
	install -d $(COMPAT_DIR)
	install -m 755 $(COMPAT_LIB) $(COMPAT_DIR)
uninstall: uninstall-compat
uninstall-compat:
	rm -f $(COMPAT_DIR)/libpcsclite.so.1
	rmdir $(COMPAT_DIR) $(DESTDIR)$(LIBDIR)/iscard 2>/dev/null || :
