/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence made by hand: registers, log, report and bundle, every piece of which a test can make wrong. */
#ifndef TALLY_TESTS_UNIT_EVIDENCE_H
#define TALLY_TESTS_UNIT_EVIDENCE_H

#include "hex.h"

#include "../../crypto/sign.h"
#include "../../format/binding.h"
#include "../../format/bundle.h"
#include "../../format/cel_tlv.h"
#include "../../format/control.h"
#include "../../format/cose.h"
#include "../../format/event.h"
#include "../../format/soft_report.h"
#include "../../verify/verify.h"

#define EVIDENCE_TIME INT64_C(1790000000) /* some day in 2026 */
#define EVIDENCE_RECORDS 64
#define EVIDENCE_BLOCK 16384
#define EVIDENCE_NONCE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define EVIDENCE_BOOT_ID "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"

struct evidence {
	struct tally_key *key; /* borrowed */
	struct tally_register_set set;
	struct tally_digests value[TALLY_REGISTER_LIMIT]; /* what the registers hold */
	bool is_locked[TALLY_REGISTER_LIMIT];
	size_t record_count;
	struct tally_bytes record[EVIDENCE_RECORDS]; /* the log, each on the heap */
	size_t first_record;			     /* of the member `log`; those before are stored.0 */
	struct tally_binding binding;
	struct tally_bytes boot_id;
	struct tally_bytes nonce;
	struct tally_bytes data;
	struct tally_bytes segment;
	const char *segment_media_type;
	struct tally_bytes tpm_quote; /* a TPM's side, freed by whoever made it */
	struct tally_bytes tpm_pcrs;
	uint8_t companions[48];
	struct tally_bytes key_id; /* empty: the key's */
	int64_t alg;		   /* that the report names; 0: ES384, with which it is signed */
	uint8_t *spki;
	size_t spki_size;
	uint8_t fingerprint[32];
	const char *report_media_type;
	const char *certificates_media_type;
	bool lacks_report;
	bool lacks_log;
	bool lacks_binding;
	bool lacks_certificates;
	bool breaks_signature;
	bool breaks_binding;
	bool has_raw_report_data; /* the nonce and zeros, no binding */
	bool has_certificates;	  /* other ones than the key's */
	struct tally_bytes certificates;
	const char *extra_label;      /* one more member */
	const char *extra_media_type; /* NULL: bytes of no kind */
	struct tally_bytes extra;
	const uint8_t *report_data; /* 64 bytes, in place of the nonce: with has_raw_report_data */
	void (*after_binding)(struct evidence *evidence); /* a change that REPORT_DATA does not cover any more */
	void (*after_report)(struct tally_soft_report *report);
};

static inline struct tally_digests evidence_banks(size_t count, const uint16_t *algs, uint8_t fill)
{
	struct tally_digests banks = { .count = count };

	for (size_t i = 0; i < count; i++) {
		banks.digest[i].alg = algs[i];
		memset(banks.digest[i].bytes, fill, tally_alg_size(algs[i]));
	}
	return banks;
}

static inline void evidence_register(struct evidence *evidence, const char *name, uint32_t number,
				     enum tally_register_kind kind, uint32_t pcr_mask, struct tally_digests reset)
{
	struct tally_register reg = { .number = number,
				      .kind = kind,
				      .is_signed = TALLY_SIGNED_VALUE,
				      .extend_rule = TALLY_EXTEND_DIGEST,
				      .pcr_mask = pcr_mask,
				      .reset = reset };

	snprintf(reg.name, sizeof(reg.name), "%s", name);
	evidence->value[evidence->set.count] = reset;
	assert_int_equal(tally_registers_add(&evidence->set, &reg), TALLY_OK);
}

/* soft's preset as tdx has it. PCR map: UEFI 2.10 38.4.1 */
static inline void evidence_registers_tdx(struct evidence *evidence)
{
	static const uint16_t algs[] = { TALLY_SHA384 };
	static const uint32_t maps[] = { 0x82, 0x7c, 0xff00, 0 };
	static const char *const statics[] = { "mrtd", "mrconfigid", "mrowner", "mrownerconfig" };
	char name[TALLY_REGISTER_NAME_LIMIT];

	for (uint32_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "rtmr%u", (unsigned)i);
		evidence_register(evidence, name, i, TALLY_RUNTIME, maps[i], evidence_banks(1, algs, 0));
	}
	for (uint32_t i = 0; i < 4; i++)
		evidence_register(evidence, statics[i], i, TALLY_STATIC, i == 0, evidence_banks(1, algs, 0x41));
}

