// SPDX-License-Identifier: BSD-2-Clause
/* The embedded default provider: registers in a file, reports under a key of its own. It proves nothing about hardware. */
#include "soft.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../format/bundle.h"
#include "soft_state.h"

#define PATH_LIMIT 4096

static bool soft_is_present(void)
{
	return true;
}

static void soft_close(void *instance)
{
	struct tally_soft *soft = instance;

	if (!soft)
		return;
	if (soft->fd >= 0)
		close(soft->fd);
	if (soft->lock_fd >= 0)
		close(soft->lock_fd);
	if (soft->directory.fd >= 0)
		close(soft->directory.fd);
	tally_key_free(soft->key);
	free(soft);
}

/* The instance and its path in one piece of memory. */
static struct tally_soft *soft_new(const char *path)
{
	size_t size = strlen(path) + 1;
	struct tally_soft *soft = calloc(1, sizeof(*soft) + size);

	if (!soft)
		return NULL;
	memcpy(soft + 1, path, size);
	soft->directory.path = (const char *)(soft + 1);
	soft->directory.fd = -1;
	soft->fd = -1;
	soft->lock_fd = -1;
	return soft;
}

static enum tally_status soft_plan_all(struct tally_soft *soft, const struct tally_soft_options *options,
				       struct tally_problem *problem)
{
	enum tally_status status = TALLY_OK;

	soft->report_delay = options->report_delay;
	soft->report_fails = options->report_fails;
	if (options->fault_count > TALLY_SOFT_FAULT_LIMIT)
		return TALLY_INVALID;
	for (size_t i = 0; status == TALLY_OK && i < options->fault_count; i++)
		status = tally_soft_plan(soft, &options->fault[i]);
	if (status != TALLY_OK)
		tally_problem_set(problem, "a planned fault does not fit this preset or its call");
	return status;
}

static enum tally_status soft_open(const struct tally_provider_options *options, void **ret_instance,
				   struct tally_problem *problem)
{
	char path[PATH_LIMIT];
	const char *directory = options->directory;
	enum tally_status status = TALLY_OK;
	struct tally_soft *soft;

	if (!directory) {
		status = tally_provider_directory(tally_provider_soft.name, path, sizeof(path), problem);
		directory = path;
	}
	if (status == TALLY_OK && options->soft && options->soft->preset >= TALLY_SOFT_PRESET_COUNT)
		status = TALLY_INVALID;
	if (status != TALLY_OK)
		return status;
	soft = soft_new(directory);
	if (!soft)
		return TALLY_NO_MEMORY;
	status = tally_soft_state_open(soft, options, problem);
	if (status == TALLY_OK && options->soft)
		status = soft_plan_all(soft, options->soft, problem);
	if (status == TALLY_OK)
		*ret_instance = soft;
	else
		soft_close(soft);
	return status;
}

static const struct tally_register_set *soft_registers(void *instance)
{
	struct tally_soft *soft = instance;

	return &soft->set;
}

static enum tally_status soft_boot_id(void *instance, uint8_t ret[TALLY_BOOT_ID_BYTES], struct tally_problem *problem)
{
	struct tally_soft *soft = instance;

	(void)problem;
	memcpy(ret, soft->boot_id, TALLY_BOOT_ID_BYTES);
	return TALLY_OK;
}

static enum tally_status planned_failure(struct tally_problem *problem)
{
	tally_problem_set(problem, "this failure was planned by a test");
	return TALLY_SYSTEM;
}

static enum tally_status planned_hang(tally_deadline deadline, struct tally_problem *problem)
{
	tally_deadline_wait(deadline);
	tally_problem_set(problem, "the deadline passed, as planned by a test");
	return TALLY_DEADLINE;
}

/* How the options hinder every report. All instances of a process count together: a server has several. */
static enum tally_status hinder_report(const struct tally_soft *soft, tally_deadline deadline,
				       struct tally_problem *problem)
{
	static atomic_uint count;
	tally_deadline until = tally_deadline_after(0) + (tally_deadline)soft->report_delay * 1000000;

