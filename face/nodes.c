// SPDX-License-Identifier: BSD-2-Clause
/* Which names stand where, with which modes and numbers. */
#include <errno.h>
#include <stdio.h>

#include "guest_files.h"
#include "tree.h"

/*
 * A node's number is its directory's serial and, in the low byte, 0 for the directory itself or 1 and the position
 * of a file in it. Directories that are always there have small serials; the entries' are larger.
 */
#define SERIALS_OF_FACE 64
#define SERIAL_ROOT 0
#define SERIAL_TSM 1
#define SERIAL_REPORT 2
#define SERIAL_RTMRS 3
#define SERIAL_REGISTERS 4
#define SERIAL_MEASUREMENTS 5
#define SERIAL_ACPI 6
#define SERIAL_ACPI_DATA 7
#define SERIAL_REGISTER 8 /* and the register's position */

_Static_assert(SERIAL_REGISTER + TALLY_REGISTER_LIMIT <= SERIALS_OF_FACE, "every register has a serial");
_Static_assert(TALLY_REGISTER_LIMIT *TALLY_BANK_LIMIT < 255, "every measurement has a low byte");

#define REQUEST_SIZE 65536 /* of a message: within a file's size, writers need not wait for one another */
#define TEXT_SIZE 4096	   /* what stat(2) says of an attribute of text, as in configfs and sysfs */
#define READ_ONLY 0444
#define WRITE_ONLY 0200
#define READ_WRITE 0644

struct row {
	const char *name;
	int kind;
	mode_t mode;
	uint64_t size;
};

/* spec: linux-tsm-abi A.2 */
static const struct row report_rows[TALLY_REPORT_FILE_COUNT] = {
	[TALLY_REPORT_INBLOB] = { "inblob", TALLY_NODE_REPORT, WRITE_ONLY, 0 },
	[TALLY_REPORT_OUTBLOB] = { "outblob", TALLY_NODE_REPORT, READ_ONLY, 0 },
	[TALLY_REPORT_AUXBLOB] = { "auxblob", TALLY_NODE_REPORT, READ_ONLY, 0 },
	[TALLY_REPORT_MANIFESTBLOB] = { "manifestblob", TALLY_NODE_REPORT, READ_ONLY, 0 },
	[TALLY_REPORT_PROVIDER] = { "provider", TALLY_NODE_REPORT, READ_ONLY, TEXT_SIZE },
	[TALLY_REPORT_GENERATION] = { "generation", TALLY_NODE_REPORT, READ_ONLY, TEXT_SIZE },
	[TALLY_REPORT_PRIVLEVEL] = { "privlevel", TALLY_NODE_REPORT, WRITE_ONLY, TEXT_SIZE },
	[TALLY_REPORT_PRIVLEVEL_FLOOR] = { "privlevel_floor", TALLY_NODE_REPORT, READ_ONLY, TEXT_SIZE },
	[TALLY_REPORT_SERVICE_PROVIDER] = { "service_provider", TALLY_NODE_REPORT, WRITE_ONLY, TEXT_SIZE },
	[TALLY_REPORT_SERVICE_GUID] = { "service_guid", TALLY_NODE_REPORT, WRITE_ONLY, TEXT_SIZE },
	[TALLY_REPORT_SERVICE_MANIFEST_VERSION] = { "service_manifest_version", TALLY_NODE_REPORT, WRITE_ONLY,
						    TEXT_SIZE },
};

static const struct row rtmr_rows[] = {
	{ "index", TALLY_NODE_RTMR_INDEX, READ_WRITE, TEXT_SIZE },
	{ "digest", TALLY_NODE_RTMR_DIGEST, READ_WRITE, TEXT_SIZE },
	{ "tcg_map", TALLY_NODE_RTMR_TCG_MAP, READ_ONLY, TEXT_SIZE },
	{ "hash_algo", TALLY_NODE_RTMR_HASH_ALGO, READ_ONLY, TEXT_SIZE },
	{ "event_log", TALLY_NODE_RTMR_EVENT_LOG, READ_ONLY, 0 },
	{ "append_event", TALLY_NODE_RTMR_APPEND_EVENT, WRITE_ONLY, TEXT_SIZE },
};

