// SPDX-License-Identifier: BSD-2-Clause
/* One log lived through: a boot, a million events, foreign logs, trims, a kexec, a corruption; judged at each stage. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../authority/authority.h"
#include "../../format/cel_tlv.h"
#include "../../format/tcg2.h"
#include "../../provider/soft.h"
#include "../../verify/verify.h"

#define STAGES 10
#define FIRST_FILL_STAGE 3
#define SECOND_FILL_STAGE 7
#define KEXEC_STAGE 5
#define CORRUPTION_STAGE 9
#define FOREIGN_EVENTS 50 /* before each fill */
#define BOOT_EVENTS 40
#define ONCE_STEP 1000 /* every so many events one that is made once */
#define NONCE_SIZE 32
#define POLICY_SIZE 8192

static const uint8_t boots[2][TALLY_BOOT_ID_SIZE] = { { 1 }, { 2 } };

struct life {
	char folder[128]; /* everything is below it */
	char state[160];
	uint64_t stage_events;
	struct tally_soft_options soft;
	struct tally_authority_options options;
	struct tally_problem problem;
	struct tally_authority *owner;
	struct tally_log_view part[STAGES]; /* what trims handed out */
	size_t part_count;
	uint8_t foreign[64 * 1024]; /* the log of somebody else, which grows */
	struct tally_writer foreign_log;
	uint64_t foreign_count;
	uint64_t event_count;
	bool is_once_lost;	     /* names are unknown behind a corruption, by design */
	char policy[2][POLICY_SIZE]; /* the second admits a gap */
	unsigned checks;
	unsigned failures;
};

static void check(struct life *life, bool holds, const char *what, unsigned stage, const char *detail)
{
	life->checks++;
	life->failures += !holds;
	printf("%sok %u - %s (stage %u)\n", holds ? "" : "not ", life->checks, what, stage);
	if (!holds)
		printf("# %s\n", detail);
	fflush(stdout);
}

/* What the rest of the program can't do without. */
static void must(struct life *life, enum tally_status status, const char *what)
{
	if (status == TALLY_OK)
		return;
	printf("Bail out! %s: %s: %s\n", what, tally_status_message(status), life->problem.text);
	exit(1);
}

static void life_open(struct life *life)
{
	tally_authority_close(life->owner);
	life->owner = NULL;
	must(life, tally_authority_open(&life->options, &life->owner, &life->problem), "open");
}

/* --- others: firmware, and somebody who extends beside the authority --- */

static void foreign_digests(struct tally_digests *ret, uint64_t number)
{
	memset(ret, 0, sizeof(*ret));
	ret->count = 1;
	ret->digest[0].alg = TALLY_SHA384;
	for (size_t i = 0; i < 48; i++)
		ret->digest[0].bytes[i] = (uint8_t)(number * 37 + i);
}

static struct tally_record foreign_record(uint64_t number, uint32_t reg)
{
	struct tally_record record = { .number = number,
				       .numbering = TALLY_NUMBERING_CC_MR,
				       .index = reg + 1,
				       .content_type = TALLY_CONTENT_PCCLIENT_STD,
				       .event_type = TALLY_EV_EVENT_TAG,
				       .is_measured = true,
				       .content = tally_text("another program's event") };

	foreign_digests(&record.digests, number);
	return record;
}

static void stranger(struct life *life, void *instance, const struct tally_provider *provider, uint32_t reg,
		     const struct tally_digests *digests)
{
	must(life, provider->extend(instance, reg, digests, tally_deadline_after(5), &life->problem), "stranger");
}

/* Firmware measures into rtmr0 and rtmr1 before the authority's log begins, and leaves its own log. */
static struct tally_bytes boot(struct life *life)
{
	static uint8_t memory[16 * 1024];
	struct tally_writer log = tally_writer(memory, sizeof(memory));
	struct tally_tcg2_header header = { .index = 1, .version_major = 2, .uintn_size = 2, .algorithm_count = 1 };
	struct tally_provider_options options = { .directory = life->state, .soft = &life->soft };
	const struct tally_provider *provider = tally_provider_find("soft");
	void *instance = NULL;

	header.algorithm[0].alg = TALLY_SHA384;
	header.algorithm[0].size = 48;
	tally_tcg2_write_header(&log, &header);
	must(life, provider->open(&options, &instance, &life->problem), "firmware");
	for (uint64_t i = 0; i < BOOT_EVENTS; i++) {
		struct tally_record record = foreign_record(1000 + i, (uint32_t)(i % 2));

		tally_tcg2_write(&log, &record);
		stranger(life, instance, provider, record.index - 1, &record.digests);
	}
	provider->close(instance);
	must(life, log.status, "boot log");
	return tally_written(&log);
}

