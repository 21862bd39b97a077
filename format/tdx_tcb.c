// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Intel's statements about TDX platforms and their quoting enclave. */
#include "tdx_tcb.h"

#include "tdx_json.h"

#define TCB_INFO_VERSION 3
#define QE_IDENTITY_VERSION 2
#define MODULE_PREFIX "TDX_"

/* An integer of one value only. */
static void expect_number(struct tally_json_reader *json, uint64_t value)
{
	if (tally_json_read_uint(json, UINT32_MAX) != value)
		tally_json_fail(json, TALLY_UNSUPPORTED);
}

static void expect_string(struct tally_json_reader *json, const char *value)
{
	if (!tally_json_string_is(tally_json_read_string(json), value))
		tally_json_fail(json, TALLY_UNSUPPORTED);
}

static uint8_t read_component(struct tally_json_reader *json)
{
	struct tally_json_names names;
	struct tally_bytes name;
	bool has_svn = false;
	uint8_t svn = 0;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "svn")) {
			has_svn = true;
			svn = (uint8_t)tally_json_read_uint(json, UINT8_MAX);
		} else {
			tally_tdx_json_skip(json);
		}
	}
	tally_tdx_json_need(json, has_svn, true);
	return svn;
}

/* Exactly sixteen. */
static void read_components(struct tally_json_reader *json, uint8_t svn[TALLY_TDX_SVNS])
{
	size_t count = 0;

	tally_json_begin_array(json);
	while (tally_json_next_element(json)) {
		if (count == TALLY_TDX_SVNS)
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
		else
			svn[count++] = read_component(json);
	}
	if (count != TALLY_TDX_SVNS)
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
}

static void read_platform_tcb(struct tally_json_reader *json, struct tally_tdx_platform_level *level)
{
	struct tally_json_names names;
	struct tally_bytes name;
	uint32_t seen = 0;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "sgxtcbcomponents")) {
			seen |= 1;
			read_components(json, level->sgx);
		} else if (tally_json_string_is(name, "tdxtcbcomponents")) {
			seen |= 2;
			read_components(json, level->tdx);
		} else if (tally_json_string_is(name, "pcesvn")) {
			seen |= 4;
			level->pcesvn = (uint16_t)tally_json_read_uint(json, UINT16_MAX);
		} else {
			tally_tdx_json_skip(json);
		}
	}
	tally_tdx_json_need(json, seen, 7);
}

static void read_platform_level(struct tally_json_reader *json, struct tally_tdx_platform_level *level)
{
	struct tally_json_names names;
	struct tally_bytes name;
	bool has_tcb = false;

	memset(level, 0, sizeof(*level));
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "tcb")) {
			has_tcb = true;
			read_platform_tcb(json, level);
		} else if (!tally_tdx_json_standing(json, name, &level->standing)) {
			tally_tdx_json_skip(json);
		}
	}
	tally_tdx_json_need(json, has_tcb && level->standing.status != TALLY_TDX_STATUS_NONE, true);
}

static void read_platform_levels(struct tally_json_reader *json, struct tally_tdx_tcb_info *info)
{
	tally_json_begin_array(json);
	while (tally_json_next_element(json)) {
		if (info->level_count == TALLY_TDX_LEVEL_LIMIT)
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
		else
			read_platform_level(json, &info->level[info->level_count++]);
	}
}

/* "TDX_01", in hexadecimal of either case. */
static uint8_t read_module_version(struct tally_json_reader *json)
{
	struct tally_cursor id = tally_cursor(tally_json_read_string(json));
	struct tally_bytes prefix = tally_text(MODULE_PREFIX);
	uint8_t version = 0;
	struct tally_bytes digits;

	if (!tally_bytes_equal(tally_read_bytes(&id, prefix.size), prefix))
		tally_json_fail(json, TALLY_UNSUPPORTED);
	digits = tally_read_bytes(&id, 2);
	if (tally_cursor_end(&id) != TALLY_OK || !tally_json_decode_hex(digits, &version, 1) || version == 0)
		tally_json_fail(json, TALLY_UNSUPPORTED);
	return version;
}