/* And as a TPM has it: three banks, 16 and 23 resettable, 17 to 22 all ones. */
static inline void evidence_registers_tpm(struct evidence *evidence)
{
	static const uint16_t algs[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384 };
	char name[TALLY_REGISTER_NAME_LIMIT];

	for (uint32_t i = 0; i < 24; i++) {
		snprintf(name, sizeof(name), "pcr%u", (unsigned)i);
		evidence_register(evidence, name, i, TALLY_RUNTIME, 1U << i,
				  evidence_banks(3, algs, i >= 17 && i <= 22 ? 0xff : 0));
	}
}

/* And as NSM has it: the values of locked registers only are in the document. */
static inline void evidence_registers_nsm(struct evidence *evidence)
{
	static const uint16_t algs[] = { TALLY_SHA384 };
	char name[TALLY_REGISTER_NAME_LIMIT];

	for (uint32_t i = 0; i < 32; i++) {
		snprintf(name, sizeof(name), "pcr%u", (unsigned)i);
		evidence_register(evidence, name, i, TALLY_RUNTIME, 0, evidence_banks(1, algs, 0));
		evidence->is_locked[i] = i < 16;
	}
}

static inline struct evidence *evidence_new(struct tally_key *key, void (*registers)(struct evidence *evidence))
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));

	assert_non_null(evidence);
	evidence->key = key;
	snprintf(evidence->set.provider, sizeof(evidence->set.provider), "soft");
	registers(evidence);
	evidence->nonce = hex_bytes(EVIDENCE_NONCE);
	evidence->boot_id = hex_bytes(EVIDENCE_BOOT_ID);
	evidence->binding.purpose = tally_text("evidence");
	evidence->binding.provider = tally_text("soft");
	evidence->binding.caller = tally_text("0:0");
	evidence->binding.nonce = evidence->nonce;
	evidence->report_media_type = "application/vnd.tally.soft-report+cbor";
	evidence->certificates_media_type = "application/vnd.tally.soft-key+spki";
	evidence->segment_media_type = "application/vnd.tally.log+ccel";
	assert_int_equal(tally_key_spki(key, &evidence->spki, &evidence->spki_size), TALLY_OK);
	assert_int_equal(tally_key_fingerprint(key, evidence->fingerprint), TALLY_OK);
	return evidence;
}

static inline void evidence_free(struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->record_count; i++)
		free_bytes(evidence->record[i]);
	free_bytes(evidence->nonce);
	free_bytes(evidence->boot_id);
	free_bytes(evidence->segment);
	free(evidence->spki);
	free(evidence);
}

static inline struct tally_bytes evidence_heap(const struct tally_writer *writer)
{
	assert_int_equal(writer->status, TALLY_OK);
	return exact_copy(tally_written(writer));
}

static inline void evidence_insert(struct evidence *evidence, size_t at, struct tally_bytes record)
{
	assert_true(evidence->record_count < EVIDENCE_RECORDS && at <= evidence->record_count);
	memmove(&evidence->record[at + 1], &evidence->record[at],
		(evidence->record_count - at) * sizeof(evidence->record[0]));
	evidence->record[at] = record;
	evidence->record_count++;
}

static inline void evidence_remove(struct evidence *evidence, size_t at)
{
	assert_true(at < evidence->record_count);
	free_bytes(evidence->record[at]);
	evidence->record_count--;
	memmove(&evidence->record[at], &evidence->record[at + 1],
		(evidence->record_count - at) * sizeof(evidence->record[0]));
}

/* Records get the numbers of their places, from first on: what a careful forger does. */
static inline void evidence_renumber(struct evidence *evidence, uint64_t first)
{
	for (size_t i = 0; i < evidence->record_count; i++)
		for (size_t byte = 0; byte < 8; byte++)
			((uint8_t *)(uintptr_t)evidence->record[i].data)[5 + byte] =
				(uint8_t)((first + i) >> (8 * (7 - byte)));
}

static inline void evidence_record(struct evidence *evidence, const struct tally_record *record)
{
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	tally_cel_write(&writer, record);
	evidence_insert(evidence, evidence->record_count, evidence_heap(&writer));
}

