/* SPDX-License-Identifier: BSD-2-Clause */
/* Collateral in files: what was named, and what lies in the caches. */
#ifndef TALLY_CLI_COLLATERAL_STORE_H
#define TALLY_CLI_COLLATERAL_STORE_H

#include "../verify/arena.h"
#include "../verify/collateral.h"
#include "command.h"

#define TALLY_STORE_FILE_LIMIT 1024
#define TALLY_STORE_SIZE_LIMIT ((size_t)16 * 1024 * 1024) /* of one file */
#define TALLY_STORE_PATH_LIMIT 4096
#define TALLY_STORE_SYSTEM "/var/cache/tally"

/* Everything lives in its arena. Begins with all zeros, ended by tally_store_close. */
struct tally_store {
	struct tally_arena *arena;
	struct tally_vector items; /* struct tally_collateral_item; the origin is the path */
	struct tally_collateral collateral;
};

/* The files of --collateral and --certificates, then those of the caches unless --no-cache is given. */
enum tally_exit tally_store_open(struct tally_cli *cli, struct tally_store *store);
void tally_store_close(struct tally_store *store);

/* All files below a folder, which must be there. */
enum tally_exit tally_store_add_folder(struct tally_cli *cli, struct tally_store *store, const char *path);

/* Where this user's own cache is: --cache, $XDG_CACHE_HOME/tally, ~/.cache/tally, or the system's for root. */
bool tally_store_own(const struct tally_cli *cli, char ret[TALLY_STORE_PATH_LIMIT]);

/* When an item was issued and until when it is valid, as far as it says so itself. Nothing here is authentic. */
struct tally_store_dates {
	bool has_issued;
	int64_t issued;
	bool has_until;
	int64_t until;
};
struct tally_store_dates tally_store_dates(const struct tally_collateral_item *item, struct tally_arena *arena);

#endif
