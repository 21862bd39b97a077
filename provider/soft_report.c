// SPDX-License-Identifier: BSD-2-Clause
/* Soft's signed report, and reading the values out of one. spec: docs/formats/bundle.md 3 */
#include "../format/soft_report.h"

#include <stdlib.h>

#include "../format/bundle.h"
#include "../format/cose.h"
#include "soft_state.h"

#define PROTECTED_LIMIT 128
#define PAYLOAD_LIMIT 16384 /* 40 registers of a name and three banks take half of it */
#define MESSAGE_LIMIT (PAYLOAD_LIMIT + PROTECTED_LIMIT + TALLY_ES384_SIZE + 64)

/* An nsm's document names only PCRs that can't change any more. The others state all that they have. */
static bool report_carries(const struct tally_register *reg, bool is_locked)
{
	return reg->is_signed != TALLY_SIGNED_LOCKED || is_locked;
}

static void report_add_register(const struct tally_soft *soft, struct tally_soft_state *state, size_t i,
				struct tally_soft_report *report)
{
	const struct tally_register *reg = &soft->set.item[i];
	bool is_runtime = reg->kind == TALLY_RUNTIME;
	bool is_locked = is_runtime && state->locked >> i & 1;
	struct tally_soft_register *to = &report->reg[report->register_count];

	if (!report_carries(reg, is_locked))
		return;
	memcpy(to->name, reg->name, sizeof(to->name));
	to->number = reg->number;
	to->kind = reg->kind;
	to->is_locked = is_locked;
	to->value = reg->reset;
	if (is_runtime)
		tally_soft_value_get(soft, tally_soft_value_at(soft, state, i), i, &to->value);
	report->register_count++;
}

static void report_fill(const struct tally_soft *soft, struct tally_soft_state *state,
			const uint8_t report_data[TALLY_REPORT_DATA_BYTES], struct tally_soft_report *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->version = TALLY_SOFT_REPORT_VERSION;
	memcpy(ret->report_data, report_data, sizeof(ret->report_data));
	memcpy(ret->boot_id, soft->boot_id, sizeof(ret->boot_id));
	for (size_t i = 0; i < soft->set.count; i++)
		report_add_register(soft, state, i, ret);
}

static enum tally_status protected_write(const struct tally_soft *soft, struct tally_writer *writer)
{
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	enum tally_status status = tally_key_fingerprint(soft->key, fingerprint);

	if (status != TALLY_OK)
		return status;
	tally_cose_write_protected(writer, TALLY_COSE_ES384, tally_text(TALLY_MEDIA_SOFT_REPORT),
				   tally_bytes(fingerprint, sizeof(fingerprint)));
	return writer->status;
}

/* The COSE_Sign1 around a payload, to message. */
static enum tally_status payload_sign(const struct tally_soft *soft, struct tally_bytes payload,
				      struct tally_writer *message)
{
	uint8_t header[PROTECTED_LIMIT];
	uint8_t to_sign[MESSAGE_LIMIT];
	uint8_t signature[TALLY_ES384_SIZE];
	struct tally_writer protected_writer = tally_writer(header, sizeof(header));
	struct tally_writer tbs = tally_writer(to_sign, sizeof(to_sign));
	enum tally_status status = protected_write(soft, &protected_writer);

	if (status != TALLY_OK)
		return status;
	tally_cose_write_tbs(&tbs, tally_written(&protected_writer), payload);
	if (tbs.status != TALLY_OK)
		return tbs.status;
	status = tally_sign_es384(soft->key, tally_written(&tbs), signature);
	if (status != TALLY_OK)
		return status;
	tally_cose_write(message, tally_written(&protected_writer), payload, tally_bytes(signature, sizeof(signature)));
	return message->status;
}

/* The key travels beside the report: a policy pins its hash, and a hash checks no signature. */
static enum tally_status report_hand_out(const struct tally_soft *soft, struct tally_bytes message,
					 struct tally_report *ret)
{
	struct tally_report report = { .report_size = message.size };
	enum tally_status status = tally_key_spki(soft->key, &report.certificates, &report.certificates_size);

	if (status != TALLY_OK)
		return status;
	report.report = malloc(message.size);
	if (!report.report) {
		tally_report_done(&report);
		return TALLY_NO_MEMORY;
	}
	memcpy(report.report, message.data, message.size);
	*ret = report;
	return TALLY_OK;
}

enum tally_status tally_soft_report_sign(struct tally_soft *soft, struct tally_soft_state *state,
					 const uint8_t report_data[TALLY_REPORT_DATA_BYTES], struct tally_report *ret)
{
	uint8_t payload_bytes[PAYLOAD_LIMIT];
	uint8_t message_bytes[MESSAGE_LIMIT];
	struct tally_writer payload = tally_writer(payload_bytes, sizeof(payload_bytes));
	struct tally_writer message = tally_writer(message_bytes, sizeof(message_bytes));
	struct tally_soft_report report;
	enum tally_status status;

	report_fill(soft, state, report_data, &report);
	tally_soft_report_write(&payload, &report);
	if (payload.status != TALLY_OK)
		return payload.status;
	status = payload_sign(soft, tally_written(&payload), &message);
	return status == TALLY_OK ? report_hand_out(soft, tally_written(&message), ret) : status;
}

static enum tally_status report_payload(struct tally_bytes report, struct tally_soft_report *ret)
{
	struct tally_cose_sign1 message;
	enum tally_status status = tally_cose_read(report, &message);

	if (status != TALLY_OK)
		return status;
	if (!tally_bytes_equal(message.content_type, tally_text(TALLY_MEDIA_SOFT_REPORT)))
		return TALLY_UNSUPPORTED;
	return tally_soft_report_read(message.payload, ret);
}

enum tally_status tally_soft_report_find_values(const struct tally_soft *soft, struct tally_bytes report,
						struct tally_report_values *ret)
{
	struct tally_report_values values;
	struct tally_soft_report found;
	enum tally_status status = report_payload(report, &found);

	if (status != TALLY_OK)
		return status;
	memset(&values, 0, sizeof(values));
	for (size_t at = 0; at < found.register_count; at++) {
		const struct tally_soft_register *from = &found.reg[at];
		int i = tally_registers_find_number(&soft->set, from->number);

		if (from->kind != TALLY_RUNTIME)
			continue;
		if (i < 0 || strcmp(soft->set.item[i].name, from->name) != 0)
			return TALLY_UNKNOWN_REGISTER;
		if (!tally_digests_same_banks(&soft->set.item[i].reset, &from->value))
			return TALLY_BANK_SET;
		values.has[i] = true;
		values.value[i] = from->value;
	}
	*ret = values;
	return TALLY_OK;
}