static inline uint64_t evidence_number(const struct evidence *evidence)
{
	const uint8_t *last;
	uint64_t number = 0;

	if (evidence->record_count == 0)
		return 0;
	last = evidence->record[evidence->record_count - 1].data + 5;
	for (size_t i = 0; i < 8; i++)
		number = number << 8 | last[i];
	return number + 1;
}

/* head(number) as docs/formats/log.md 1 says; the first record has number 0. */
static inline void evidence_head(const struct evidence *evidence, uint64_t number, uint8_t ret[48])
{
	memset(ret, 0, 48);
	for (uint64_t i = 0; i < number; i++) {
		struct tally_hash_job job = { TALLY_SHA384, { { ret, 48 }, evidence->record[i] }, ret };

		assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	}
}

/* new = H(old || digest) in every bank */
static inline void evidence_extend(struct evidence *evidence, size_t reg, const struct tally_digests *digests)
{
	struct tally_digests *value = &evidence->value[reg];

	for (size_t i = 0; i < value->count; i++) {
		struct tally_hash_job job = { value->digest[i].alg,
					      { tally_digest_bytes(&value->digest[i]),
						tally_digest_bytes(&digests->digest[i]) },
					      value->digest[i].bytes };

		assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	}
}

static inline struct tally_record evidence_measured(const struct evidence *evidence, size_t reg,
						    struct tally_bytes content)
{
	struct tally_record record = { .number = evidence_number(evidence),
				       .numbering = TALLY_NUMBERING_REGISTER,
				       .index = evidence->set.item[reg].number,
				       .content_type = TALLY_CONTENT_PCCLIENT_STD,
				       .event_type = TALLY_EV_EVENT_TAG,
				       .is_measured = true,
				       .content = content };

	assert_int_equal(tally_digests_hash(&record.digests, &evidence->set.item[reg].reset, content), TALLY_OK);
	return record;
}

/* One event of ours, extended and logged. */
static inline void evidence_put(struct evidence *evidence, size_t reg, const struct tally_event *event)
{
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	tally_event_write(&writer, event);
	assert_int_equal(writer.status, TALLY_OK);
	record = evidence_measured(evidence, reg, tally_written(&writer));
	evidence_extend(evidence, reg, &record.digests);
	evidence_record(evidence, &record);
}

static inline void evidence_event(struct evidence *evidence, size_t reg, const char *type, const char *name,
				  const char *origin, const char *data)
{
	struct tally_event event = { .type = tally_text(type),
				     .name = tally_text(name),
				     .origin = tally_text(origin),
				     .has_data = true,
				     .data = tally_text(data) };

	evidence_put(evidence, reg, &event);
}

/* A digest that a caller with full rights gave; the content is as tally writes it and says nothing. */
static inline void evidence_digest_only(struct evidence *evidence, size_t reg, const char *name, uint8_t fill)
{
	struct tally_event event = { .type = tally_text("digest-only"),
				     .name = tally_text(name),
				     .origin = tally_text("0:0"),
				     .has_data = true };
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct tally_record record;

	tally_event_write(&writer, &event);
	record = evidence_measured(evidence, reg, tally_written(&writer));
	for (size_t i = 0; i < record.digests.count; i++)
		memset(record.digests.digest[i].bytes, fill, tally_alg_size(record.digests.digest[i].alg));
	evidence_extend(evidence, reg, &record.digests);
	evidence_record(evidence, &record);
}

static inline void evidence_control(struct evidence *evidence, size_t reg, const struct tally_writer *content)
{
	struct tally_record record;

	assert_int_equal(content->status, TALLY_OK);
	tally_control_record(&record, evidence_number(evidence), &evidence->set.item[reg], tally_written(content));
	evidence_record(evidence, &record);
}

static inline void evidence_header_fields(const struct evidence *evidence, struct tally_control_header *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->version = 1;
	ret->numbering = TALLY_NUMBERING_REGISTER;
	ret->capacity = 1 << 20;
	memcpy(ret->boot_id, evidence->boot_id.data, sizeof(ret->boot_id));
	ret->registers = evidence->set;
}

static inline void evidence_header(struct evidence *evidence)
{
	struct tally_control_header *header = malloc(sizeof(*header));
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	assert_non_null(header);
	evidence_header_fields(evidence, header);
	tally_control_write_header(&writer, header);
	evidence_control(evidence, 0, &writer);
	free(header);
}