/* tdxModule, which has no id and no levels, or one of tdxModuleIdentities. */
static void read_module(struct tally_json_reader *json, bool is_identity, struct tally_tdx_module *module)
{
	struct tally_json_names names;
	struct tally_bytes name;
	uint32_t seen = 0;

	memset(module, 0, sizeof(*module));
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "mrsigner")) {
			seen |= 1;
			tally_tdx_json_hex(json, module->mrsigner, sizeof(module->mrsigner));
		} else if (tally_json_string_is(name, "attributes")) {
			seen |= 2;
			tally_tdx_json_hex(json, module->attributes, sizeof(module->attributes));
		} else if (tally_json_string_is(name, "attributesMask")) {
			seen |= 4;
			tally_tdx_json_hex(json, module->attributes_mask, sizeof(module->attributes_mask));
		} else if (is_identity && tally_json_string_is(name, "id")) {
			seen |= 8;
			module->version = read_module_version(json);
		} else if (is_identity && tally_json_string_is(name, "tcbLevels")) {
			seen |= 16;
			tally_tdx_json_levels(json, module->level, TALLY_TDX_MODULE_LEVEL_LIMIT, &module->level_count);
		} else {
			tally_tdx_json_skip(json);
		}
	}
	tally_tdx_json_need(json, seen, is_identity ? 31 : 7);
}

/* One version can't have two identities. */
static void read_module_identities(struct tally_json_reader *json, struct tally_tdx_tcb_info *info)
{
	tally_json_begin_array(json);
	while (tally_json_next_element(json)) {
		struct tally_tdx_module *module = &info->module[info->module_count];

		if (info->module_count > TALLY_TDX_MODULE_LIMIT) {
			tally_json_fail(json, TALLY_OUT_OF_RANGE);
			continue;
		}
		read_module(json, true, module);
		for (size_t i = 1; i < info->module_count; i++)
			if (info->module[i].version == module->version)
				tally_json_fail(json, TALLY_DUPLICATE);
		info->module_count++;
	}
}

enum tcb_info_member {
	INFO_ID = 1 << 0,
	INFO_VERSION = 1 << 1,
	INFO_ISSUED = 1 << 2,
	INFO_NEXT = 1 << 3,
	INFO_FMSPC = 1 << 4,
	INFO_PCEID = 1 << 5,
	INFO_TYPE = 1 << 6,
	INFO_NUMBER = 1 << 7,
	INFO_MODULE = 1 << 8,
	INFO_LEVELS = 1 << 9,
	INFO_ALL = (1 << 10) - 1,
	INFO_IDENTITIES = 1 << 10 /* not before TDX 1.5 */
};

static uint32_t tcb_info_member(struct tally_bytes name)
{
	static const char *const names[] = { "id",
					     "version",
					     "issueDate",
					     "nextUpdate",
					     "fmspc",
					     "pceId",
					     "tcbType",
					     "tcbEvaluationDataNumber",
					     "tdxModule",
					     "tcbLevels",
					     "tdxModuleIdentities" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (tally_json_string_is(name, names[i]))
			return 1U << i;
	return 0;
}

static void read_tcb_info_member(struct tally_json_reader *json, uint32_t member, struct tally_tdx_tcb_info *info)
{
	switch (member) {
	case INFO_ID:
		expect_string(json, "TDX");
		break;
	case INFO_VERSION:
		expect_number(json, TCB_INFO_VERSION);
		break;
	case INFO_ISSUED:
		info->issued = tally_tdx_json_time(json);
		break;
	case INFO_NEXT:
		info->next_update = tally_tdx_json_time(json);
		break;
	case INFO_FMSPC:
		tally_tdx_json_hex(json, info->fmspc, sizeof(info->fmspc));
		break;
	case INFO_PCEID:
		tally_tdx_json_hex(json, info->pceid, sizeof(info->pceid));
		break;
	case INFO_TYPE:
		expect_number(json, 0);
		break;
	case INFO_NUMBER:
		info->evaluation_number = (uint32_t)tally_json_read_uint(json, UINT32_MAX);
		break;
	case INFO_MODULE:
		read_module(json, false, &info->module[0]);
		break;
	case INFO_LEVELS:
		read_platform_levels(json, info);
		break;
	case INFO_IDENTITIES:
		read_module_identities(json, info);
		break;
	default:
		tally_tdx_json_skip(json);
		break;
	}
}

static void read_tcb_info(struct tally_json_reader *json, void *ret)
{
	struct tally_json_names names;
	struct tally_tdx_tcb_info *info = ret;
	struct tally_bytes name;
	uint32_t seen = 0;

	info->module_count = 1;
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		uint32_t member = tcb_info_member(name);

		seen |= member;
		read_tcb_info_member(json, member, info);
	}
	tally_tdx_json_need(json, seen, INFO_ALL);
}