/* Behind the digests. */
static const struct row register_rows[] = {
	{ "hash_algo", TALLY_NODE_REGISTER_HASH_ALGO, READ_ONLY, TEXT_SIZE },
	{ "kind", TALLY_NODE_REGISTER_KIND, READ_ONLY, TEXT_SIZE },
	{ "signed", TALLY_NODE_REGISTER_SIGNED, READ_ONLY, TEXT_SIZE },
	{ "locked", TALLY_NODE_REGISTER_LOCKED, READ_ONLY, TEXT_SIZE },
	{ "tcg_map", TALLY_NODE_REGISTER_TCG_MAP, READ_ONLY, TEXT_SIZE },
	{ "event_log", TALLY_NODE_REGISTER_EVENT_LOG, READ_ONLY, 0 },
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct tally_register_set *registers_of(const struct tally_tree *tree, unsigned face)
{
	return tally_authority_registers(tree->options.faces[face]->authority);
}

static uint64_t fixed_number(unsigned face, unsigned serial)
{
	if (face == 0 && serial == SERIAL_ROOT)
		return TALLY_ROOT_NODE;
	return (1 + (uint64_t)face * SERIALS_OF_FACE + serial) << 8;
}

uint64_t tally_tree_tsm_number(unsigned face)
{
	return fixed_number(face, SERIAL_TSM);
}

/* Above every serial. */
#define REQUEST_BIT (UINT64_C(1) << 62)

uint64_t tally_tree_request_number(unsigned face, uid_t user)
{
	return REQUEST_BIT | (uint64_t)face << 32 | user;
}

bool tally_tree_is_request(uint64_t number, unsigned *ret_face)
{
	*ret_face = (unsigned)(number >> 32 & 0xff);
	return number & REQUEST_BIT;
}

/* --- directories --- */

/* Modes: docs/abi/README.md says who reaches what. */
static void directory_rights(const struct tally_tree *tree, struct tally_node *node)
{
	node->user = tree->options.owner;
	node->group = tree->options.owner_group;
	node->mode = S_IFDIR | 0755;
	if (node->kind == TALLY_DIR_REPORT || node->kind == TALLY_DIR_RTMRS)
		node->mode = S_IFDIR | 0700;
	if (node->kind == TALLY_DIR_REGISTERS || node->kind == TALLY_DIR_MEASUREMENTS) {
		node->mode = S_IFDIR | 0750;
		node->group = tree->options.reader_group;
	}
}

static void directory_node(const struct tally_tree *tree, unsigned face, unsigned serial, enum tally_node_kind kind,
			   const char *name, struct tally_node *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->number = fixed_number(face, serial);
	ret->kind = kind;
	ret->face = face;
	ret->reg = -1;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	directory_rights(tree, ret);
}

static void register_directory(const struct tally_tree *tree, unsigned face, unsigned reg, struct tally_node *ret)
{
	directory_node(tree, face, SERIAL_REGISTER + reg, TALLY_DIR_REGISTER, registers_of(tree, face)->item[reg].name,
		       ret);
	ret->reg = (int)reg;
}

/* The directory of a small serial. */
static bool fixed_directory(const struct tally_tree *tree, uint64_t serial, struct tally_node *ret)
{
	static const struct {
		const char *name;
		enum tally_node_kind kind;
	} fixed[] = {
		[SERIAL_ROOT] = { "", TALLY_DIR_ROOT },
		[SERIAL_TSM] = { "tsm", TALLY_DIR_TSM },
		[SERIAL_REPORT] = { "report", TALLY_DIR_REPORT },
		[SERIAL_RTMRS] = { "rtmrs", TALLY_DIR_RTMRS },
		[SERIAL_REGISTERS] = { "registers", TALLY_DIR_REGISTERS },
		[SERIAL_MEASUREMENTS] = { "measurements", TALLY_DIR_MEASUREMENTS },
		[SERIAL_ACPI] = { "acpi", TALLY_DIR_ACPI },
		[SERIAL_ACPI_DATA] = { "data", TALLY_DIR_ACPI_DATA },
	};
	unsigned face = (unsigned)((serial - 1) / SERIALS_OF_FACE);
	unsigned slot = (unsigned)((serial - 1) % SERIALS_OF_FACE);

	if (serial == 0 || face >= tree->options.face_count)
		return false;
	if (slot < COUNT(fixed)) {
		directory_node(tree, face, slot, fixed[slot].kind, fixed[slot].name, ret);
		if (slot == SERIAL_ROOT && face > 0)
			snprintf(ret->name, sizeof(ret->name), "%s", registers_of(tree, face)->provider);
		return true;
	}
	if (slot < SERIAL_REGISTER || slot - SERIAL_REGISTER >= registers_of(tree, face)->count)
		return false;
	register_directory(tree, face, slot - SERIAL_REGISTER, ret);
	return true;
}

void tally_tree_entry_node(const struct tally_tree *tree, struct tally_entry *entry, struct tally_node *ret)
{
	directory_node(tree, entry->face, 0, entry->is_rtmr ? TALLY_DIR_RTMR_ENTRY : TALLY_DIR_REPORT_ENTRY,
		       entry->name, ret);
	ret->number = entry->serial << 8;
	ret->entry = entry;
}

/* --- files --- */

static void file_node(const struct tally_node *directory, unsigned position, const struct row *row,
		      struct tally_node *ret)
{
	*ret = *directory;
	ret->number = directory->number + 1 + position;
	ret->kind = (enum tally_node_kind)row->kind;
	ret->mode = S_IFREG | row->mode;
	ret->size = row->size;
	snprintf(ret->name, sizeof(ret->name), "%s", row->name);
}

static bool report_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
			 struct tally_node *ret)
{
	if (i >= TALLY_REPORT_FILE_COUNT)
		return false;
	file_node(directory, i, &report_rows[i], ret);
	ret->file = (enum tally_report_file)i;
	if (!(tree->options.present[directory->face]->files >> i & 1))
		ret->name[0] = 0;
	return true;
}

