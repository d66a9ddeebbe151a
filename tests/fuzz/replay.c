/*
 * Replays the corpus of a fuzz target without a fuzzer: every file of FUZZ_CORPUS, and then the same number
 * of variants on every run, which are files cut short and files with bytes changed.
 *
 * FUZZ_CORPUS is the folder; FUZZ_VARIANTS (environment) how many variants, 3,000 without it.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX  (128u * 1024u)
#define FILES_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
        uint8_t *bytes;
        size_t len;
};

static struct input inputs[FILES_MAX];
static size_t input_count;

/* A block of exactly the input's size, so that the address sanitizer sees a read behind it. */
static void run_one(const uint8_t *bytes, size_t len)
{
        uint8_t *exact = malloc(len + 1);

        if (exact == NULL)
                exit(3);
        memcpy(exact + 1, bytes, len);
        (void)LLVMFuzzerTestOneInput(exact + 1, len);
        free(exact);
}

static int read_input(const char *path)
{
        struct input *input = &inputs[input_count];
        FILE *file = fopen(path, "rb");

        if (file == NULL || input_count == FILES_MAX)
                return -1;
        input->bytes = malloc(FILE_MAX);
        if (input->bytes != NULL) {
                input->len = fread(input->bytes, 1, FILE_MAX, file);
                input_count++;
        }
        (void)fclose(file);
        return input->bytes != NULL ? 0 : -1;
}

static int read_corpus(const char *folder)
{
        struct dirent **names;
        char path[1024];
        int count = scandir(folder, &names, NULL, alphasort);
        int result = 0;

        if (count < 0)
                return -1;
        for (int i = 0; i < count; i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
                if (names[i]->d_name[0] != '.' && read_input(path) != 0)
                        result = -1;
                free(names[i]);
        }
        free(names);
        return result;
}

/* xorshift: the same variants on every machine and every run */
static uint32_t next_random(void)
{
        static uint32_t state = 0x49434331u;

        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state;
}

static void run_variant(void)
{
        static uint8_t bytes[FILE_MAX];
        const struct input *input = &inputs[next_random() % input_count];
        size_t len = input->len;

        memcpy(bytes, input->bytes, len);
        if (len > 0 && next_random() % 4 == 0)
                len = next_random() % len;
        for (uint32_t changes = next_random() % 4; changes > 0 && len > 0; changes--)
                bytes[next_random() % len] = (uint8_t)next_random();
        run_one(bytes, len);
}

int main(void)
{
        const char *wanted = getenv("FUZZ_VARIANTS");
        unsigned long variants = wanted != NULL ? strtoul(wanted, NULL, 10) : 3000;

        if (read_corpus(FUZZ_CORPUS) != 0 || input_count == 0) {
                (void)fprintf(stderr, "no corpus can be read in %s\n", FUZZ_CORPUS);
                return 3;
        }
        run_one((const uint8_t *)"", 0);
        for (size_t i = 0; i < input_count; i++)
                run_one(inputs[i].bytes, inputs[i].len);
        for (unsigned long i = 0; i < variants; i++)
                run_variant();
        (void)printf("%s: %zu files, %lu variants\n[  PASSED  ] %zu test(s).\n", FUZZ_CORPUS, input_count,
                     variants, input_count);
        for (size_t i = 0; i < input_count; i++)
                free(inputs[i].bytes);
        return 0;
}
