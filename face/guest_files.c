// SPDX-License-Identifier: BSD-2-Clause
/* What a TDX guest's device and ACPI files say, made from an authority: for clients that read nothing else. */
#include "guest_files.h"

#include <stdlib.h>

#include "../authority/log_convert.h"
#include "../format/ccel.h"
#include "../format/tcg2.h"

#define READ_LIMIT 8 /* how often registers are read until two rounds agree */
#define LOG_LIMIT ((size_t)16 * 1024 * 1024)

static const char *const rtmr_names[TALLY_TD_RTMR_COUNT] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

static int find(struct tally_authority *authority, const char *name)
{
	const struct tally_register_set *set = tally_authority_registers(authority);
	int i = tally_registers_find_name(set, tally_text(name));

	return i >= 0 && tally_digests_find(&set->item[i].reset, TALLY_SHA384) ? i : -1;
}

bool tally_guest_is_td(struct tally_authority *authority)
{
	for (size_t i = 0; i < TALLY_TD_RTMR_COUNT; i++)
		if (find(authority, rtmr_names[i]) < 0)
			return false;
	return true;
}

/* A register that this machine lacks is zeros, as where nobody has set it. */
static enum tally_status read_register(struct tally_authority *authority, const char *name, struct tally_digest *ret)
{
	int i = find(authority, name);
	struct tally_problem problem;
	struct tally_digests value;
	enum tally_status status;
	bool is_locked;

	*ret = (struct tally_digest){ .alg = TALLY_SHA384 };
	if (i < 0)
		return TALLY_OK;
	status = tally_authority_read(authority, (size_t)i, &value, &is_locked, &problem);
	if (status == TALLY_OK)
		*ret = *tally_digests_find(&value, TALLY_SHA384);
	return status;
}

static enum tally_status read_rtmrs(struct tally_authority *authority, struct tally_digest ret[TALLY_TD_RTMR_COUNT])
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; i < TALLY_TD_RTMR_COUNT && status == TALLY_OK; i++)
		status = read_register(authority, rtmr_names[i], &ret[i]);
	return status;
}

/* A register never comes back to a value that it had, so two equal rounds were both of one instant. */
static enum tally_status read_instant(struct tally_authority *authority, struct tally_digest ret[TALLY_TD_RTMR_COUNT])
{
	struct tally_digest before[TALLY_TD_RTMR_COUNT];
	enum tally_status status = read_rtmrs(authority, ret);

	for (int i = 0; i < READ_LIMIT && status == TALLY_OK; i++) {
		memcpy(before, ret, sizeof(before));
		status = read_rtmrs(authority, ret);
		if (status == TALLY_OK && memcmp(before, ret, sizeof(before)) == 0)
			return TALLY_OK;
	}
	return status == TALLY_OK ? TALLY_TRY_AGAIN : status;
}

static enum tally_status read_statics(struct tally_authority *authority, struct tally_td_report *report)
{
	const struct {
		const char *name;
		struct tally_digest *value;
	} statics[] = {
		{ "mrtd", &report->mrtd },
		{ "mrconfigid", &report->mrconfigid },
		{ "mrowner", &report->mrowner },
		{ "mrownerconfig", &report->mrownerconfig },
	};
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; i < sizeof(statics) / sizeof(statics[0]) && status == TALLY_OK; i++)
		status = read_register(authority, statics[i].name, statics[i].value);
	return status;
}

enum tally_status tally_guest_report(struct tally_authority *authority,
				     const uint8_t report_data[static TALLY_TD_REPORT_DATA_SIZE],
				     uint8_t ret_report[static TALLY_TD_REPORT_SIZE])
{
	struct tally_td_report report = { .attributes = 0 };
	struct tally_writer writer = tally_writer(ret_report, TALLY_TD_REPORT_SIZE);
	enum tally_status status = read_statics(authority, &report);

	memcpy(report.report_data, report_data, sizeof(report.report_data));
	if (status == TALLY_OK)
		status = read_instant(authority, report.rtmr);
	return status == TALLY_OK ? tally_td_report_write(&writer, &report) : status;
}

/* --- the boot log --- */

struct collected {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

static enum tally_status collect(void *context, struct tally_bytes piece)
{
	struct collected *collected = context;

	if (piece.size > LOG_LIMIT - collected->size)
		return TALLY_TOO_LARGE;
	if (piece.size > collected->capacity - collected->size) {
		size_t capacity = 2 * collected->size + piece.size;
		uint8_t *data = realloc(collected->data, capacity);

		if (!data)
			return TALLY_NO_MEMORY;
		collected->data = data;
		collected->capacity = capacity;
	}
	memcpy(collected->data + collected->size, piece.data, piece.size);
	collected->size += piece.size;
	return TALLY_OK;
}

/* Of a log without records only the header is said, which needs the one bank that a TD has. */
static enum tally_status collect_header(const struct tally_log_sink *sink)
{
	static const struct tally_tcg2_header header = {
		.index = 1, /* edk2 writes 1 into a CCEL */
		.version_major = 2,
		.errata = 105,
		.uintn_size = 2,
		.algorithm_count = 1,
		.algorithm = { { TALLY_SHA384, 48 } },
	};
	uint8_t room[256];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	tally_tcg2_write_header(&writer, &header);
	return writer.status == TALLY_OK ? sink->put(sink->context, tally_written(&writer)) : writer.status;
}

enum tally_status tally_guest_boot_log(struct tally_authority *authority, uint8_t **ret, size_t *ret_size)
{
	struct collected collected = { .size = 0 };
	const struct tally_log_sink sink = { .put = collect, .context = &collected };
	struct tally_conversion conversion;
	struct tally_problem problem;
	struct tally_log_view view;
	enum tally_status status = tally_authority_log(authority, &view, &problem);

	if (status != TALLY_OK)
		return status;
	status = tally_log_convert(view.bytes, TALLY_LOG_FORMAT_TALLY, TALLY_LOG_TARGET_CCEL, &sink, &conversion,
				   &problem);
	tally_log_view_done(&view);
	/* No record that could not be said, and none that was: there is none. */
	if (status == TALLY_UNSUPPORTED && conversion.is_unsaid && !conversion.record_count && !conversion.offset)
		status = collect_header(&sink);
	if (status == TALLY_OK) {
		*ret = collected.data;
		*ret_size = collected.size;
	} else {
		free(collected.data);
	}
	return status;
}

enum tally_status tally_guest_boot_table(struct tally_authority *authority, uint8_t **ret, size_t *ret_size)
{
	struct tally_ccel ccel = { .revision = 1, .cc_type = TALLY_CC_TDX };
	struct tally_writer writer;
	uint8_t *log = NULL;
	size_t log_size = 0;
	enum tally_status status = tally_guest_boot_log(authority, &log, &log_size);

	free(log);
	if (status != TALLY_OK)
		return status;
	*ret = malloc(TALLY_CCEL_TABLE_SIZE);
	if (!*ret)
		return TALLY_NO_MEMORY;
	ccel.log_size = log_size;
	writer = tally_writer(*ret, TALLY_CCEL_TABLE_SIZE);
	tally_ccel_write(&writer, &ccel);
	*ret_size = writer.size;
	return TALLY_OK;
}