static inline void evidence_fill(struct evidence *evidence, size_t reg, uint8_t fill, struct tally_digests *ret)
{
	tally_digests_zero(ret, &evidence->value[reg]);
	for (size_t i = 0; i < ret->count; i++)
		memset(ret->digest[i].bytes, fill, tally_alg_size(ret->digest[i].alg));
}

/* A base, and the register holds it. */
static inline void evidence_base(struct evidence *evidence, size_t reg, uint8_t fill)
{
	struct tally_control_base base = { .has_reset_count = false };
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	evidence_fill(evidence, reg, fill, &base.value);
	evidence->value[reg] = base.value;
	tally_control_write_base(&writer, &base);
	evidence_control(evidence, reg, &writer);
}

/* Somebody extended the register beside the log. Returns the gap's number. */
static inline uint64_t evidence_gap(struct evidence *evidence, size_t reg, uint8_t fill)
{
	struct tally_control_gap gap = { .from = evidence->value[reg] };
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	uint64_t number = evidence_number(evidence);

	evidence_fill(evidence, reg, fill, &gap.to);
	evidence->value[reg] = gap.to;
	tally_control_write_gap(&writer, &gap);
	evidence_control(evidence, reg, &writer);
	return number;
}

static inline void evidence_pin_fields(struct evidence *evidence, size_t reg, const struct tally_digests *from,
				       const struct tally_digests *to, struct tally_pin *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->index = evidence->set.item[reg].number;
	ret->from = *from;
	ret->to = *to;
	ret->next = evidence_number(evidence);
	evidence_head(evidence, ret->next, ret->head);
}

static inline void evidence_put_pin(struct evidence *evidence, size_t reg, const struct tally_pin *pin)
{
	struct tally_event event = { .type = tally_text("tally.pin"),
				     .name = tally_text("pin"),
				     .origin = tally_text("0:0"),
				     .has_data = true };
	uint8_t memory[2048];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	tally_pin_write(&writer, pin);
	assert_int_equal(writer.status, TALLY_OK);
	event.data = tally_written(&writer);
	evidence_put(evidence, reg, &event);
}

static inline void evidence_pin(struct evidence *evidence, size_t reg, const struct tally_digests *from,
				const struct tally_digests *to)
{
	struct tally_pin pin;

	evidence_pin_fields(evidence, reg, from, to, &pin);
	evidence_put_pin(evidence, reg, &pin);
}

/* The log is cut here: what is before goes to stored.0, what follows begins with the trim. */
static inline void evidence_trim(struct evidence *evidence)
{
	struct tally_control_trim *trim = calloc(1, sizeof(*trim));
	uint8_t memory[EVIDENCE_BLOCK];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	assert_non_null(trim);
	evidence_header_fields(evidence, &trim->header);
	for (size_t i = 0; i < tally_registers_runtime_count(&evidence->set); i++)
		trim->value[i] = evidence->value[i];
	evidence_head(evidence, evidence_number(evidence), trim->head);
	tally_control_write_trim(&writer, trim);
	evidence->first_record = evidence->record_count;
	evidence_control(evidence, 0, &writer);
	free(trim);
}

static inline void evidence_add_member(struct tally_bundle *bundle, const char *label, const char *media_type,
				       struct tally_bytes value)
{
	struct tally_member *member = &bundle->member[bundle->count++];

	member->label = tally_text(label);
	member->media_type = tally_text(media_type);
	member->value = value;
}

static inline void evidence_companions(struct evidence *evidence)
{
	struct tally_companion companions[4];
	uint8_t memory[1024];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	struct {
		const char *label;
		const char *type;
		struct tally_bytes value;
	} parts[] = {
		{ "data", "application/octet-stream", evidence->data },
		{ "segment.0", evidence->segment_media_type, evidence->segment },
		{ "tpm-pcrs", "application/vnd.tally.tpm-pcrs+cbor", evidence->tpm_pcrs },
		{ "tpm-quote", "application/vnd.tally.tpm-quote+cbor", evidence->tpm_quote },
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct tally_hash_job job = { TALLY_SHA384, { parts[i].value }, companions[count].sha384 };

		if (parts[i].value.size == 0)
			continue;
		companions[count].label = tally_text(parts[i].label);
		companions[count].media_type = tally_text(parts[i].type);
		companions[count].size = parts[i].value.size;
		assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
		count++;
	}
	tally_companions_write(&writer, companions, count);
	assert_int_equal(writer.status, TALLY_OK);
	{
		struct tally_hash_job job = { TALLY_SHA384, { tally_written(&writer) }, evidence->companions };

		assert_int_equal(tally_env_hash(&job, 1), TALLY_OK);
	}
	evidence->binding.companions = tally_bytes(evidence->companions, sizeof(evidence->companions));
}