	if (soft->report_delay && until > deadline)
		return planned_hang(deadline, problem);
	if (soft->report_delay)
		tally_deadline_wait(until);
	if (soft->report_fails && atomic_fetch_add(&count, 1) % soft->report_fails == soft->report_fails - 1)
		return planned_failure(problem);
	return TALLY_OK;
}

/* This read may be the one at which an extend that was held back takes effect. */
static enum tally_status soft_read_late(struct tally_soft *soft, size_t i, tally_deadline deadline,
					struct tally_soft_state *state, struct tally_problem *problem)
{
	enum tally_status status = tally_soft_begin(soft, deadline, state, problem);

	if (status != TALLY_OK)
		return status;
	status = tally_soft_late_tick(soft, state, i);
	if (status == TALLY_OK)
		return tally_soft_commit(soft, state, problem);
	tally_soft_cancel(soft);
	return status;
}

static enum tally_status soft_read(void *instance, size_t i, tally_deadline deadline, struct tally_digests *ret_value,
				   bool *ret_is_locked, struct tally_problem *problem)
{
	struct tally_soft *soft = instance;
	struct tally_soft_planned_fault fault;
	struct tally_soft_state state;
	enum tally_status status;

	if (i >= soft->set.count)
		return TALLY_UNKNOWN_REGISTER;
	status = tally_soft_fault_take(soft, TALLY_SOFT_CALL_READ, &fault);
	if (status != TALLY_OK)
		return status;
	if (fault.fault == TALLY_FAULT_READ_FAILS)
		return planned_failure(problem);
	if (fault.fault == TALLY_FAULT_READ_HANGS)
		return planned_hang(deadline, problem);
	status = tally_soft_load(soft, deadline, &state, problem);
	if (status == TALLY_OK && soft->is_writable && tally_soft_late_waits(&state, i))
		status = soft_read_late(soft, i, deadline, &state, problem);
	if (status != TALLY_OK)
		return status;
	if (i >= soft->layout.runtime_count)
		*ret_value = soft->set.item[i].reset;
	else if (fault.fault == TALLY_FAULT_READ_STALE && state.newest == i)
		tally_soft_value_get(soft, state.before, i, ret_value);
	else
		tally_soft_value_get(soft, tally_soft_value_at(soft, &state, i), i, ret_value);
	*ret_is_locked = i < soft->layout.runtime_count && state.locked >> i & 1;
	return TALLY_OK;
}

static bool fault_is_late(enum tally_soft_fault fault)
{
	return fault == TALLY_FAULT_EXTEND_LATE || fault == TALLY_FAULT_EXTEND_LATE_OK;
}

/* What the extend does to the state. */
static enum tally_status extend_state(struct tally_soft *soft, struct tally_soft_state *state, size_t i,
				      const struct tally_digests *digests, const struct tally_soft_planned_fault *fault)
{
	if (state->locked >> i & 1)
		return TALLY_LOCKED;
	if (fault_is_late(fault->fault))
		return tally_soft_late_hold(state, i, digests, fault->late_after);
	return tally_soft_state_extend(soft, state, i, digests);
}

static enum tally_status extend_file(struct tally_soft *soft, size_t i, const struct tally_digests *digests,
				     const struct tally_soft_planned_fault *fault, tally_deadline deadline,
				     struct tally_problem *problem)
{
	struct tally_soft_state state;
	enum tally_status status = tally_soft_begin(soft, deadline, &state, problem);

	if (status != TALLY_OK)
		return status;
	status = extend_state(soft, &state, i, digests, fault);
	if (status == TALLY_OK)
		return tally_soft_commit(soft, &state, problem);
	tally_soft_cancel(soft);
	if (status == TALLY_LOCKED)
		tally_problem_set(problem, "%s is locked until the next boot", soft->set.item[i].name);
	return status;
}

