// SPDX-License-Identifier: BSD-2-Clause
/* What the files say when they are read, and do when they are written to. */
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../format/cel_tlv.h"
#include "access.h"
#include "extend.h"
#include "guest_files.h"

#define EVENT_TYPE "tsm.append_event"
#define EVENT_NAME "append_event"

enum tally_face_cost tally_face_read_cost(const struct tally_node *node)
{
	switch ((int)node->kind) {
	case TALLY_NODE_REPORT:
		return node->file >= TALLY_REPORT_OUTBLOB && node->file <= TALLY_REPORT_MANIFESTBLOB ? TALLY_COST_REPORT
												     : TALLY_COST_NONE;
	case TALLY_NODE_RTMR_DIGEST:
	case TALLY_NODE_RTMR_EVENT_LOG:
	case TALLY_NODE_REGISTER_DIGEST:
	case TALLY_NODE_REGISTER_LOCKED:
	case TALLY_NODE_REGISTER_EVENT_LOG:
	case TALLY_NODE_MEASUREMENT:
	case TALLY_NODE_LOG:
	case TALLY_NODE_GUEST_TABLE:
	case TALLY_NODE_GUEST_LOG:
		return TALLY_COST_AUTHORITY;
	default:
		return TALLY_COST_NONE;
	}
}

enum tally_face_cost tally_face_write_cost(const struct tally_node *node)
{
	switch ((int)node->kind) {
	case TALLY_NODE_RTMR_DIGEST:
	case TALLY_NODE_RTMR_APPEND_EVENT:
	case TALLY_NODE_MEASUREMENT:
		return TALLY_COST_AUTHORITY;
	case TALLY_NODE_REQUEST:
		return TALLY_COST_REPORT;
	default:
		return TALLY_COST_NONE;
	}
}

static struct tally_authority *authority_of(const struct tally_handles *handles, const struct tally_handle *handle)
{
	return handles->tree->options.faces[handle->node.face]->authority;
}

/*
 * The register that a file is about: of an entry in rtmrs/ the one that it was bound to. -ENXIO before that, -ENOENT
 * once the entry is gone.
 */
static int register_of(struct tally_handles *handles, const struct tally_handle *handle, size_t *ret)
{
	const struct tally_entry *entry = handle->node.entry;
	int reg = handle->node.reg;
	int error = 0;

	if (entry) {
		pthread_mutex_lock(&handles->tree->lock);
		reg = entry->rtmr.reg;
		if (entry->is_removed)
			error = -ENOENT;
		else if (reg < 0)
			error = -ENXIO;
		pthread_mutex_unlock(&handles->tree->lock);
	}
	if (!error)
		*ret = (size_t)reg;
	return error;
}

/* --- text --- */

static int blob_of(struct tally_bytes bytes, struct tally_blob **ret)
{
	*ret = tally_blob_copy(bytes);
	return *ret ? 0 : -ENOMEM;
}

static const char *signed_text(enum tally_signed is_signed)
{
	switch (is_signed) {
	case TALLY_SIGNED_VALUE:
		return "value";
	case TALLY_SIGNED_DIGEST:
		return "digest";
	case TALLY_SIGNED_LOCKED:
		return "locked";
	case TALLY_SIGNED_ELSEWHERE:
		return "elsewhere";
	case TALLY_SIGNED_NOT:
	default:
		return "no";
	}
}

/* The names of all banks, one of which is the one of rtmrs/. */
static void hash_text(const struct tally_register *reg, bool is_one, char *text, size_t size)
{
	size_t used = 0;

	if (is_one) {
		snprintf(text, size, "%s\n", tally_alg_name(tally_rtmr_bank(&reg->reset)->alg));
		return;
	}
	for (size_t i = 0; i < reg->reset.count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", tally_alg_name(reg->reset.digest[i].alg),
					 i + 1 < reg->reset.count ? " " : "\n");
}

