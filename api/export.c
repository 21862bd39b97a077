// SPDX-License-Identifier: BSD-2-Clause
/* A log in another format, into a sink or a descriptor of the caller's. */
#include <errno.h>
#include <unistd.h>

#include "../authority/log_convert.h"
#include "handle.h"

/* The caller's sink, and the errno with which it failed. */
struct outlet {
	tally_sink sink;
	void *context;
	int number;
};

static enum tally_status put(void *context, struct tally_bytes piece)
{
	struct outlet *outlet = context;

	outlet->number = outlet->sink(outlet->context, piece.data, piece.size);
	return outlet->number == 0 ? TALLY_OK : TALLY_SYSTEM;
}

static enum tally_status export(const struct tally_api_log *log, enum tally_log_target target, struct outlet *outlet,
				struct tally_conversion *ret, struct tally_error *error) {
	struct tally_log_sink sink = { .put = put, .context = outlet }; struct tally_problem problem = { "" };
	enum tally_status status = tally_log_convert(log->bytes, log->format, target, &sink, ret, &problem);

	if (outlet->number != 0) return tally_api_refuse(error, TALLY_SYSTEM, "the export can't be written: %s",
							 strerror(outlet->number));
	status = tally_api_fail(error, status, &problem);
	if (ret->is_unsaid) tally_api_advise(error, "formats differ in what they can say: cel-json says the most");
	return status;
}

enum tally_status tally_records_export(const struct tally_records *records, const char *format, tally_sink sink,
				       void *context, struct tally_exported *ret, struct tally_error *error)
{
	struct outlet outlet = { .sink = sink, .context = context };
	struct tally_api_log log = tally_api_log(records);
	enum tally_log_target target = tally_log_target_from_name(tally_text(format));
	struct tally_conversion conversion;
	enum tally_status status;

	if (target == TALLY_LOG_TARGET_UNKNOWN || !sink)
		return tally_api_refuse(error, TALLY_INVALID, "no log is written as %.40s, or there is no sink",
					format ? format : "nothing");
	if (tally_records_fd(records) >= 0)
		return tally_api_refuse(error, TALLY_INVALID, "records that are followed have no end to be written");
	/* What lies behind the damage would be missing. */
	if (log.damage != TALLY_OK)
		return tally_api_refuse(error, log.damage, "the log can't be read at byte %zu: %s", log.bytes.size,
					tally_status_message(log.damage));
	status = export(&log, target, &outlet, &conversion, error);
	if (status != TALLY_OK || !ret)
		return status;
	memset(ret, 0, sizeof(*ret));
	ret->record_count = conversion.record_count;
	ret->left_out_count = conversion.left_out_count;
	return TALLY_OK;
}

static int write_all(void *context, const void *bytes, size_t size)
{
	const int *fd = context;
	const uint8_t *at = bytes;

	while (size) {
		ssize_t done = write(*fd, at, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno;
		at += done;
		size -= (size_t)done;
	}
	return 0;
}

enum tally_status tally_records_export_fd(const struct tally_records *records, const char *format, int fd,
					  struct tally_exported *ret, struct tally_error *error)
{
	return tally_records_export(records, format, write_all, &fd, ret, error);
}