static enum tally_status soft_extend(void *instance, size_t i, const struct tally_digests *digests,
				     tally_deadline deadline, struct tally_problem *problem)
{
	struct tally_soft *soft = instance;
	struct tally_soft_planned_fault fault;
	enum tally_status status;

	if (i >= soft->set.count)
		return TALLY_UNKNOWN_REGISTER;
	if (soft->set.item[i].kind == TALLY_STATIC)
		return TALLY_STATIC_REGISTER;
	if (!tally_digests_same_banks(&soft->set.item[i].reset, digests))
		return TALLY_BANK_SET;
	status = tally_soft_fault_take(soft, TALLY_SOFT_CALL_EXTEND, &fault);
	if (status != TALLY_OK)
		return status;
	if (fault.fault == TALLY_FAULT_EXTEND_FAILS)
		return planned_failure(problem);
	if (fault.fault == TALLY_FAULT_EXTEND_HANGS)
		return planned_hang(deadline, problem);
	status = extend_file(soft, i, digests, &fault, deadline, problem);
	if (status != TALLY_OK)
		return status;
	if (fault.fault == TALLY_FAULT_EXTEND_FAILS_APPLIED || fault.fault == TALLY_FAULT_EXTEND_LATE)
		return planned_failure(problem);
	return TALLY_OK;
}

static enum tally_status soft_lock(void *instance, size_t i, tally_deadline deadline, struct tally_problem *problem)
{
	struct tally_soft *soft = instance;
	struct tally_soft_state state;
	enum tally_status status;

	if (i >= soft->set.count)
		return TALLY_UNKNOWN_REGISTER;
	if (!soft->set.item[i].is_lockable) {
		tally_problem_set(problem, "%s can't be locked: this kind of register has no lock",
				  soft->set.item[i].name);
		return TALLY_UNSUPPORTED;
	}
	status = tally_soft_begin(soft, deadline, &state, problem);
	if (status != TALLY_OK)
		return status;
	if (state.locked >> i & 1) {
		tally_soft_cancel(soft);
		tally_problem_set(problem, "%s is locked already", soft->set.item[i].name);
		return TALLY_LOCKED;
	}
	state.locked |= UINT64_C(1) << i;
	return tally_soft_commit(soft, &state, problem);
}

static enum tally_status soft_report(void *instance, const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
				     struct tally_bytes nonce, tally_deadline deadline, struct tally_report *ret,
				     struct tally_problem *problem)
{
	struct tally_soft *soft = instance;
	struct tally_soft_planned_fault fault;
	struct tally_soft_state state;
	enum tally_status status = tally_soft_fault_take(soft, TALLY_SOFT_CALL_REPORT, &fault);

	(void)nonce; /* bound by report_data; there is no place beside it */
	if (status != TALLY_OK)
		return status;
	if (fault.fault == TALLY_FAULT_REPORT_FAILS)
		return planned_failure(problem);
	if (fault.fault == TALLY_FAULT_REPORT_HANGS)
		return planned_hang(deadline, problem);
	status = hinder_report(soft, deadline, problem);
	if (status == TALLY_OK)
		status = tally_soft_key_load(soft, problem);
	if (status == TALLY_OK)
		status = tally_soft_load(soft, deadline, &state, problem);
	return status == TALLY_OK ? tally_soft_report_sign(soft, &state, report_data, ret) : status;
}

static enum tally_status soft_report_values(void *instance, struct tally_bytes report, struct tally_report_values *ret)
{
	return tally_soft_report_find_values(instance, report, ret);
}

bool tally_soft_is_durable(void *instance)
{
	struct tally_soft *soft = instance;

	return soft->is_durable;
}

enum tally_status tally_soft_fingerprint(void *instance, uint8_t ret[32], struct tally_problem *problem)
{
	struct tally_soft *soft = instance;
	enum tally_status status = tally_soft_key_load(soft, problem);

	return status == TALLY_OK ? tally_key_fingerprint(soft->key, ret) : status;
}

const struct tally_provider tally_provider_soft = {
	.name = "soft",
	.report_media_type = TALLY_MEDIA_SOFT_REPORT,
	.certificates_media_type = TALLY_MEDIA_SOFT_KEY,
	.manifest_media_type = "",
	.is_durable = tally_soft_is_durable,
	.summary = "software registers for development, tests and CI; they prove nothing about hardware",
	.is_present = soft_is_present,
	.open = soft_open,
	.close = soft_close,
	.registers = soft_registers,
	.boot_id = soft_boot_id,
	.read = soft_read,
	.extend = soft_extend,
	.lock = soft_lock,
	.report = soft_report,
	.report_values = soft_report_values,
};