static int register_text(enum tally_node_kind kind, const struct tally_register *reg, struct tally_blob **ret)
{
	char text[TALLY_PCR_TEXT_LIMIT + 64];
	char map[TALLY_PCR_TEXT_LIMIT];

	if (kind == TALLY_NODE_RTMR_TCG_MAP || kind == TALLY_NODE_REGISTER_TCG_MAP) {
		tally_pcr_mask_text(reg->pcr_mask, map);
		snprintf(text, sizeof(text), "%s\n", map);
	} else if (kind == TALLY_NODE_REGISTER_KIND) {
		snprintf(text, sizeof(text), "%s\n", reg->kind == TALLY_RUNTIME ? "runtime" : "static");
	} else if (kind == TALLY_NODE_REGISTER_SIGNED) {
		snprintf(text, sizeof(text), "%s\n", signed_text(reg->is_signed));
	} else {
		hash_text(reg, kind == TALLY_NODE_RTMR_HASH_ALGO, text, sizeof(text));
	}
	return blob_of(tally_text(text), ret);
}

static int index_content(struct tally_handles *handles, const struct tally_handle *handle, struct tally_blob **ret)
{
	char text[16];
	size_t reg;
	int error = register_of(handles, handle, &reg);

	if (error)
		return error;
	snprintf(text, sizeof(text), "%u\n",
		 (unsigned)handles->tree->names[handle->node.face].registers->item[reg].number);
	return blob_of(tally_text(text), ret);
}

static int report_content(struct tally_handles *handles, const struct tally_handle *handle, struct tally_blob **ret)
{
	const struct tally_entry *entry = handle->node.entry;
	char text[TALLY_TEXT_LIMIT + 1];
	size_t size = 0;
	int error = 0;

	pthread_mutex_lock(&handles->tree->lock);
	if (entry->is_removed)
		error = -ENOENT;
	else
		size = tally_report_entry_text(&entry->report,
					       handles->tree->names[handle->node.face].registers->provider,
					       handle->node.file, text);
	pthread_mutex_unlock(&handles->tree->lock);
	return error ? error : blob_of(tally_bytes(text, size), ret);
}

/* --- registers and log --- */

static int live_content(struct tally_handles *handles, const struct tally_handle *handle, size_t reg,
			struct tally_blob **ret)
{
	const struct tally_node *node = &handle->node;
	struct tally_problem problem;
	struct tally_digests value;
	bool is_locked;
	enum tally_status status =
		tally_authority_read(authority_of(handles, handle), reg, &value, &is_locked, &problem);

	if (status != TALLY_OK)
		return -tally_status_errno(status);
	if (node->kind == TALLY_NODE_REGISTER_LOCKED)
		return blob_of(tally_text(is_locked ? "1\n" : "0\n"), ret);
	if (node->kind == TALLY_NODE_RTMR_DIGEST)
		return blob_of(tally_digest_bytes(tally_rtmr_bank(&value)), ret);
	return blob_of(tally_digest_bytes(&value.digest[node->bank]), ret);
}

/* The records of one register, as they stand in the log. A static one has none, and its number may be a runtime one's. */
static int pick_records(struct tally_bytes log, const struct tally_register *reg, struct tally_blob **ret)
{
	struct tally_cursor cursor = tally_cursor(log);
	uint8_t *picked = malloc(log.size ? log.size : 1);
	size_t size = 0;
	uint8_t *fitting;

	if (!picked)
		return -ENOMEM;
	while (!tally_cursor_is_done(&cursor)) {
		struct tally_record record;

		if (tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) != TALLY_OK)
			break;
		if (record.index != reg->number || reg->kind != TALLY_RUNTIME)
			continue;
		memcpy(picked + size, record.encoded.data, record.encoded.size);
		size += record.encoded.size;
	}
	fitting = realloc(picked, size ? size : 1);
	*ret = tally_blob_own(fitting ? fitting : picked, size);
	return *ret ? 0 : -ENOMEM;
}

static int log_content(struct tally_handles *handles, const struct tally_handle *handle, struct tally_blob **ret)
{
	struct tally_problem problem;
	struct tally_log_view view;
	enum tally_status status = tally_authority_log(authority_of(handles, handle), &view, &problem);
	size_t reg;
	int error;

	if (status != TALLY_OK)
		return -tally_status_errno(status);
	if (handle->node.kind == TALLY_NODE_LOG) {
		*ret = tally_blob_view(&view);
		return *ret ? 0 : -ENOMEM;
	}
	error = register_of(handles, handle, &reg);
	if (!error)
		error = pick_records(view.bytes, &handles->tree->names[handle->node.face].registers->item[reg], ret);
	tally_log_view_done(&view);
	return error;
}