static bool rtmr_child(const struct tally_node *directory, unsigned i, struct tally_node *ret)
{
	if (i >= COUNT(rtmr_rows))
		return false;
	file_node(directory, i, &rtmr_rows[i], ret);
	return true;
}

/* "digest" where there is one bank, "digest:sha256" and so on where there are several. */
static bool register_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
			   struct tally_node *ret)
{
	const struct tally_digests *banks = &registers_of(tree, directory->face)->item[directory->reg].reset;
	struct row row = { "digest", TALLY_NODE_REGISTER_DIGEST, READ_ONLY, 0 };

	if (i >= banks->count) {
		if (i - banks->count >= COUNT(register_rows))
			return false;
		file_node(directory, i, &register_rows[i - banks->count], ret);
		return true;
	}
	row.size = tally_alg_size(banks->digest[i].alg);
	file_node(directory, i, &row, ret);
	ret->bank = i;
	if (banks->count > 1)
		snprintf(ret->name, sizeof(ret->name), "digest:%s", tally_alg_name(banks->digest[i].alg));
	return true;
}

/* One digest of several can't be extended alone (I3), so those are not writable. */
static bool measurement_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
			      struct tally_node *ret)
{
	const struct tally_register_set *set = registers_of(tree, directory->face);
	struct row row = { "", TALLY_NODE_MEASUREMENT, READ_ONLY, 0 };
	unsigned left = i;
	size_t reg = 0;

	while (reg < set->count && left >= set->item[reg].reset.count)
		left -= (unsigned)set->item[reg++].reset.count;
	if (reg == set->count)
		return false;
	row.size = tally_alg_size(set->item[reg].reset.digest[left].alg);
	if (set->item[reg].kind == TALLY_RUNTIME && set->item[reg].reset.count == 1)
		row.mode = READ_WRITE;
	file_node(directory, i, &row, ret);
	ret->reg = (int)reg;
	ret->bank = left;
	if (tally_present_is_plain(set->item[reg].name))
		snprintf(ret->name, sizeof(ret->name), "%s", set->item[reg].name);
	else
		snprintf(ret->name, sizeof(ret->name), "%s:%s", set->item[reg].name,
			 tally_alg_name(set->item[reg].reset.digest[left].alg));
	return true;
}

/* What a TDX guest has beside the tree: there where the registers are a TD's. */
static bool guest_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
			struct tally_node *ret)
{
	static const struct row device = { "tdx_guest", TALLY_NODE_GUEST_DEVICE, 0660, 0 };
	static const struct row table = { "CCEL", TALLY_NODE_GUEST_TABLE, 0440, 0 };
	static const struct row log = { "CCEL", TALLY_NODE_GUEST_LOG, 0440, 0 };
	bool is_root = directory->kind == TALLY_DIR_ROOT;

	file_node(directory, i, is_root ? &device : directory->kind == TALLY_DIR_ACPI ? &table : &log, ret);
	/* The root of the mount itself has not the number of its serial. */
	if (directory->number == TALLY_ROOT_NODE)
		ret->number = ((1 + SERIAL_ROOT) << 8) + 1 + i;
	ret->group = tree->options.reader_group;
	return true;
}

