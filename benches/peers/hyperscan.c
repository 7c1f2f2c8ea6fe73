/* How fast Hyperscan finds a list of words in a text: the yardstick for finding names.
 *
 *   cc -O2 -o hyperscan hyperscan.c -lhs        (Debian: libhyperscan-dev)
 *   ./hyperscan TEXT LITERALS [nocase]
 *
 * Prints on one line: literals, seconds to compile, KiB of the compiled list, seconds of the best scan, literals found,
 * and what of the processor is used. */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static char *read_file(const char *name, size_t *length)
{
    FILE *file = fopen(name, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(name);
        exit(1);
    }
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (!bytes || fread(bytes, 1, *length, file) != *length) {
        perror(name);
        exit(1);
    }
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *found)
{
    (void)id, (void)from, (void)to, (void)flags;
    ++*(unsigned long *)found;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: hyperscan TEXT LITERALS [nocase]\n");
        return 2;
    }
    size_t text_length, list_length, literals = 0, most = 1;
    char *text = read_file(argv[1], &text_length);
    char *list = read_file(argv[2], &list_length);
    for (size_t at = 0; at < list_length; at++)
        most += list[at] == '\n';
    const char **words = calloc(most, sizeof *words);
    size_t *lengths = calloc(most, sizeof *lengths);
    unsigned *flags = calloc(most, sizeof *flags), *ids = calloc(most, sizeof *ids);
    if (!words || !lengths || !flags || !ids)
        return 1;
    for (char *word = strtok(list, "\n"); word; word = strtok(NULL, "\n")) {
        words[literals] = word;
        lengths[literals] = strlen(word);
        flags[literals] = argc > 3 ? HS_FLAG_CASELESS : 0;
        ids[literals] = (unsigned)literals;
        literals++;
    }
    hs_database_t *database = NULL;
    hs_compile_error_t *error = NULL;
    double begun = now();
    if (hs_compile_lit_multi(words, flags, ids, lengths, (unsigned)literals, HS_MODE_BLOCK, NULL, &database, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    double compiled = now() - begun, best = 1e9;
    size_t size = 0;
    hs_scratch_t *scratch = NULL;
    char *about = NULL;
    hs_database_size(database, &size);
    hs_database_info(database, &about);
    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
        return 1;
    unsigned long found = 0;
    for (int run = 0; run < 9; run++) {
        found = 0;
        begun = now();
        hs_scan(database, text, (unsigned)text_length, 0, scratch, count, &found);
        double taken = now() - begun;
        best = taken < best ? taken : best;
    }
    printf("%zu %.3f %zu %.6f %lu %s\n", literals, compiled, size / 1024, best, found, about);
    return 0;
}
