// SPDX-License-Identifier: BSD-2-Clause
/* Writes a TCG2 log into a file, and to standard output what stands in it: its events, and the PCRs that it replays to. */
#include <stdio.h>
#include <stdlib.h>

#include "../../core/replay.h"
#include "../../format/tcg2.h"

#define LOG_LIMIT 65536

static const uint16_t banks[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512 };

static const struct {
	uint32_t pcr;
	uint32_t event_type;
	const char *data;
	size_t size;
} events[] = {
	{ 16, TALLY_EV_NO_ACTION, "a signature that nobody knows", 29 },
	{ 0, 0x00000008, "1\0.\0000\0\0", 8 }, /* EV_S_CRTM_VERSION */
	{ 1, TALLY_EV_SEPARATOR, "\0\0\0", 4 },
	{ 7, TALLY_EV_SEPARATOR, "\377\377\377\377", 4 },
	{ 4, 0x80000007, "Calling EFI Application from Boot Option", 40 }, /* EV_EFI_ACTION */
	{ 8, 0x0000000d, "grub_cmd: set\0", 15 },			   /* EV_IPL */
	{ 9, 0x0000000d, "", 0 },
	{ 14, TALLY_EV_EVENT_TAG, "TALY\5\0\0\0\1\0\0\0\0", 13 },
	{ 14, TALLY_EV_EVENT_TAG, "TALY\5\0\0\0\2\0\0\0\0", 13 },
	{ 23, 0x0000000c, "compact", 7 }, /* EV_COMPACT_HASH */
};

static void expect(enum tally_status status)
{
	if (status == TALLY_OK)
		return;
	fprintf(stderr, "write-tcg2: %s\n", tally_status_message(status));
	exit(1);
}

static void all_banks(struct tally_digests *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < sizeof(banks) / sizeof(banks[0]); i++)
		ret->digest[ret->count++].alg = banks[i];
}

static void pcrs_init(struct tally_register_set *set)
{
	memset(set, 0, sizeof(*set));
	for (uint32_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		struct tally_register reg = { .number = pcr,
					      .kind = TALLY_RUNTIME,
					      .extend_rule = TALLY_EXTEND_DIGEST };

		snprintf(reg.name, sizeof(reg.name), "pcr%u", (unsigned)pcr);
		all_banks(&reg.reset);
		expect(tally_registers_add(set, &reg));
	}
}

static void write_header(struct tally_writer *writer)
{
	struct tally_tcg2_header header = { .version_major = 2, .uintn_size = 2 };

	for (size_t i = 0; i < sizeof(banks) / sizeof(banks[0]); i++) {
		header.algorithm[header.algorithm_count].alg = banks[i];
		header.algorithm[header.algorithm_count++].size = (uint16_t)tally_alg_size(banks[i]);
	}
	header.vendor_info = tally_text("tally");
	tally_tcg2_write_header(writer, &header);
}

static void write_event(struct tally_writer *writer, struct tally_replay *replay, size_t i)
{
	struct tally_record record = { .index = events[i].pcr, .event_type = events[i].event_type };
	bool is_measured = record.event_type != TALLY_EV_NO_ACTION;
	struct tally_digests like;

	all_banks(&like);
	record.digests = like;
	record.content = tally_bytes(events[i].data, events[i].size);
	if (is_measured) {
		expect(tally_digests_hash(&record.digests, &like, record.content));
		expect(tally_replay_extend(replay, record.index, &record.digests));
	}
	tally_tcg2_write(writer, &record);
	printf("event %u %s %zu\n", (unsigned)record.index, tally_event_type_name(record.event_type),
	       record.content.size);
}

static void print_pcrs(struct tally_replay *replay)
{
	struct tally_digests value;

	for (uint32_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		expect(tally_replay_value(replay, pcr, &value));
		for (size_t bank = 0; bank < value.count; bank++) {
			printf("pcr %s %u ", tally_alg_name(value.digest[bank].alg), (unsigned)pcr);
			for (size_t i = 0; i < tally_digest_bytes(&value.digest[bank]).size; i++)
				printf("%02x", value.digest[bank].bytes[i]);
			printf("\n");
		}
	}
}

int main(int argc, char **argv)
{
	static struct tally_register_set set;
	static struct tally_replay replay;
	static uint8_t room[LOG_LIMIT];
	struct tally_writer writer = tally_writer(room, sizeof(room));
	FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;

	if (!file) {
		fprintf(stderr, "usage: write-tcg2 FILE\n");
		return 2;
	}
	pcrs_init(&set);
	tally_replay_init(&replay, &set);
	write_header(&writer);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		write_event(&writer, &replay, i);
	expect(writer.status);
	print_pcrs(&replay);
	if (fwrite(room, 1, writer.size, file) != writer.size || fclose(file) != 0)
		return 1;
	return 0;
}