static bool acpi_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
		       struct tally_node *ret)
{
	if (directory->kind == TALLY_DIR_ACPI && i == 1)
		return fixed_directory(tree, 1 + (uint64_t)directory->face * SERIALS_OF_FACE + SERIAL_ACPI_DATA, ret);
	return i == 0 && guest_child(tree, directory, i, ret);
}

static bool root_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
		       struct tally_node *ret)
{
	static const unsigned serials[] = { SERIAL_TSM, SERIAL_MEASUREMENTS, SERIAL_ACPI };
	unsigned face = directory->face;
	bool is_there;

	if (i <= COUNT(serials)) {
		if (i < COUNT(serials))
			is_there = fixed_directory(tree, 1 + (uint64_t)face * SERIALS_OF_FACE + serials[i], ret);
		else
			is_there = guest_child(tree, directory, i, ret);
		if (i >= 2 && !tally_guest_is_td(tree->options.faces[face]->authority))
			ret->name[0] = 0;
		return is_there;
	}
	i -= (unsigned)COUNT(serials);
	if (face > 0 || i >= tree->options.face_count)
		return false;
	return fixed_directory(tree, 1 + (uint64_t)i * SERIALS_OF_FACE + SERIAL_ROOT, ret);
}

static bool tsm_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
		      struct tally_node *ret)
{
	static const struct row log = { "log", TALLY_NODE_LOG, 0440, 0 };
	static const struct row request = { "request", TALLY_NODE_REQUEST, 0666, REQUEST_SIZE };

	if (i < 3)
		return fixed_directory(tree, 1 + (uint64_t)directory->face * SERIALS_OF_FACE + SERIAL_REPORT + i, ret);
	if (i > 4)
		return false;
	file_node(directory, i, i == 3 ? &log : &request, ret);
	if (i == 3)
		ret->group = tree->options.reader_group;
	return true;
}

bool tally_tree_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
		      struct tally_node *ret)
{
	switch ((int)directory->kind) {
	case TALLY_DIR_ROOT:
		return root_child(tree, directory, i, ret);
	case TALLY_DIR_TSM:
		return tsm_child(tree, directory, i, ret);
	case TALLY_DIR_REGISTERS:
		if (i >= registers_of(tree, directory->face)->count)
			return false;
		register_directory(tree, directory->face, i, ret);
		return true;
	case TALLY_DIR_MEASUREMENTS:
		return measurement_child(tree, directory, i, ret);
	case TALLY_DIR_REGISTER:
		return register_child(tree, directory, i, ret);
	case TALLY_DIR_REPORT_ENTRY:
		return report_child(tree, directory, i, ret);
	case TALLY_DIR_RTMR_ENTRY:
		return rtmr_child(directory, i, ret);
	case TALLY_DIR_ACPI:
	case TALLY_DIR_ACPI_DATA:
		return acpi_child(tree, directory, i, ret);
	default:
		return false; /* report/ and rtmrs/ have entries; files have nothing */
	}
}

static bool directory_of(const struct tally_tree *tree, uint64_t serial, struct tally_node *ret)
{
	struct tally_entry *entry = tally_entries_find(&tree->entries, serial);

	if (!entry)
		return fixed_directory(tree, serial, ret);
	tally_tree_entry_node(tree, entry, ret);
	return true;
}

static int request_node(const struct tally_tree *tree, uint64_t number, struct tally_node *ret)
{
	struct tally_node directory;
	unsigned face;

	if (!tally_tree_is_request(number, &face) ||
	    !fixed_directory(tree, 1 + (uint64_t)face * SERIALS_OF_FACE + SERIAL_TSM, &directory))
		return -ESTALE;
	tsm_child(tree, &directory, 4, ret);
	ret->number = number;
	return 0;
}

int tally_tree_node(const struct tally_tree *tree, uint64_t number, struct tally_node *ret)
{
	struct tally_node directory;

	if (request_node(tree, number, ret) == 0)
		return 0;

	if (number == TALLY_ROOT_NODE)
		return fixed_directory(tree, 1, ret) ? 0 : -ESTALE;
	if (!directory_of(tree, number >> 8, &directory))
		return -ESTALE;
	if ((number & 255) == 0) {
		*ret = directory;
		return 0;
	}
	return tally_tree_child(tree, &directory, (unsigned)(number & 255) - 1, ret) && ret->name[0] ? 0 : -ESTALE;
}
