// SPDX-License-Identifier: BSD-2-Clause
/* Replay of CEL-TLV, CEL-CBOR, CEL-JSON and TCG2 logs, SHA-384, digests only, against OpenSSL's own rate for the 96 bytes of an extend. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format/cbor.h"
#include "../format/cel_cbor.h"
#include "../format/cel_json.h"
#include "../format/cel_tlv.h"
#include "../verify/replay.h"
#include "rate.h"

#define EVENTS 200000
#define EVENT_SIZE 64

/* A digest that differs from event to event. */
static void event_digests(struct tally_digests *ret, unsigned i)
{
	memset(ret, 0, sizeof(*ret));
	ret->count = 1;
	ret->digest[0].alg = TALLY_SHA384;
	for (size_t byte = 0; byte < 48; byte++)
		ret->digest[0].bytes[byte] = (uint8_t)(i >> (byte % 4 * 8)) ^ (uint8_t)byte;
}

static void event_record(struct tally_record *ret, unsigned i, enum tally_numbering numbering, uint32_t index)
{
	static const uint8_t data[EVENT_SIZE] = "an event of this size";

	memset(ret, 0, sizeof(*ret));
	ret->number = i;
	ret->numbering = numbering;
	ret->index = index;
	ret->content_type = TALLY_CONTENT_PCCLIENT_STD;
	ret->event_type = TALLY_EV_EVENT_TAG;
	ret->is_measured = true;
	ret->content = tally_bytes(data, sizeof(data));
	event_digests(&ret->digests, i);
}

static uint8_t memory[EVENTS * 512];

/* The events take turns in so many registers: those of a TDX machine, or one, whose extends can't be side by side. */
static struct tally_bytes log_cel(unsigned registers)
{
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	for (unsigned i = 0; i < EVENTS; i++) {
		event_record(&record, i, TALLY_NUMBERING_CC_MR, 1 + i % registers);
		tally_cel_write(&writer, &record);
	}
	if (writer.status != TALLY_OK)
		bench_fail("cel-tlv", tally_status_message(writer.status));
	return tally_written(&writer);
}

static struct tally_bytes log_cbor(unsigned registers)
{
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	tally_cbor_write_array(&writer, EVENTS);
	for (unsigned i = 0; i < EVENTS; i++) {
		event_record(&record, i, TALLY_NUMBERING_CC_MR, 1 + i % registers);
		tally_cel_cbor_write(&writer, &record);
	}
	if (writer.status != TALLY_OK)
		bench_fail("cel-cbor", tally_status_message(writer.status));
	return tally_written(&writer);
}

static struct tally_bytes log_json(unsigned registers)
{
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	for (unsigned i = 0; i < EVENTS; i++) {
		tally_write_u8(&writer, i ? ',' : '[');
		event_record(&record, i, TALLY_NUMBERING_CC_MR, 1 + i % registers);
		tally_cel_json_write(&writer, &record);
	}
	tally_write_u8(&writer, ']');
	if (writer.status != TALLY_OK)
		bench_fail("cel-json", tally_status_message(writer.status));
	return tally_written(&writer);
}

static struct tally_bytes log_tcg2(unsigned registers)
{
	struct tally_tcg2_header header = { .version_major = 2, .uintn_size = 2, .algorithm_count = 1 };
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	header.algorithm[0].alg = TALLY_SHA384;
	header.algorithm[0].size = 48;
	tally_tcg2_write_header(&writer, &header);
	for (unsigned i = 0; i < EVENTS; i++) {
		event_record(&record, i, TALLY_NUMBERING_PCR, i % registers);
		tally_tcg2_write(&writer, &record);
	}
	if (writer.status != TALLY_OK)
		bench_fail("tcg2", tally_status_message(writer.status));
	return tally_written(&writer);
}

/* OpenSSL's rate: 96 bytes a message, one context for all. */
static double openssl_rate(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA2-384", NULL);
	uint8_t message[96] = { 0 };
	double start = bench_cpu();

	if (!context || EVP_DigestInit_ex2(context, md, NULL) != 1)
		bench_fail("openssl", "no SHA-384");
	for (unsigned i = 0; i < EVENTS; i++) {
		if (EVP_DigestInit_ex2(context, NULL, NULL) != 1 ||
		    EVP_DigestUpdate(context, message, sizeof(message)) != 1 ||
		    EVP_DigestFinal_ex(context, message, NULL) != 1)
			bench_fail("openssl", "SHA-384");
	}
	start = bench_cpu() - start;
	EVP_MD_CTX_free(context);
	EVP_MD_free(md);
	return EVENTS / start;
}

static double replay_rate(struct tally_bytes log, enum tally_log_format format)
{
	static struct tally_log_replay replay;
	struct tally_digests value;
	double start = bench_cpu();

	enum tally_status status = tally_replay_log(log, format, &replay);

	if (status != TALLY_OK)
		bench_fail("replay", tally_status_message(status));
	if (replay.measured_count != EVENTS)
		bench_fail("replay", "records are missing");
	for (size_t i = 0; i < tally_registers_runtime_count(&replay.set); i++)
		if (tally_log_replay_value(&replay, i, &value) != TALLY_OK)
			bench_fail("replay", "no value");
	return EVENTS / (bench_cpu() - start);
}

/* What replay touches beside its input: KiB. */
static long anonymous_memory(void)
{
	char line[128];
	long size = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "RssAnon: %ld", &size) == 1)
			break;
	if (file)
		fclose(file);
	return size;
}

static void bench_log(enum tally_log_format format, const char *suffix, struct tally_bytes log)
{
	double ratio[TALLY_BENCH_RUNS];
	double rate[TALLY_BENCH_RUNS];
	const char *name = tally_log_format_name(format);
	char text[64];
	long before;

	/* The first replay of a program loads what stays. */
	(void)replay_rate(log, format);
	before = anonymous_memory();
	for (size_t run = 0; run < TALLY_BENCH_RUNS; run++) {
		double limit = openssl_rate();

		rate[run] = replay_rate(log, format);
		ratio[run] = rate[run] / limit;
	}
	snprintf(text, sizeof(text), "replay.%s%s", name, suffix);
	bench_print(text, bench_median(rate, TALLY_BENCH_RUNS), "events/s");
	snprintf(text, sizeof(text), "replay.%s%s-of-openssl", name, suffix);
	bench_print(text, bench_median(ratio, TALLY_BENCH_RUNS), "ratio");
	snprintf(text, sizeof(text), "replay.%s%s-memory", name, suffix);
	bench_print(text, (double)(anonymous_memory() - before), "KiB");
}

int main(void)
{
	double rate[TALLY_BENCH_RUNS];

	for (size_t run = 0; run < TALLY_BENCH_RUNS; run++)
		rate[run] = openssl_rate();
	bench_print("openssl.sha384-96", bench_median(rate, TALLY_BENCH_RUNS), "messages/s");
	bench_log(TALLY_LOG_FORMAT_CEL_TLV, "", log_cel(4));
	bench_log(TALLY_LOG_FORMAT_CEL_CBOR, "", log_cbor(4));
	bench_log(TALLY_LOG_FORMAT_CEL_JSON, "", log_json(4));
	bench_log(TALLY_LOG_FORMAT_TCG2, "", log_tcg2(4));
	bench_log(TALLY_LOG_FORMAT_CEL_TLV, "-one", log_cel(1));
	bench_log(TALLY_LOG_FORMAT_TCG2, "-one", log_tcg2(1));
	return 0;
}
