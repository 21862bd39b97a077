// SPDX-License-Identifier: BSD-2-Clause
/* Opening the authority, and what is declared about its registers. */
#include <stdlib.h>

#include "handle.h"

static void describe(struct tally_register_info *ret, const struct tally_register *reg)
{
	ret->name = reg->name;
	ret->number = reg->number;
	ret->register_class = reg->kind;
	ret->signing = reg->is_signed;
	ret->pcr_mask = reg->pcr_mask;
	ret->flags = (reg->is_lockable ? TALLY_REGISTER_LOCKABLE : 0U) |
		     (reg->is_resettable ? TALLY_REGISTER_RESETTABLE : 0U) | (reg->is_late ? TALLY_REGISTER_LATE : 0U);
	tally_api_value(&ret->reset, &reg->reset);
}

enum tally_status tally_api_options(const struct tally_options *options, struct tally_soft_options *soft,
				    struct tally_authority_options *ret, struct tally_error *error)
{
	struct tally_options own = { .size = sizeof(own) };
	enum tally_status status = TALLY_OK;

	if (options)
		status = tally_api_take(&own, sizeof(own), options, error);
	if (status == TALLY_OK)
		status = tally_api_check_flags(own.flags, TALLY_OPEN_READER | TALLY_OPEN_SOFT_DURABLE, error);
	if (status != TALLY_OK)
		return status;
	if (own.soft_preset && !tally_soft_preset_from_name(own.soft_preset, &soft->preset))
		return tally_api_refuse(error, TALLY_INVALID, "there is no preset %.40s", own.soft_preset);
	soft->is_durable = own.flags & TALLY_OPEN_SOFT_DURABLE;
	ret->provider = own.provider;
	ret->directory = own.directory;
	ret->capacity = own.capacity;
	ret->is_reader = own.flags & TALLY_OPEN_READER;
	ret->provider_options.soft = soft;
	return TALLY_OK;
}

enum tally_status tally_open(const struct tally_options *options, struct tally **ret, struct tally_error *error)
{
	struct tally_authority_options inner = { 0 };
	struct tally_soft_options soft = { 0 };
	struct tally_problem problem = { "" };
	const struct tally_register_set *set;
	struct tally *tally;
	enum tally_status status = tally_api_options(options, &soft, &inner, error);

	if (status != TALLY_OK)
		return status;
	tally = calloc(1, sizeof(*tally));
	if (!tally)
		return tally_api_fail(error, TALLY_NO_MEMORY, NULL);
	status = tally_authority_open(&inner, &tally->authority, &problem);
	if (status != TALLY_OK) {
		free(tally);
		return tally_api_fail(error, status, &problem);
	}
	set = tally_authority_registers(tally->authority);
	tally->register_count = set->count;
	for (size_t i = 0; i < set->count; i++)
		describe(&tally->reg[i], &set->item[i]);
	*ret = tally;
	return TALLY_OK;
}

void tally_close(struct tally *tally)
{
	if (!tally)
		return;
	tally_authority_close(tally->authority);
	free(tally);
}

const char *tally_provider_word(const struct tally *tally)
{
	return tally_authority_provider(tally->authority)->name;
}

const char *tally_directory(const struct tally *tally)
{
	return tally_authority_directory(tally->authority);
}
