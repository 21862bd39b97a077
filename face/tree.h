/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of DESIGN 7: nodes, names, attributes, entries. Independent of FUSE. */
#ifndef TALLY_FACE_TREE_H
#define TALLY_FACE_TREE_H

#include <pthread.h>
#include <sys/stat.h>

#include "caller.h"
#include "entries.h"
#include "face.h"
#include "present.h"

#define TALLY_FACE_LIMIT 8
#define TALLY_NODE_NAME_LIMIT 256
#define TALLY_ENTRY_QUOTA 4096 /* entries of one user */
#define TALLY_OPEN_QUOTA 16384 /* open files of the owner */
#define TALLY_OPEN_QUOTA_OTHERS 256
#define TALLY_ENTRY_IDLE_SECONDS 60
#define TALLY_ROOT_NODE 1

/* What a node is: a directory, or a file with the behaviour of its kind. */
enum tally_node_kind {
	TALLY_DIR_ROOT = 1,
	TALLY_DIR_TSM,
	TALLY_DIR_REPORT,
	TALLY_DIR_RTMRS,
	TALLY_DIR_REGISTERS,
	TALLY_DIR_MEASUREMENTS,
	TALLY_DIR_REGISTER,
	TALLY_DIR_REPORT_ENTRY,
	TALLY_DIR_RTMR_ENTRY,
	TALLY_DIR_ACPI, /* the boot log's files of a TDX guest, as below /sys/firmware/acpi/tables */
	TALLY_DIR_ACPI_DATA,
	TALLY_NODE_REPORT, /* an attribute of report/NAME: node.file */
	TALLY_NODE_RTMR_INDEX,
	TALLY_NODE_RTMR_DIGEST,
	TALLY_NODE_RTMR_TCG_MAP,
	TALLY_NODE_RTMR_HASH_ALGO,
	TALLY_NODE_RTMR_EVENT_LOG,
	TALLY_NODE_RTMR_APPEND_EVENT,
	TALLY_NODE_REGISTER_DIGEST, /* bank node.bank */
	TALLY_NODE_REGISTER_HASH_ALGO,
	TALLY_NODE_REGISTER_KIND,
	TALLY_NODE_REGISTER_SIGNED,
	TALLY_NODE_REGISTER_LOCKED,
	TALLY_NODE_REGISTER_TCG_MAP,
	TALLY_NODE_REGISTER_EVENT_LOG,
	TALLY_NODE_MEASUREMENT, /* bank node.bank */
	TALLY_NODE_LOG,
	TALLY_NODE_GUEST_DEVICE, /* guest_files.h */
	TALLY_NODE_GUEST_TABLE,
	TALLY_NODE_GUEST_LOG,
	TALLY_NODE_REQUEST
};

/* A name in the tree, and what stands there. */
struct tally_node {
	uint64_t number; /* of the inode */
	enum tally_node_kind kind;
	unsigned face;
	int reg;		     /* of registers/ and measurements/ */
	unsigned bank;		     /* of a digest */
	enum tally_report_file file; /* of TALLY_NODE_REPORT */
	struct tally_entry *entry;   /* borrowed while the lock is held; NULL outside report/NAME and rtmrs/NAME */
	mode_t mode;		     /* with its type */
	uid_t user;
	gid_t group;
	uint64_t size;
	char name[TALLY_NODE_NAME_LIMIT];
};

struct tally_tree_options {
	const struct tally_face *faces
		[TALLY_FACE_LIMIT]; /* the first one's tree is the root's; the others' stand in folders of their names */
	const struct tally_present *present[TALLY_FACE_LIMIT];
	size_t face_count;
	uid_t owner; /* has full rights by the modes of the files */
	gid_t owner_group;
	gid_t reader_group; /* reads logs and registers */
	uint64_t entry_quota;
	uint64_t open_quota;
	const char *label; /* of this mount, in callers' texts; NULL for none */
};

/* An entry that the tree removed by itself: a cache of names must forget it. Called with the lock held. */
typedef void tally_tree_removed(void *context, uint64_t parent, const char *name);

/* lock protects the entries, and the handles of handle.h; it is never held while an authority is called. */
struct tally_tree {
	struct tally_tree_options options;
	pthread_mutex_t lock;
	struct tally_entries entries;
	struct tally_rtmr_names names[TALLY_FACE_LIMIT];
	tally_tree_removed *removed;
	void *removed_context;
};

void tally_tree_init(struct tally_tree *tree, const struct tally_tree_options *options);
void tally_tree_done(struct tally_tree *tree);

/*
 * The kernel remembers numbers of servers that died: those of the entries from here on belong to this one, which is
 * the incarnation-th of its mount.
 */
void tally_tree_number(struct tally_tree *tree, uint32_t incarnation);

/* All of these take and leave errno values, 0 or negative; those that say so are called with the lock held. */

/* The node of a number; -ESTALE if there is none (any more). Locked. */
int tally_tree_node(const struct tally_tree *tree, uint64_t number, struct tally_node *ret);

/* The i-th child of a directory that has a fixed set of them; false behind the last. Gaps have an empty name. Locked. */
bool tally_tree_child(const struct tally_tree *tree, const struct tally_node *directory, unsigned i,
		      struct tally_node *ret);

/* The transaction file has a number for each user: what one of them does there holds no other's up. */
uint64_t tally_tree_tsm_number(unsigned face); /* of the directory tsm */
uint64_t tally_tree_request_number(unsigned face, uid_t user);
bool tally_tree_is_request(uint64_t number, unsigned *ret_face);

/* The entry as a child of its directory. Locked. */
void tally_tree_entry_node(const struct tally_tree *tree, struct tally_entry *entry, struct tally_node *ret);

int tally_tree_look_up(struct tally_tree *tree, uint64_t parent, const char *name, struct tally_node *ret);
int tally_tree_attributes(struct tally_tree *tree, uint64_t number, struct tally_node *ret);

/* mkdir(2) and rmdir(2). */
int tally_tree_make(struct tally_tree *tree, const struct tally_caller *caller, uint64_t parent, const char *name,
		    struct tally_node *ret);
int tally_tree_remove(struct tally_tree *tree, uint64_t parent, const char *name);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t tally_tree_now(void);

static inline bool tally_node_is_directory(const struct tally_node *node)
{
	return node->kind < TALLY_NODE_REPORT;
}

#endif