enum tally_status tally_tdx_tcb_info_read(struct tally_bytes text, struct tally_tdx_tcb_info *ret, size_t *ret_offset)
{
	memset(ret, 0, sizeof(*ret));
	return tally_tdx_json_signed(text, "tcbInfo", read_tcb_info, ret, &ret->signed_bytes, ret->signature,
				     ret_offset);
}

enum qe_identity_member {
	QE_ID = 1 << 0,
	QE_VERSION = 1 << 1,
	QE_ISSUED = 1 << 2,
	QE_NEXT = 1 << 3,
	QE_NUMBER = 1 << 4,
	QE_MISCSELECT = 1 << 5,
	QE_MISCSELECT_MASK = 1 << 6,
	QE_ATTRIBUTES = 1 << 7,
	QE_ATTRIBUTES_MASK = 1 << 8,
	QE_MRSIGNER = 1 << 9,
	QE_ISVPRODID = 1 << 10,
	QE_LEVELS = 1 << 11,
	QE_ALL = (1 << 12) - 1
};

static uint32_t qe_identity_member(struct tally_bytes name)
{
	static const char *const names[] = {
		"id",	      "version",	"issueDate",  "nextUpdate",	"tcbEvaluationDataNumber",
		"miscselect", "miscselectMask", "attributes", "attributesMask", "mrsigner",
		"isvprodid",  "tcbLevels"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (tally_json_string_is(name, names[i]))
			return 1U << i;
	return 0;
}

static void read_qe_identity_member(struct tally_json_reader *json, uint32_t member,
				    struct tally_tdx_qe_identity *identity)
{
	switch (member) {
	case QE_ID:
		expect_string(json, "TD_QE");
		break;
	case QE_VERSION:
		expect_number(json, QE_IDENTITY_VERSION);
		break;
	case QE_ISSUED:
		identity->issued = tally_tdx_json_time(json);
		break;
	case QE_NEXT:
		identity->next_update = tally_tdx_json_time(json);
		break;
	case QE_NUMBER:
		identity->evaluation_number = (uint32_t)tally_json_read_uint(json, UINT32_MAX);
		break;
	case QE_MISCSELECT:
		tally_tdx_json_hex(json, identity->miscselect, sizeof(identity->miscselect));
		break;
	case QE_MISCSELECT_MASK:
		tally_tdx_json_hex(json, identity->miscselect_mask, sizeof(identity->miscselect_mask));
		break;
	case QE_ATTRIBUTES:
		tally_tdx_json_hex(json, identity->attributes, sizeof(identity->attributes));
		break;
	case QE_ATTRIBUTES_MASK:
		tally_tdx_json_hex(json, identity->attributes_mask, sizeof(identity->attributes_mask));
		break;
	case QE_MRSIGNER:
		tally_tdx_json_hex(json, identity->mrsigner, sizeof(identity->mrsigner));
		break;
	case QE_ISVPRODID:
		identity->isvprodid = (uint16_t)tally_json_read_uint(json, UINT16_MAX);
		break;
	case QE_LEVELS:
		tally_tdx_json_levels(json, identity->level, TALLY_TDX_MODULE_LEVEL_LIMIT, &identity->level_count);
		break;
	default:
		tally_tdx_json_skip(json);
		break;
	}
}

static void read_qe_identity(struct tally_json_reader *json, void *ret)
{
	struct tally_json_names names;
	struct tally_tdx_qe_identity *identity = ret;
	struct tally_bytes name;
	uint32_t seen = 0;

	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		uint32_t member = qe_identity_member(name);

		seen |= member;
		read_qe_identity_member(json, member, identity);
	}
	tally_tdx_json_need(json, seen, QE_ALL);
}

enum tally_status tally_tdx_qe_identity_read(struct tally_bytes text, struct tally_tdx_qe_identity *ret,
					     size_t *ret_offset)
{
	memset(ret, 0, sizeof(*ret));
	return tally_tdx_json_signed(text, "enclaveIdentity", read_qe_identity, ret, &ret->signed_bytes, ret->signature,
				     ret_offset);
}
