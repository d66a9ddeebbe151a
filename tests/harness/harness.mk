# Harness scripts: the iscard command's own interpreter under prove, on virtual readers; and the examples of docs/harness.md.
.PHONY: check-harness
CHECKS += check-harness

# As many as there are, so that a script that is not found, or ends early, is no success.
HARNESS_FILES  := 22
HARNESS_POINTS := 1030

## make check-harness    the harness scripts with prove, and which HRESULTs they bring about
check-harness: $(BUILD)/iscard | $(DEPS_CHECK)
	tests/harness/run $(BUILD) $(HARNESS_FILES) $(HARNESS_POINTS)
	tests/harness/guide $(BUILD)
