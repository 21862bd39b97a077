// SPDX-License-Identifier: BSD-2-Clause
/* Log and registers of one moment, without a lock. */
#include "live.h"

#include <time.h>

#include "problem.h"

#define TRIES 6

static enum tally_exit read_register(struct tally_cli *cli, struct tally_authority *authority, size_t i,
				     const struct tally_register_set *logged, struct tally_replay_target *target)
{
	const struct tally_register *reg = &tally_authority_registers(authority)->item[i];
	struct tally_problem problem = { "" };
	struct tally_digests value;
	bool is_locked;
	enum tally_status status = tally_authority_read(authority, i, &value, &is_locked, &problem);

	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	for (size_t bank = 0; status == TALLY_OK && bank < value.count; bank++)
		status = tally_replay_target_add(target, logged, tally_text(reg->name), &value.digest[bank]);
	if (status == TALLY_OK)
		return TALLY_EXIT_OK;
	tally_problem_set(&problem, "the log's header does not have register %s as this machine has it", reg->name);
	return tally_refuse_status(cli, status, &problem);
}

static enum tally_exit read_registers(struct tally_cli *cli, struct tally_authority *authority,
				      const struct tally_register_set *logged, struct tally_replay_target *target)
{
	size_t count = tally_registers_runtime_count(tally_authority_registers(authority));
	enum tally_exit code = TALLY_EXIT_OK;

	tally_replay_target_init(target);
	for (size_t i = 0; i < count && code == TALLY_EXIT_OK; i++)
		code = read_register(cli, authority, i, logged, target);
	return code;
}

/* A log of an earlier boot says nothing about the registers of this one. */
static enum tally_exit check_boot(struct tally_cli *cli, struct tally_authority *authority,
				  const struct tally_log_replay *replay)
{
	struct tally_problem problem = { "" };
	uint8_t boot_id[TALLY_BOOT_ID_BYTES];
	enum tally_status status;

	status = tally_authority_provider(authority)->boot_id(tally_authority_provider_instance(authority), boot_id,
							      &problem);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	if (!replay->has_boot_id || memcmp(boot_id, replay->boot_id, sizeof(boot_id)) == 0)
		return TALLY_EXIT_OK;
	return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE,
			    "the log in %s is of an earlier boot; the next extend begins a new one",
			    tally_authority_directory(authority));
}

static enum tally_exit read_once(struct tally_cli *cli, struct tally_authority *authority, struct tally_log_view *view,
				 struct tally_log_replay *replay, struct tally_replay_target *target)
{
	struct tally_problem problem = { "" };
	enum tally_status status = tally_authority_log(authority, view, &problem);
	enum tally_exit code;

	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	status = tally_replay_log(view->bytes, TALLY_LOG_FORMAT_TALLY, replay);
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the log", replay->fault_offset);
	code = check_boot(cli, authority, replay);
	return code == TALLY_EXIT_OK ? read_registers(cli, authority, &replay->set, target) : code;
}

static bool differs(const struct tally_log_view *view, struct tally_log_replay *replay,
		    const struct tally_replay_target *target)
{
	struct tally_comparison comparison;

	return tally_replay_compare(view->bytes, replay, target, &comparison) != TALLY_OK ||
	       comparison.differing_count != 0;
}

enum tally_exit tally_live_read(struct tally_cli *cli, struct tally_authority *authority,
				struct tally_log_view *ret_view, struct tally_log_replay *ret_replay,
				struct tally_replay_target *ret_target)
{
	const struct timespec pause = { 0, 50 * 1000 * 1000 };
	enum tally_exit code;

	memset(ret_view, 0, sizeof(*ret_view));
	code = read_once(cli, authority, ret_view, ret_replay, ret_target);
	for (int i = 1; i < TRIES && code == TALLY_EXIT_OK && differs(ret_view, ret_replay, ret_target); i++) {
		/* An extend may have been between register and log. */
		nanosleep(&pause, NULL);
		tally_log_view_done(ret_view);
		memset(ret_view, 0, sizeof(*ret_view));
		code = read_once(cli, authority, ret_view, ret_replay, ret_target);
	}
	return code;
}
