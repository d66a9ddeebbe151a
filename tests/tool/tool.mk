# The iscard command on virtual readers: what it prints, its exit codes, its JSON, wrong input; and on the descriptors of
# real readers, where they are at hand.
.PHONY: check-tool
CHECKS += check-tool

check-tool: $(BUILD)/iscard | $(DEPS_CHECK)
	ISCARD=$(BUILD)/iscard tests/run $(BUILD) tests/tool/verbs.py tests/tool/scripts.py tests/tool/readers.py
