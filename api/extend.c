// SPDX-License-Identifier: BSD-2-Clause
/* Measuring: events, and digests alone. */
#include "handle.h"

static enum tally_status extend(struct tally *tally, const char *reg, struct tally_extend_request *request,
				struct tally_extended *ret, struct tally_error *error)
{
	struct tally_extend_result result = { 0 };
	struct tally_problem problem = { "" };
	enum tally_status status = tally_api_find(tally, reg, &request->register_index, error);

	if (status != TALLY_OK)
		return status;
	status = tally_authority_extend(tally->authority, request, &result, &problem);
	if (status != TALLY_OK)
		return tally_api_fail(error, status, &problem);
	if (!ret)
		return TALLY_OK;
	memset(ret, 0, sizeof(*ret));
	ret->number = result.number;
	ret->gap_count = result.gaps;
	ret->is_existing = result.is_existing;
	return TALLY_OK;
}

static const char *default_type(const struct tally_measurement *measurement)
{
	if (measurement->data_digest)
		return "file";
	return measurement->data ? "data" : "event";
}

static enum tally_status read_measurement(const struct tally_measurement *measurement,
					  struct tally_extend_request *request, struct tally_error *error)
{
	struct tally_measurement own;
	enum tally_status status = tally_api_take(&own, sizeof(own), measurement, error);

	if (status == TALLY_OK)
		status = tally_api_check_flags(own.flags, TALLY_EVENT_ONCE, error);
	if (status != TALLY_OK)
		return status;
	if (own.data && own.data_digest)
		return tally_api_refuse(error, TALLY_INVALID, "an event carries data or the digest of data, not both");
	if (!own.data && own.data_size)
		return tally_api_refuse(error, TALLY_INVALID, "data is missing, and its size is %zu", own.data_size);
	request->kind = TALLY_EXTEND_EVENT;
	request->caller = own.caller;
	request->type = tally_text(own.type ? own.type : default_type(&own));
	request->name = tally_text(own.name);
	request->data = tally_bytes(own.data, own.data_size);
	request->has_data_digest = own.data_digest != NULL;
	request->is_once = own.flags & TALLY_EVENT_ONCE;
	request->deadline = own.deadline;
	return own.data_digest ? tally_api_digest(&request->data_digest, own.data_digest, error) : TALLY_OK;
}

enum tally_status tally_extend(struct tally *tally, const char *reg, const struct tally_measurement *measurement,
			       struct tally_extended *ret, struct tally_error *error)
{
	struct tally_extend_request request = { 0 };
	enum tally_status status = read_measurement(measurement, &request, error);

	return status == TALLY_OK ? extend(tally, reg, &request, ret, error) : status;
}

static enum tally_status read_digests(const struct tally_value *digests, struct tally_digests *ret,
				      struct tally_error *error)
{
	if (!digests || digests->count > TALLY_VALUE_BANKS)
		return tally_api_refuse(error, TALLY_INVALID, "there are no digests, or more than %d",
					TALLY_VALUE_BANKS);
	for (uint32_t i = 0; i < digests->count; i++) {
		struct tally_digest digest;
		enum tally_status status = tally_api_digest(&digest, &digests->bank[i], error);

		if (status != TALLY_OK)
			return status;
		if (tally_digests_add(ret, &digest) != TALLY_OK)
			return tally_api_refuse(error, TALLY_BANK_SET, "there are two digests of bank %s",
						tally_alg_name(digest.alg));
	}
	return TALLY_OK;
}

enum tally_status tally_extend_digests(struct tally *tally, const char *reg, const struct tally_value *digests,
				       const char *name, uint64_t deadline, struct tally_extended *ret,
				       struct tally_error *error)
{
	struct tally_extend_request request = {
		.kind = TALLY_EXTEND_DIGESTS,
		.name = tally_text(name),
		.deadline = deadline,
	};
	enum tally_status status = read_digests(digests, &request.digests, error);

	return status == TALLY_OK ? extend(tally, reg, &request, ret, error) : status;
}