static inline void evidence_report(struct evidence *evidence, const uint8_t report_data[64], struct tally_writer *ret)
{
	struct tally_soft_report *report = calloc(1, sizeof(*report));
	struct tally_bytes type = tally_text("application/vnd.tally.soft-report+cbor");
	struct tally_bytes key_id = tally_bytes(evidence->fingerprint, sizeof(evidence->fingerprint));
	uint8_t protected_memory[256];
	uint8_t payload_memory[EVIDENCE_BLOCK];
	uint8_t message_memory[EVIDENCE_BLOCK + 512];
	uint8_t signature[TALLY_ES384_SIZE];
	struct tally_writer header = tally_writer(protected_memory, sizeof(protected_memory));
	struct tally_writer payload = tally_writer(payload_memory, sizeof(payload_memory));
	struct tally_writer message = tally_writer(message_memory, sizeof(message_memory));

	assert_non_null(report);
	report->version = 1;
	memcpy(report->report_data, report_data, 64);
	memcpy(report->boot_id, evidence->boot_id.data, sizeof(report->boot_id));
	report->register_count = evidence->set.count;
	for (size_t i = 0; i < evidence->set.count; i++) {
		struct tally_soft_register *reg = &report->reg[i];

		memcpy(reg->name, evidence->set.item[i].name, sizeof(reg->name));
		reg->number = evidence->set.item[i].number;
		reg->kind = evidence->set.item[i].kind;
		reg->is_locked = evidence->is_locked[i];
		reg->value = evidence->value[i];
	}
	if (evidence->after_report)
		evidence->after_report(report);
	tally_soft_report_write(&payload, report);
	tally_cose_write_protected(&header, evidence->alg ? evidence->alg : TALLY_COSE_ES384, type,
				   evidence->key_id.size ? evidence->key_id : key_id);
	tally_cose_write_tbs(&message, tally_written(&header), tally_written(&payload));
	assert_int_equal(message.status, TALLY_OK);
	assert_int_equal(tally_sign_es384(evidence->key, tally_written(&message), signature), TALLY_OK);
	if (evidence->breaks_signature)
		signature[50] ^= 1;
	tally_cose_write(ret, tally_written(&header), tally_written(&payload),
			 tally_bytes(signature, sizeof(signature)));
	assert_int_equal(ret->status, TALLY_OK);
	free(report);
}

static inline void evidence_log(const struct evidence *evidence, size_t first, size_t end, struct tally_writer *ret)
{
	for (size_t i = first; i < end; i++)
		tally_write_bytes(ret, evidence->record[i]);
	assert_int_equal(ret->status, TALLY_OK);
}

static inline void evidence_report_data(const struct evidence *evidence, struct tally_bytes array, uint8_t ret[64])
{
	if (evidence->report_data) {
		memcpy(ret, evidence->report_data, 64);
		return;
	}
	if (evidence->has_raw_report_data) {
		memset(ret, 0, 64);
		memcpy(ret, evidence->nonce.data, evidence->nonce.size);
		return;
	}
	assert_int_equal(tally_binding_report_data(array, ret), TALLY_OK);
}