/* Somebody extends rtmr2 and writes a log of it; the authority finds a gap, and is shown that log. */
static void interfere_and_fill(struct life *life, unsigned stage)
{
	struct tally_fill_request request = { .gap = 0 };
	struct tally_fill_result filled;
	struct tally_log_view view;
	struct tally_cursor cursor;
	uint64_t gaps;

	for (unsigned i = 0; i < FOREIGN_EVENTS; i++) {
		struct tally_record record = foreign_record(life->foreign_count++, 2);

		tally_cel_write(&life->foreign_log, &record);
		stranger(life, tally_authority_provider_instance(life->owner), tally_authority_provider(life->owner), 2,
			 &record.digests);
	}
	must(life, tally_authority_settle(life->owner, &gaps, &life->problem), "settle");
	check(life, gaps == 1, "a stranger's extends are one gap", stage, "not one gap");
	must(life, tally_authority_log(life->owner, &view, &life->problem), "log");
	cursor = tally_cursor(view.bytes);
	while (!tally_cursor_is_done(&cursor)) {
		struct tally_record record;

		must(life, tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), "record");
		if (tally_control_word(&record) == TALLY_CONTROL_GAP)
			request.gap = record.number;
	}
	tally_log_view_done(&view);
	request.log = tally_written(&life->foreign_log);
	/* The first fill may have been trimmed, and with it what of the stranger's log was used before. */
	request.has_range = true;
	request.range.first = life->foreign_count - FOREIGN_EVENTS;
	request.range.count = FOREIGN_EVENTS;
	check(life,
	      tally_authority_fill(life->owner, &request, &filled, &life->problem) == TALLY_OK && filled.is_filled,
	      "the stranger's log fills the gap", stage, life->problem.text);
}

/* --- the guest --- */

static void measure(struct life *life, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t number = life->event_count++;
		struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT,
							.register_index = 2 + number % 2,
							.type = tally_text("life"),
							.data = tally_text("0123456789abcdef"),
							.is_once = number % ONCE_STEP == 0 && !life->is_once_lost };
		struct tally_extend_result result;
		char name[32];

		snprintf(name, sizeof(name), "event-%" PRIu64, number);
		request.name = tally_text(name);
		must(life, tally_authority_extend(life->owner, &request, &result, &life->problem), "extend");
	}
}

/* Each once event of all stages is found, and none is made again. */
static void check_once(struct life *life, unsigned stage)
{
	bool holds = true;

	for (uint64_t number = 0; holds && number < life->event_count; number += 7 * ONCE_STEP) {
		struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT,
							.register_index = 2 + number % 2,
							.type = tally_text("life"),
							.data = tally_text("0123456789abcdef"),
							.is_once = true };
		struct tally_extend_result result = { 0 };
		char name[32];

		snprintf(name, sizeof(name), "event-%" PRIu64, number);
		request.name = tally_text(name);
		holds = tally_authority_extend(life->owner, &request, &result, &life->problem) == TALLY_OK &&
			result.is_existing;
	}
	check(life, holds, "once events are known", stage, life->problem.text);
}

static void trim(struct life *life, unsigned stage)
{
	struct tally_trim_result result;
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/part-%u", life->folder, stage);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	must(life, fd < 0 ? TALLY_SYSTEM : tally_authority_trim(life->owner, fd, 0, &result, &life->problem), "trim");
	close(fd);
	must(life, tally_log_view_open(path, &life->part[life->part_count++], &life->problem), "part");
}

/* Everything but the registers is gone, and the boot is another one. */
static void lose_directory(struct life *life)
{
	DIR *folder = opendir(life->state);
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "registers", 9) != 0 && strcmp(entry->d_name, "key.pem") != 0)
			unlinkat(dirfd(folder), entry->d_name, 0);
		if (strcmp(entry->d_name, "segments") == 0) {
			char path[256];

			snprintf(path, sizeof(path), "%s/lost-segments", life->folder);
			if (renameat(dirfd(folder), "segments", AT_FDCWD, path) != 0)
				must(life, TALLY_SYSTEM, "segments");
		}
	}
	if (folder)
		closedir(folder);
}