/* The ACPI files of a TDX guest. */
static int guest_content(struct tally_handles *handles, const struct tally_handle *handle, struct tally_blob **ret)
{
	struct tally_authority *authority = authority_of(handles, handle);
	uint8_t *content;
	size_t size;
	enum tally_status status;

	if (handle->node.kind == TALLY_NODE_GUEST_LOG)
		status = tally_guest_boot_log(authority, &content, &size);
	else
		status = tally_guest_boot_table(authority, &content, &size);
	if (status != TALLY_OK)
		return -tally_status_errno(status);
	*ret = tally_blob_own(content, size);
	return *ret ? 0 : -ENOMEM;
}

int tally_face_content(struct tally_handles *handles, struct tally_handle *handle, struct tally_blob **ret)
{
	const struct tally_node *node = &handle->node;
	size_t reg = 0;
	int error;

	if (node->kind == TALLY_NODE_REPORT)
		return report_content(handles, handle, ret);
	if (node->kind == TALLY_NODE_LOG)
		return log_content(handles, handle, ret);
	if (node->kind == TALLY_NODE_GUEST_TABLE || node->kind == TALLY_NODE_GUEST_LOG)
		return guest_content(handles, handle, ret);
	if (node->kind == TALLY_NODE_GUEST_DEVICE)
		return -EINVAL; /* as reading the device is refused */
	error = register_of(handles, handle, &reg);
	if (error)
		return error;
	switch ((int)node->kind) {
	case TALLY_NODE_RTMR_INDEX:
		return index_content(handles, handle, ret);
	case TALLY_NODE_RTMR_EVENT_LOG:
	case TALLY_NODE_REGISTER_EVENT_LOG:
		return log_content(handles, handle, ret);
	case TALLY_NODE_RTMR_DIGEST:
	case TALLY_NODE_REGISTER_DIGEST:
	case TALLY_NODE_REGISTER_LOCKED:
	case TALLY_NODE_MEASUREMENT:
		return live_content(handles, handle, reg, ret);
	default:
		return register_text(node->kind, &handles->tree->names[node->face].registers->item[reg], ret);
	}
}

/* --- writes --- */

static int extend(struct tally_handles *handles, const struct tally_handle *handle,
		  struct tally_extend_request *request)
{
	struct tally_extend_result result;
	const struct tally_rights *rights = &handle->caller.rights;
	size_t reg = request->register_index;
	bool is_raw = request->kind == TALLY_EXTEND_DIGESTS;
	struct tally_problem problem;
	enum tally_status status;

	if (is_raw ? !tally_access_may_extend(rights, reg) : !tally_access_may_append(rights, reg))
		return -EACCES;
	status = tally_face_extend(handles->tree->options.faces[handle->node.face], &handle->caller, request, &result,
				   &problem);
	return -tally_status_errno(status);
}

/* Exactly one digest, for a register that has one bank (I3). */
static int extend_digest(struct tally_handles *handles, const struct tally_handle *handle, size_t reg,
			 struct tally_bytes bytes)
{
	const struct tally_register *target = &handles->tree->names[handle->node.face].registers->item[reg];
	struct tally_extend_request request = { .kind = TALLY_EXTEND_DIGESTS, .register_index = reg };

	if (target->reset.count != 1)
		return -EINVAL;
	request.digests.count = 1;
	if (tally_digest_set(&request.digests.digest[0], target->reset.digest[0].alg, bytes) != TALLY_OK)
		return -EINVAL;
	return extend(handles, handle, &request);
}

static int append_event(struct tally_handles *handles, const struct tally_handle *handle, size_t reg,
			struct tally_bytes bytes)
{
	struct tally_extend_request request = {
		.kind = TALLY_EXTEND_EVENT,
		.register_index = reg,
		.type = tally_text(EVENT_TYPE),
		.name = tally_text(EVENT_NAME),
		.data = bytes,
	};

	if (bytes.size > TALLY_APPEND_LIMIT)
		return -EMSGSIZE;
	return extend(handles, handle, &request);
}

static int write_rtmr(struct tally_handles *handles, const struct tally_handle *handle, struct tally_bytes bytes)
{
	size_t reg;
	int error = register_of(handles, handle, &reg);

	if (error)
		return error;
	/* As the clients of this ABI expect; measurements/ and request extend it. */
	if (handles->tree->names[handle->node.face].registers->item[reg].is_firmware)
		return -EPERM;
	if (handle->node.kind == TALLY_NODE_RTMR_DIGEST)
		return extend_digest(handles, handle, reg, bytes);
	return append_event(handles, handle, reg, bytes);
}