static inline void evidence_write(struct evidence *evidence, struct tally_bundle *bundle, struct tally_bytes binding,
				  struct tally_bytes report, struct tally_bytes log, struct tally_bytes stored)
{
	if (!evidence->lacks_report)
		evidence_add_member(bundle, "report", evidence->report_media_type, report);
	if (!evidence->lacks_binding && !evidence->has_raw_report_data)
		evidence_add_member(bundle, "binding", "application/vnd.tally.binding+cbor", binding);
	if (!evidence->lacks_log)
		evidence_add_member(bundle, "log", "application/vnd.tally.log+cel-tlv", log);
	if (stored.size)
		evidence_add_member(bundle, "stored.0", "application/vnd.tally.log+cel-tlv", stored);
	if (!evidence->lacks_certificates)
		evidence_add_member(bundle, "certificates", evidence->certificates_media_type,
				    evidence->has_certificates ? evidence->certificates
							       : tally_bytes(evidence->spki, evidence->spki_size));
	if (evidence->data.size)
		evidence_add_member(bundle, "data", "application/octet-stream", evidence->data);
	if (evidence->segment.size)
		evidence_add_member(bundle, "segment.0", evidence->segment_media_type, evidence->segment);
	if (evidence->tpm_quote.size)
		evidence_add_member(bundle, "tpm-quote", "application/vnd.tally.tpm-quote+cbor", evidence->tpm_quote);
	if (evidence->tpm_pcrs.size)
		evidence_add_member(bundle, "tpm-pcrs", "application/vnd.tally.tpm-pcrs+cbor", evidence->tpm_pcrs);
	if (evidence->extra_label)
		evidence_add_member(bundle, evidence->extra_label,
				    evidence->extra_media_type ? evidence->extra_media_type
							       : "application/octet-stream",
				    evidence->extra_media_type ? evidence->extra : tally_text("x"));
}

/* Room for a whole log. */
static inline size_t evidence_log_size(const struct evidence *evidence)
{
	size_t size = EVIDENCE_BLOCK;

	for (size_t i = 0; i < evidence->record_count; i++)
		size += evidence->record[i].size;
	return size;
}

/* The bundle, on the heap. keeps_stored: the part before the trim goes along. */
static inline struct tally_bytes evidence_bundle(struct evidence *evidence, bool keeps_stored)
{
	size_t size = evidence_log_size(evidence);
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	uint8_t *memory = malloc(6 * size);
	struct tally_writer binding = tally_writer(memory, 1024);
	struct tally_writer report = tally_writer(memory + size, EVIDENCE_BLOCK);
	struct tally_writer log = tally_writer(memory + 2 * size, size);
	struct tally_writer stored = tally_writer(memory + 3 * size, size);
	struct tally_writer whole = tally_writer(memory + 4 * size, 2 * size);
	struct tally_bytes bytes;
	uint8_t report_data[64];

	assert_non_null(bundle);
	assert_non_null(memory);
	if (evidence->binding.companions.size == 0)
		evidence_companions(evidence);
	tally_binding_write(&binding, &evidence->binding);
	assert_int_equal(binding.status, TALLY_OK);
	evidence_report_data(evidence, tally_written(&binding), report_data);
	evidence_report(evidence, report_data, &report);
	if (evidence->after_binding) {
		evidence->after_binding(evidence);
		binding = tally_writer(memory, 1024);
		tally_binding_write(&binding, &evidence->binding);
	}
	if (evidence->breaks_binding)
		memory[0] ^= 0x40;
	evidence_log(evidence, evidence->first_record, evidence->record_count, &log);
	if (keeps_stored)
		evidence_log(evidence, 0, evidence->first_record, &stored);
	evidence_write(evidence, bundle, tally_written(&binding), tally_written(&report), tally_written(&log),
		       tally_written(&stored));
	tally_bundle_write(&whole, bundle);
	bytes = evidence_heap(&whole);
	free(memory);
	free(bundle);
	return bytes;
}

/* A policy: the key, the static registers, rules of rtmr2, and more top-level members (text beginning with a comma). */
static inline struct tally_bytes evidence_policy(const struct evidence *evidence, const char *rtmr2, const char *more)
{
	char *text = malloc(16384);
	char key[65];
	char value[97];
	int size;

	assert_non_null(text);
	for (size_t i = 0; i < 32; i++)
		snprintf(key + 2 * i, 3, "%02x", evidence->fingerprint[i]);
	for (size_t i = 0; i < 48; i++)
		snprintf(value + 2 * i, 3, "41");
	size = snprintf(text, 16384,
			"{\"tally-policy\": 1, \"soft\": {\"keys\": [\"sha256:%s\"]},\n"
			" \"claims\": {\"soft.mrtd\": \"%s\", \"soft.mrconfigid\": \"%s\", \"soft.mrowner\": \"%s\",\n"
			"  \"soft.mrownerconfig\": \"%s\"},\n"
			" \"registers\": {\"soft.rtmr0\": [], \"soft.rtmr1\": [], \"soft.rtmr2\": %s,\n"
			"  \"soft.rtmr3\": []}%s}",
			key, value, value, value, value, rtmr2, more);
	assert_true(size > 0 && size < 16384);
	return tally_bytes(text, (size_t)size);
}

#endif