static void kexec(struct life *life, unsigned stage)
{
	char path[160];
	uint64_t count;

	snprintf(path, sizeof(path), "%s/save", life->folder);
	must(life, tally_authority_save(life->owner, path, &count, &life->problem), "save");
	tally_authority_close(life->owner);
	life->owner = NULL;
	lose_directory(life);
	life->soft.boot_id = boots[1];
	life_open(life);
	check(life, tally_authority_restore(life->owner, path, &count, &life->problem) == TALLY_OK,
	      "the log is restored behind a kexec", stage, life->problem.text);
}

/* A bit of the log changes in the middle. */
static void corrupt(struct life *life, unsigned stage)
{
	struct tally_recovery recovery;
	char path[192];
	struct stat found;
	uint8_t byte;
	int fd;

	snprintf(path, sizeof(path), "%s/log", life->state);
	tally_authority_close(life->owner);
	life->owner = NULL;
	fd = open(path, O_RDWR);
	if (fd < 0 || fstat(fd, &found) != 0)
		must(life, TALLY_SYSTEM, "log");
	/* A length somewhere in the middle: that of a record's number, wherever the middle falls. */
	for (off_t at = found.st_size / 2;; at++) {
		uint8_t head[6];

		if (pread(fd, head, sizeof(head), at) != sizeof(head))
			must(life, TALLY_TRUNCATED, "no record in the middle");
		if (memcmp(head, "\0\0\0\0\10\0", 6) == 0) {
			byte = head[4] ^ 0x40;
			if (pwrite(fd, &byte, 1, at + 4) != 1)
				must(life, TALLY_SYSTEM, "log");
			break;
		}
	}
	close(fd);
	check(life, tally_authority_open(&life->options, &life->owner, &life->problem) == TALLY_CORRUPT,
	      "a damaged log is refused", stage, "it was opened");
	check(life, tally_authority_recover(&life->options, &recovery, &life->problem) == TALLY_OK,
	      "and recovered when asked", stage, life->problem.text);
	life->is_once_lost = true;
	life_open(life);
}

/* --- the relying party --- */

static void __attribute__((format(printf, 2, 3))) policy_add(char *policy, const char *format, ...)
{
	size_t used = strlen(policy);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(policy + used, POLICY_SIZE - used, format, arguments);
	va_end(arguments);
}

