// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Logs beside ours: their media types, and the replay of boot logs from the reset values. */
#include "segment.h"

#define SEGMENT_BOOT_PREFIX "application/vnd.tally.log+"
#define SEGMENT_FOREIGN_PREFIX "application/vnd.tally.foreign-log+"

void tally_segment_media_write(struct tally_writer *writer, const struct tally_segment_kind *kind)
{
	const char *format = tally_log_format_name(kind->format);

	if (format[0] == 0)
		tally_writer_fail(writer, TALLY_INVALID);
	tally_write_bytes(writer, tally_text(kind->is_foreign ? SEGMENT_FOREIGN_PREFIX : SEGMENT_BOOT_PREFIX));
	tally_write_bytes(writer, tally_text(format));
}

static bool segment_media_is(struct tally_bytes media_type, const char *prefix, enum tally_log_format *ret)
{
	struct tally_cursor cursor = tally_cursor(media_type);
	struct tally_bytes expected = tally_text(prefix);

	if (!tally_bytes_equal(tally_read_bytes(&cursor, expected.size), expected))
		return false;
	*ret = tally_log_format_from_name(tally_read_rest(&cursor));
	return *ret != TALLY_LOG_FORMAT_UNKNOWN;
}

bool tally_segment_media_read(struct tally_bytes media_type, struct tally_segment_kind *ret)
{
	struct tally_segment_kind kind = { .is_foreign = false, .format = TALLY_LOG_FORMAT_UNKNOWN };

	if (!segment_media_is(media_type, SEGMENT_BOOT_PREFIX, &kind.format)) {
		kind.is_foreign = true;
		if (!segment_media_is(media_type, SEGMENT_FOREIGN_PREFIX, &kind.format))
			return false;
	}
	*ret = kind;
	return true;
}

enum tally_status tally_segment_digests(const struct tally_digests *digests, const struct tally_digests *like,
					struct tally_digests *ret)
{
	struct tally_digests picked;

	tally_digests_zero(&picked, like);
	for (size_t i = 0; i < like->count; i++) {
		const struct tally_digest *digest = tally_digests_find(digests, like->digest[i].alg);

		if (!digest)
			return TALLY_BANK_SET;
		picked.digest[i] = *digest;
	}
	*ret = picked;
	return TALLY_OK;
}

/*
 * Firmware that started at another locality began PCR 0 there: the specification's values, and no others.
 * spec: TCG PFP 10.4.5.3, StartupLocality
 */
static enum tally_status segment_start(struct tally_segment_replay *segment, const struct tally_record *record)
{
	int i = tally_log_register(segment->replay->set, record);
	struct tally_digests value;
	uint8_t locality;

	if (i < 0 || record->numbering != TALLY_NUMBERING_PCR || record->index != 0 || segment->extended >> i & 1 ||
	    !tally_tcg2_startup_locality(record, &locality) || (locality != 3 && locality != 4))
		return TALLY_OK;
	value = segment->replay->set->item[i].reset;
	for (size_t bank = 0; bank < value.count; bank++)
		value.digest[bank].bytes[tally_alg_size(value.digest[bank].alg) - 1] = locality;
	return tally_replay_jump(segment->replay, (size_t)i, &value);
}

enum tally_status tally_segment_apply(struct tally_segment_replay *segment, const struct tally_record *record,
				      int *ret_reg, struct tally_digests *ret_digests)
{
	enum tally_status status;
	int i;

	*ret_reg = -1;
	if (!record->is_measured)
		return segment_start(segment, record);
	i = tally_log_register(segment->replay->set, record);
	if (i < 0)
		return TALLY_OK;
	*ret_reg = i;
	status = tally_segment_digests(&record->digests, &segment->replay->set->item[i].reset, ret_digests);
	if (status == TALLY_OK)
		status = tally_replay_extend(segment->replay, (size_t)i, ret_digests);
	if (status == TALLY_OK)
		segment->extended |= 1ULL << i;
	return status;
}
