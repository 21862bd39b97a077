// SPDX-License-Identifier: BSD-2-Clause
/* Which right each part of the tree asks for. */
#include "access.h"

#include <errno.h>

static bool measures(const struct tally_rights *rights)
{
	return rights->raw_extends || rights->appends;
}

static bool may_read(const struct tally_rights *rights, enum tally_node_kind kind)
{
	switch (kind) {
	case TALLY_DIR_REPORT:
	case TALLY_DIR_REPORT_ENTRY:
	case TALLY_NODE_REPORT:
	case TALLY_NODE_GUEST_DEVICE:
		return rights->has_raw_report;
	case TALLY_DIR_RTMRS:
	case TALLY_DIR_RTMR_ENTRY:
	case TALLY_NODE_RTMR_INDEX:
		return rights->sees_registers || measures(rights);
	case TALLY_NODE_LOG:
	case TALLY_NODE_RTMR_EVENT_LOG:
	case TALLY_NODE_REGISTER_EVENT_LOG:
	case TALLY_NODE_GUEST_LOG:
		return rights->log == TALLY_LOG_ALL;
	case TALLY_DIR_ROOT:
	case TALLY_DIR_TSM:
	case TALLY_DIR_ACPI:
	case TALLY_DIR_ACPI_DATA:
	case TALLY_NODE_GUEST_TABLE:
	case TALLY_NODE_REQUEST:
		return true;
	case TALLY_DIR_REGISTERS:
	case TALLY_DIR_MEASUREMENTS:
	case TALLY_DIR_REGISTER:
	case TALLY_NODE_RTMR_DIGEST:
	case TALLY_NODE_RTMR_TCG_MAP:
	case TALLY_NODE_RTMR_HASH_ALGO:
	case TALLY_NODE_RTMR_APPEND_EVENT:
	case TALLY_NODE_REGISTER_DIGEST:
	case TALLY_NODE_REGISTER_HASH_ALGO:
	case TALLY_NODE_REGISTER_KIND:
	case TALLY_NODE_REGISTER_SIGNED:
	case TALLY_NODE_REGISTER_LOCKED:
	case TALLY_NODE_REGISTER_TCG_MAP:
	case TALLY_NODE_MEASUREMENT:
	default:
		return rights->sees_registers;
	}
}

/* Also of mkdir(2) and rmdir(2), in the two directories where these can be. */
static bool may_write(const struct tally_rights *rights, enum tally_node_kind kind)
{
	switch ((int)kind) {
	case TALLY_DIR_REPORT:
	case TALLY_NODE_REPORT:
	case TALLY_NODE_GUEST_DEVICE:
		return rights->has_raw_report;
	case TALLY_NODE_RTMR_DIGEST:
	case TALLY_NODE_MEASUREMENT:
		return rights->raw_extends != 0;
	case TALLY_NODE_RTMR_APPEND_EVENT:
		return rights->appends != 0;
	case TALLY_DIR_RTMRS:
	case TALLY_NODE_RTMR_INDEX:
		return measures(rights);
	default:
		return true; /* the others can't be written to, whoever asks; the transaction file asks for itself */
	}
}

int tally_access_check(const struct tally_rights *rights, const struct tally_node *node, unsigned access)
{
	if (access & TALLY_ACCESS_READS && !may_read(rights, node->kind))
		return -EACCES;
	if (access & (TALLY_ACCESS_WRITES | TALLY_ACCESS_CHANGES) && !may_write(rights, node->kind))
		return -EACCES;
	return 0;
}
