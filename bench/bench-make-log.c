// SPDX-License-Identifier: BSD-2-Clause
/* Logs to measure with: a firmware log of many events, a CEL-TLV log of many bytes, a log of tally's own of many records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../authority/authority.h"
#include "../format/cel_tlv.h"
#include "../format/tcg2.h"
#include "../provider/soft.h"
#include "rate.h"

#define EVENT_SIZE 64
#define MEMORY_SIZE (1024 * 1024)

static uint8_t memory[MEMORY_SIZE];

static void event_record(struct tally_record *ret, uint64_t number, uint16_t alg, struct tally_bytes data)
{
	memset(ret, 0, sizeof(*ret));
	ret->number = number;
	ret->numbering = TALLY_NUMBERING_PCR;
	ret->index = (uint32_t)(number % 8);
	ret->content_type = TALLY_CONTENT_PCCLIENT_STD;
	ret->event_type = TALLY_EV_EVENT_TAG;
	ret->is_measured = true;
	ret->content = data;
	ret->digests.count = 1;
	ret->digests.digest[0].alg = alg;
	if (tally_digests_hash(&ret->digests, &ret->digests, tally_bytes(&number, sizeof(number))) != TALLY_OK)
		bench_fail("make-log", "hash");
}

static void write_out(FILE *file, struct tally_writer *writer)
{
	if (writer->status != TALLY_OK || fwrite(memory, 1, writer->size, file) != writer->size)
		bench_fail("make-log", "write");
	*writer = tally_writer(memory, sizeof(memory));
}

/* The tagged event that the Linux stub writes: an id, a size, bytes. */
static struct tally_bytes tagged_event(void)
{
	static uint8_t data[8 + EVENT_SIZE] = { 0xec, 0x22, 0x3b, 0x8f, EVENT_SIZE };

	memset(data + 8, 'x', EVENT_SIZE);
	return tally_bytes(data, sizeof(data));
}

static void make_tcg2(FILE *file, uint64_t count, uint16_t alg)
{
	struct tally_tcg2_header header = { .version_major = 2, .uintn_size = 2, .algorithm_count = 1 };
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	header.algorithm[0].alg = alg;
	header.algorithm[0].size = (uint16_t)tally_alg_size(alg);
	tally_tcg2_write_header(&writer, &header);
	write_out(file, &writer);
	for (uint64_t i = 0; i < count; i++) {
		event_record(&record, i, alg, tagged_event());
		tally_tcg2_write(&writer, &record);
		write_out(file, &writer);
	}
}

/* Events of 64 KiB: a log of many bytes. */
static void make_cel(FILE *file, uint64_t bytes)
{
	static uint8_t data[64 * 1024];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	for (uint64_t i = 0; i * sizeof(data) < bytes; i++) {
		event_record(&record, i, TALLY_SHA384, tally_bytes(data, sizeof(data)));
		record.numbering = TALLY_NUMBERING_CC_MR;
		record.index = 1 + (uint32_t)(i % 4);
		tally_cel_write(&writer, &record);
		write_out(file, &writer);
	}
}

static void make_own(const char *directory, uint64_t count)
{
	struct tally_soft_options soft = { 0 };
	struct tally_authority_options options = { .provider = "soft",
						   .directory = directory,
						   .capacity = UINT64_C(2) << 30,
						   .provider_options = { .soft = &soft } };
	struct tally_authority *authority;
	struct tally_problem problem;

	if (tally_authority_open(&options, &authority, &problem) != TALLY_OK)
		bench_fail("make-log", problem.text);
	for (uint64_t i = 0; i < count; i++) {
		struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT, .register_index = 2 };
		struct tally_extend_result result;
		char name[32];

		snprintf(name, sizeof(name), "event-%llu", (unsigned long long)i);
		request.type = tally_text("bench");
		request.name = tally_text(name);
		request.is_once = true;
		if (tally_authority_extend(authority, &request, &result, &problem) != TALLY_OK)
			bench_fail("make-log", problem.text);
	}
	tally_authority_close(authority);
}

int main(int argc, char **argv)
{
	FILE *file = NULL;
	uint64_t count;

	if (argc != 4)
		bench_fail("usage", "bench-make-log tcg2-sha256|tcg2-sha384|cel|own COUNT PATH");
	count = strtoull(argv[2], NULL, 10);
	if (!strcmp(argv[1], "own")) {
		make_own(argv[3], count);
		return 0;
	}
	file = fopen(argv[3], "wb");
	if (!file)
		bench_fail("make-log", argv[3]);
	if (!strcmp(argv[1], "cel"))
		make_cel(file, count);
	else
		make_tcg2(file, count, strcmp(argv[1], "tcg2-sha256") ? TALLY_SHA384 : TALLY_SHA256);
	return fclose(file) == 0 ? 0 : 1;
}
