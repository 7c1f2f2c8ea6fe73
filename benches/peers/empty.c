/* A milter that looks at nothing: the least that one written with libmilter costs.
 *
 *   empty answering PATH   sees every step and answers each with "go on"
 *   empty quiet PATH       sees every step and answers the end of the message alone (no-reply flags)
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int quiet;

#define ANSWER (quiet ? SMFIS_NOREPLY : SMFIS_CONTINUE)

static sfsistat on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *from) { return ANSWER; }
static sfsistat on_word(SMFICTX *ctx, char *word) { return ANSWER; }
static sfsistat on_path(SMFICTX *ctx, char **words) { return ANSWER; }
static sfsistat on_header(SMFICTX *ctx, char *name, char *value) { return ANSWER; }
static sfsistat on_step(SMFICTX *ctx) { return ANSWER; }
static sfsistat on_body(SMFICTX *ctx, unsigned char *bytes, size_t length) { return ANSWER; }
static sfsistat on_unknown(SMFICTX *ctx, const char *words) { return ANSWER; }
static sfsistat on_end(SMFICTX *ctx) { return SMFIS_CONTINUE; }

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long more1,
                             unsigned long more2, unsigned long *take_actions, unsigned long *take_steps,
                             unsigned long *take_more1, unsigned long *take_more2) {
    unsigned long no_reply = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_DATA |
                             SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NR_UNKN;
    if (quiet && (steps & no_reply) != no_reply) {
        fputs("the other side does not offer steps without a reply\n", stderr);
        return SMFIS_REJECT;
    }
    *take_actions = 0;
    *take_steps = quiet ? no_reply : 0;
    *take_more1 = *take_more2 = 0;
    return SMFIS_CONTINUE;
}

static struct smfiDesc milter = {
    .xxfi_name = "empty",
    .xxfi_version = SMFI_VERSION,
    .xxfi_connect = on_connect,
    .xxfi_helo = on_word,
    .xxfi_envfrom = on_path,
    .xxfi_envrcpt = on_path,
    .xxfi_data = on_step,
    .xxfi_header = on_header,
    .xxfi_eoh = on_step,
    .xxfi_body = on_body,
    .xxfi_eom = on_end,
    .xxfi_unknown = on_unknown,
    .xxfi_negotiate = on_negotiate,
};

int main(int count, char **words) {
    char place[512];
    if (count != 3) {
        fputs("empty answering|quiet PATH\n", stderr);
        return 64;
    }
    quiet = strcmp(words[1], "quiet") == 0;
    snprintf(place, sizeof place, strchr(words[2], ':') ? "%s" : "unix:%s", words[2]);
    if (smfi_setconn(place) != MI_SUCCESS || smfi_register(milter) != MI_SUCCESS) {
        fputs("libmilter does not take the socket\n", stderr);
        return 1;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
