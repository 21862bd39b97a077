// SPDX-License-Identifier: BSD-2-Clause
/* Errors as the library's callers see them, and arguments that can grow. */
#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* No struct of ours is larger; a size above this was never set. */
#define STRUCT_LIMIT 4096
#define KEY_HASH_SIZE 48

/* Indexed by status. What has no line here needs no word beyond its message. */
static const char *const hints[] = {
	[TALLY_UNSUPPORTED] = "a newer version may have it",
	[TALLY_UNKNOWN_REGISTER] = "tally_register_at lists the registers",
	[TALLY_BANK_SET] = "tally_register_at tells the banks of each register",
	[TALLY_TOO_LARGE] = "measure its digest in place of the data: tally_digest_file",
	[TALLY_PERMISSION] = "run as root, or as the user whose state it is",
	[TALLY_LOCKED] = "a lock ends with the boot: use another register",
	[TALLY_FULL] = "the log takes no more events in this boot",
	[TALLY_CONFLICT] = "use another name, or leave out TALLY_EVENT_ONCE",
	[TALLY_UNKNOWN] = "look at the log: do not measure it again blindly",
	[TALLY_TRY_AGAIN] = "call again",
	[TALLY_NOT_APPLIED] = "call again",
	[TALLY_INDETERMINATE] = "look at the log: do not measure it again blindly",
	[TALLY_UNAVAILABLE] = "the command tally doctor tells what is missing",
	[TALLY_DEADLINE] = "call again later, or with a longer deadline",
	[TALLY_CORRUPT] = "the command tally doctor tells more",
	[TALLY_NOT_FOUND] = "if it is a log that is missing: nothing was measured there yet",
};

const char *tally_api_hint(enum tally_status status)
{
	size_t i = (size_t)status;

	return i < sizeof(hints) / sizeof(hints[0]) && hints[i] ? hints[i] : "";
}

enum tally_status tally_api_fail(struct tally_error *error, enum tally_status status,
				 const struct tally_problem *problem)
{
	const char *text = problem && problem->text[0] ? problem->text : tally_status_message(status);

	if (!error || status == TALLY_OK)
		return status;
	error->status = status;
	snprintf(error->text, sizeof(error->text), "%s", text);
	snprintf(error->hint, sizeof(error->hint), "%s", tally_api_hint(status));
	return status;
}

enum tally_status tally_api_refuse(struct tally_error *error, enum tally_status status, const char *format, ...)
{
	struct tally_problem problem;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem.text, sizeof(problem.text), format, arguments);
	va_end(arguments);
	return tally_api_fail(error, status, &problem);
}

void tally_api_advise(struct tally_error *error, const char *hint)
{
	if (error)
		snprintf(error->hint, sizeof(error->hint), "%s", hint);
}

enum tally_status tally_api_fail_errno(struct tally_error *error, int number, const char *what, const char *path)
{
	enum tally_status status = number == ENOENT || number == ENOTDIR ? TALLY_NOT_FOUND
				   : number == EACCES || number == EPERM ? TALLY_PERMISSION
				   : number == ENOMEM			 ? TALLY_NO_MEMORY
									 : TALLY_SYSTEM;

	return tally_api_refuse(error, status, "cannot %s %s: %s", what, path, strerror(number));
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

enum tally_status tally_api_take(void *to, size_t known_size, const void *from, struct tally_error *error)
{
	size_t size, taken;

	if (!from)
		return tally_api_refuse(error, TALLY_INVALID, "the argument is missing");
	memcpy(&size, from, sizeof(size));
	if (size < sizeof(size) || size > STRUCT_LIMIT)
		return tally_api_refuse(error, TALLY_INVALID, "the field size is %zu: set it to sizeof the struct",
					size);
	taken = size < known_size ? size : known_size;
	if (!is_zero((const uint8_t *)from + taken, size - taken))
		return tally_api_refuse(error, TALLY_UNSUPPORTED, "a field is set that this library does not have");
	memset(to, 0, known_size);
	memcpy(to, from, taken);
	return TALLY_OK;
}

enum tally_status tally_api_check_flags(uint64_t flags, uint64_t known, struct tally_error *error)
{
	if ((flags & ~known) == 0)
		return TALLY_OK;
	return tally_api_refuse(error, TALLY_UNSUPPORTED, "this call does not have the flags %#llx",
				(unsigned long long)(flags & ~known));
}

enum tally_status tally_api_key(const char *key_type, const void *key_hash, struct tally_bytes *ret,
				struct tally_error *error)
{
	*ret = tally_bytes(key_hash, key_hash ? KEY_HASH_SIZE : 0);
	if ((key_type && *key_type) == (key_hash != NULL))
		return TALLY_OK;
	return tally_api_refuse(error, TALLY_DIGEST_SIZE, "a key is its type and the SHA-384 of it: one is missing");
}

void tally_api_bank(struct tally_bank *ret, const struct tally_digest *digest)
{
	memset(ret, 0, sizeof(*ret));
	ret->algorithm = digest->alg;
	ret->size = (uint16_t)tally_alg_size(digest->alg);
	memcpy(ret->bytes, digest->bytes, ret->size);
}

void tally_api_value(struct tally_value *ret, const struct tally_digests *digests)
{
	memset(ret, 0, sizeof(*ret));
	ret->count = (uint32_t)digests->count;
	for (size_t i = 0; i < digests->count; i++)
		tally_api_bank(&ret->bank[i], &digests->digest[i]);
}

enum tally_status tally_api_digest(struct tally_digest *ret, const struct tally_bank *bank, struct tally_error *error)
{
	size_t size = tally_alg_size(bank->algorithm);

	if (size == 0)
		return tally_api_refuse(error, TALLY_UNKNOWN_ALGORITHM, "hash algorithm %#x is not known",
					bank->algorithm);
	if (bank->size != size)
		return tally_api_refuse(error, TALLY_DIGEST_SIZE, "a %s digest has %zu bytes, not %u",
					tally_alg_name(bank->algorithm), size, bank->size);
	return tally_api_fail(error, tally_digest_set(ret, bank->algorithm, tally_bytes(bank->bytes, size)), NULL);
}