static void hex_of(const uint8_t *bytes, size_t size, char *to)
{
	for (size_t i = 0; i < size; i++)
		snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

static void make_policy(struct life *life, char *policy, const char *gaps)
{
	static const char *const registers[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };
	const struct tally_register_set *set = tally_authority_registers(life->owner);
	uint8_t key[32];
	char hex[2 * TALLY_DIGEST_LIMIT + 1];
	const char *comma = "";

	must(life, tally_soft_fingerprint(tally_authority_provider_instance(life->owner), key, &life->problem), "key");
	hex_of(key, sizeof(key), hex);
	policy[0] = 0;
	policy_add(policy, "{\"tally-policy\":1,\"soft\":{\"keys\":[\"sha256:%s\"]},\"claims\":{", hex);
	for (size_t i = 0; i < set->count; i++) {
		struct tally_digests value;
		bool is_locked;

		if (set->item[i].kind != TALLY_STATIC)
			continue;
		must(life, tally_authority_read(life->owner, i, &value, &is_locked, &life->problem), "static register");
		hex_of(value.digest[0].bytes, 48, hex);
		policy_add(policy, "%s\"soft.%s\":\"%s\"", comma, set->item[i].name, hex);
		comma = ",";
	}
	policy_add(policy, "},\"registers\":{");
	for (size_t i = 0; i < 4; i++)
		policy_add(policy, "%s\"soft.%s\":{\"events\":[{\"ignore\":{\"max\":100000000}}]%s}", i ? "," : "",
			   registers[i], gaps);
	policy_add(policy, "}}");
}

/* The verdict on evidence as text; freed by the caller. */
static char *judge(struct life *life, struct tally_bytes evidence, const uint8_t nonce[NONCE_SIZE], const char *policy,
		   bool with_parts)
{
	struct tally_bytes stored[STAGES];
	struct tally_verify_request request = { .evidence = evidence,
						.has_nonce = true,
						.nonce = tally_bytes(nonce, NONCE_SIZE),
						.policy_bytes = tally_text(policy),
						.time = (int64_t)time(NULL) };
	struct tally_policy_problem policy_problem = { "" };
	struct tally_policy *read = NULL;
	struct tally_verdict *verdict = NULL;
	char *text;

	for (size_t i = 0; i < life->part_count; i++)
		stored[i] = life->part[i].bytes;
	request.stored = stored;
	request.stored_count = with_parts ? life->part_count : 0;
	if (tally_policy_read(tally_text(policy), &read, &policy_problem) != TALLY_OK) {
		printf("Bail out! policy: %s\n", policy_problem.text);
		exit(1);
	}
	request.policy = read;
	must(life, tally_verify(&request, &verdict), "verify");
	text = tally_verdict_to_text(verdict, false, false);
	tally_verdict_free(verdict);
	tally_policy_free(read);
	if (!text)
		must(life, TALLY_NO_MEMORY, "verdict");
	return text;
}

static void expect_accepted(struct life *life, struct tally_bytes evidence, const uint8_t *nonce, const char *policy,
			    const char *what, unsigned stage)
{
	char *text = judge(life, evidence, nonce, policy, true);

	check(life, strncmp(text, "accepted", 8) == 0, what, stage, text);
	free(text);
}

static void expect_rejected(struct life *life, struct tally_bytes evidence, const uint8_t *nonce, const char *code,
			    bool with_parts, const char *what, unsigned stage)
{
	char *text = judge(life, evidence, nonce, life->policy[0], with_parts);

	check(life, strncmp(text, "rejected", 8) == 0 && strstr(text, code), what, stage, text);
	free(text);
}

static void attest(struct life *life, unsigned stage)
{
	uint8_t nonce[NONCE_SIZE] = { (uint8_t)stage };
	struct tally_evidence_request request = { .nonce = tally_bytes(nonce, sizeof(nonce)) };
	struct tally_bytes evidence;
	uint8_t *bundle = NULL;
	size_t size = 0;

	must(life, tally_authority_evidence(life->owner, &request, &bundle, &size, &life->problem), "evidence");
	evidence = tally_bytes(bundle, size);
	if (stage < CORRUPTION_STAGE) {
		expect_accepted(life, evidence, nonce, life->policy[0], "evidence is accepted", stage);
	} else {
		expect_rejected(life, evidence, nonce, "log.gap", true, "what was lost rejects", stage);
		expect_accepted(life, evidence, nonce, life->policy[1], "unless the policy admits gaps", stage);
	}
	if (life->part_count)
		expect_rejected(life, evidence, nonce, "log.trim-unproven", false, "not without the stored parts",
				stage);
	free(bundle);
}

/* --- the life --- */

static void live_stage(struct life *life, unsigned stage)
{
	measure(life, life->stage_events / 2);
	if (stage == FIRST_FILL_STAGE || stage == SECOND_FILL_STAGE)
		interfere_and_fill(life, stage);
	if (stage == KEXEC_STAGE)
		kexec(life, stage);
	if (stage == CORRUPTION_STAGE)
		corrupt(life, stage);
	measure(life, life->stage_events - life->stage_events / 2);
	attest(life, stage);
	if (!life->is_once_lost)
		check_once(life, stage);
	trim(life, stage);
}

static void live(struct life *life)
{
	struct tally_attachment boot_log = { .log = boot(life) };
	struct tally_attach_result attached;

	life_open(life);
	make_policy(life, life->policy[0], "");
	make_policy(life, life->policy[1], ",\"gaps\":{\"max\":4,\"before\":100000000}");
	check(life, tally_authority_attach(life->owner, &boot_log, 1, 0, &attached, &life->problem) == TALLY_OK,
	      "the boot log is attached", 0, life->problem.text);
	for (unsigned stage = 1; stage <= STAGES; stage++)
		live_stage(life, stage);
}

int main(int argc, char **argv)
{
	struct life *life = calloc(1, sizeof(*life));

	if (argc != 3 || !life || strlen(argv[1]) >= sizeof(life->folder)) {
		fprintf(stderr, "usage: live FOLDER EVENTS\n");
		return 2;
	}
	snprintf(life->folder, sizeof(life->folder), "%s", argv[1]);
	snprintf(life->state, sizeof(life->state), "%s/state", argv[1]);
	life->stage_events = strtoull(argv[2], NULL, 10) / STAGES;
	life->foreign_log = tally_writer(life->foreign, sizeof(life->foreign));
	life->soft.is_durable = true;
	life->soft.boot_id = boots[0];
	life->options.provider = "soft";
	life->options.directory = life->state;
	life->options.capacity = UINT64_C(4) << 30;
	life->options.provider_options.soft = &life->soft;
	if (mkdir(life->state, 0700) != 0 && errno != EEXIST)
		return 2;
	live(life);
	for (size_t i = 0; i < life->part_count; i++)
		tally_log_view_done(&life->part[i]);
	tally_authority_close(life->owner);
	printf("1..%u\n", life->checks);
	return life->failures != 0;
}