/* Only a whole digest at the beginning; unlike the kernel's, one byte more is refused and not cut off. */
static int write_measurement(struct tally_handles *handles, const struct tally_handle *handle, uint64_t offset,
			     struct tally_bytes bytes)
{
	if (offset >= handle->node.size)
		return -EFBIG;
	if (offset != 0 || bytes.size != handle->node.size)
		return -EINVAL;
	return extend_digest(handles, handle, (size_t)handle->node.reg, bytes);
}

static int write_index(struct tally_handles *handles, const struct tally_handle *handle, struct tally_bytes bytes)
{
	struct tally_entry *entry = handle->node.entry;
	int error;

	pthread_mutex_lock(&handles->tree->lock);
	if (entry->is_removed)
		error = -ENOENT;
	else
		error = tally_rtmr_entry_bind(&entry->rtmr, &handles->tree->names[handle->node.face], bytes);
	pthread_mutex_unlock(&handles->tree->lock);
	return error;
}

static int write_report_text(struct tally_handles *handles, const struct tally_handle *handle, struct tally_bytes bytes)
{
	struct tally_entry *entry = handle->node.entry;
	int error;

	pthread_mutex_lock(&handles->tree->lock);
	if (entry->is_removed)
		error = -ENOENT;
	else
		error = tally_report_entry_store(&entry->report, handle->node.file, bytes);
	entry->used = tally_tree_now();
	pthread_mutex_unlock(&handles->tree->lock);
	return error;
}

/* The attributes of text take no more of one write than this, as in configfs; the writer is told how much. */
static struct tally_bytes cut(struct tally_bytes bytes)
{
	return tally_bytes(bytes.data, bytes.size < TALLY_TEXT_LIMIT ? bytes.size : TALLY_TEXT_LIMIT);
}

int tally_face_write(struct tally_handles *handles, struct tally_handle *handle, uint64_t offset,
		     struct tally_bytes bytes)
{
	struct tally_bytes taken = bytes;
	int error;

	switch ((int)handle->node.kind) {
	case TALLY_NODE_REPORT:
		if (handle->node.file == TALLY_REPORT_INBLOB) {
			error = tally_handle_buffer(handles, handle, offset, bytes);
			break;
		}
		taken = cut(bytes);
		error = write_report_text(handles, handle, taken);
		break;
	case TALLY_NODE_RTMR_INDEX:
		error = write_index(handles, handle, bytes);
		break;
	case TALLY_NODE_RTMR_DIGEST:
	case TALLY_NODE_RTMR_APPEND_EVENT:
		error = write_rtmr(handles, handle, bytes);
		break;
	case TALLY_NODE_MEASUREMENT:
		error = write_measurement(handles, handle, offset, bytes);
		break;
	default:
		return -EACCES;
	}
	return error ? error : (int)taken.size;
}

/* --- report --- */

static void drop_companions(struct tally_report *report)
{
	free(report->certificates);
	free(report->manifest);
	report->certificates = report->manifest = NULL;
	report->certificates_size = report->manifest_size = 0;
}

int tally_face_make_report(const struct tally_face *face, const struct tally_present *present,
			   const struct tally_report_making *making, tally_deadline deadline,
			   struct tally_blob *ret_blobs[TALLY_REPORT_BLOBS])
{
	struct tally_report report = { 0 };
	struct tally_problem problem;
	enum tally_status status =
		tally_authority_report_raw(face->authority, making->report_data, deadline, &report, &problem);

	if (status != TALLY_OK)
		return -tally_status_errno(status);
	if (present != tally_present_of(tally_authority_provider(face->authority)->name))
		drop_companions(&report);
	ret_blobs[0] = tally_blob_own(report.report, report.report_size);
	ret_blobs[1] = tally_blob_own(report.certificates, report.certificates_size);
	ret_blobs[2] = tally_blob_own(report.manifest, report.manifest_size);
	if (ret_blobs[0] && ret_blobs[1] && ret_blobs[2])
		return 0;
	for (size_t i = 0; i < TALLY_REPORT_BLOBS; i++)
		tally_blob_put(ret_blobs[i]);
	return -ENOMEM;
}
