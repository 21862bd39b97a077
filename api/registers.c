// SPDX-License-Identifier: BSD-2-Clause
/* Registers by name: listing, reading, locking. */
#include "handle.h"

size_t tally_register_count(const struct tally *tally)
{
	return tally->register_count;
}

const struct tally_register_info *tally_register_at(const struct tally *tally, size_t i)
{
	return i < tally->register_count ? &tally->reg[i] : NULL;
}

enum tally_status tally_api_find(const struct tally *tally, const char *reg, size_t *ret, struct tally_error *error)
{
	int i = reg ? tally_registers_find_text(tally_authority_registers(tally->authority), tally_text(reg)) : -1;

	if (i < 0)
		return tally_api_refuse(error, TALLY_UNKNOWN_REGISTER, "%s has no register %.40s",
					tally_provider_word(tally), reg ? reg : "without a name");
	*ret = (size_t)i;
	return TALLY_OK;
}

enum tally_status tally_register_read(struct tally *tally, const char *reg, struct tally_value *ret,
				      bool *ret_is_locked, struct tally_error *error)
{
	struct tally_problem problem = { "" };
	struct tally_digests value;
	bool is_locked;
	size_t i = 0;
	enum tally_status status = tally_api_find(tally, reg, &i, error);

	if (status != TALLY_OK)
		return status;
	status = tally_authority_read(tally->authority, i, &value, &is_locked, &problem);
	if (status != TALLY_OK)
		return tally_api_fail(error, status, &problem);
	tally_api_value(ret, &value);
	if (ret_is_locked)
		*ret_is_locked = is_locked;
	return TALLY_OK;
}

enum tally_status tally_register_lock(struct tally *tally, const char *reg, struct tally_error *error)
{
	struct tally_problem problem = { "" };
	size_t i = 0;
	enum tally_status status = tally_api_find(tally, reg, &i, error);

	if (status != TALLY_OK)
		return status;
	return tally_api_fail(error, tally_authority_lock(tally->authority, i, &problem), &problem);
}
