// SPDX-License-Identifier: BSD-2-Clause
/* Reports and evidence. */
#include <stdlib.h>

#include "handle.h"

/* What callers see comes first, so that a pointer to it is a pointer to the whole. */
struct owned_report {
	struct tally_report_info info;
	struct tally_report report;
	uint8_t *binding;
};

static enum tally_status read_request(const struct tally_request *request, uint64_t known_flags,
				      struct tally_evidence_request *ret, uint64_t *ret_flags,
				      struct tally_error *error)
{
	struct tally_request own;
	enum tally_status status = tally_api_take(&own, sizeof(own), request, error);

	if (status == TALLY_OK)
		status = tally_api_check_flags(own.flags, known_flags, error);
	if (status == TALLY_OK)
		status = tally_api_key(own.key_type, own.key_hash, &ret->key_hash, error);
	if (status != TALLY_OK)
		return status;
	if ((!own.nonce && own.nonce_size) || (!own.data && own.data_size))
		return tally_api_refuse(error, TALLY_INVALID, "nonce or data is missing, and its size is not");
	ret->nonce = tally_bytes(own.nonce, own.nonce_size);
	ret->caller = own.caller;
	ret->audience = tally_text(own.audience);
	ret->key_type = tally_text(own.key_type);
	ret->data = tally_bytes(own.data, own.data_size);
	ret->deadline = own.deadline;
	*ret_flags = own.flags;
	return TALLY_OK;
}

/* Raw REPORT_DATA has no place for anything beside the nonce, nor for a shorter one: padding it would be a guess. */
static enum tally_status check_raw(const struct tally_evidence_request *request, struct tally_error *error)
{
	if (request->audience.size || request->key_type.size)
		return tally_api_refuse(error, TALLY_INVALID, "a raw report binds the nonce alone");
	if (request->nonce.size != TALLY_REPORT_DATA_BYTES)
		return tally_api_refuse(error, TALLY_NONCE_SIZE, "raw REPORT_DATA has exactly %d bytes, not %zu",
					TALLY_REPORT_DATA_BYTES, request->nonce.size);
	return TALLY_OK;
}

static enum tally_status make_report(struct tally *tally, const struct tally_evidence_request *request, bool is_raw,
				     struct owned_report *owned, struct tally_error *error)
{
	struct tally_problem problem = { "" };
	enum tally_status status = is_raw ? check_raw(request, error) : TALLY_OK;

	if (status != TALLY_OK)
		return status;
	if (is_raw)
		status = tally_authority_report_raw(tally->authority, request->nonce.data, request->deadline,
						    &owned->report, &problem);
	else
		status = tally_authority_report(tally->authority, request, &owned->report, &owned->binding,
						&owned->info.binding_size, &problem);
	return tally_api_fail(error, status, &problem);
}

static void describe(const struct tally *tally, struct owned_report *owned)
{
	struct tally_report_info *info = &owned->info;

	info->media_type = tally_authority_provider(tally->authority)->report_media_type;
	info->report = owned->report.report;
	info->report_size = owned->report.report_size;
	info->binding = owned->binding;
	info->certificates = owned->report.certificates;
	info->certificates_size = owned->report.certificates_size;
	info->manifest = owned->report.manifest;
	info->manifest_size = owned->report.manifest_size;
}

enum tally_status tally_report(struct tally *tally, const struct tally_request *request,
			       const struct tally_report_info **ret, struct tally_error *error)
{
	struct tally_evidence_request inner = { .caller = NULL };
	struct owned_report *owned;
	uint64_t flags = 0;
	enum tally_status status = read_request(request, TALLY_REQUEST_RAW, &inner, &flags, error);

	if (status == TALLY_OK && inner.data.size)
		status = tally_api_refuse(error, TALLY_INVALID, "a report alone carries no data: ask for evidence");
	if (status != TALLY_OK)
		return status;
	owned = calloc(1, sizeof(*owned));
	if (!owned)
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	status = make_report(tally, &inner, flags & TALLY_REQUEST_RAW, owned, error);
	if (status != TALLY_OK) {
		tally_report_close(&owned->info);
		return status;
	}
	describe(tally, owned);
	*ret = &owned->info;
	return TALLY_OK;
}

void tally_report_close(const struct tally_report_info *report)
{
	struct owned_report *owned = (struct owned_report *)(uintptr_t)report;

	if (!owned)
		return;
	tally_report_done(&owned->report);
	free(owned->binding);
	free(owned);
}

enum tally_status tally_evidence(struct tally *tally, const struct tally_request *request, uint8_t **ret,
				 size_t *ret_size, struct tally_error *error)
{
	struct tally_evidence_request inner = { .caller = NULL };
	struct tally_problem problem = { "" };
	uint64_t flags = 0;
	enum tally_status status = read_request(request, 0, &inner, &flags, error);

	if (status != TALLY_OK)
		return status;
	status = tally_authority_evidence(tally->authority, &inner, ret, ret_size, &problem);
	return tally_api_fail(error, status, &problem);
}
