// SPDX-License-Identifier: BSD-2-Clause
/* A caller as text, and what the text tells. */
#include "caller.h"

#include <stdio.h>

#include "../format/utf8.h"

bool tally_caller_label_is_valid(const char *label)
{
	struct tally_bytes text = tally_text(label);

	return text.size > 0 && text.size < TALLY_LABEL_LIMIT && tally_utf8_is_clean(text) && !strpbrk(label, "@:");
}

void tally_caller_init(struct tally_caller *ret, uid_t uid, gid_t gid, pid_t pid, const char *label)
{
	memset(ret, 0, sizeof(*ret));
	ret->uid = uid;
	ret->gid = gid;
	ret->pid = pid;
	snprintf(ret->text, sizeof(ret->text), "%u:%u%s%s", uid, gid, label ? "@" : "", label ? label : "");
}

struct tally_bytes tally_caller_label(struct tally_bytes text)
{
	const uint8_t *at = text.size ? memchr(text.data, '@', text.size) : NULL;

	if (!at)
		return tally_bytes(NULL, 0);
	return tally_bytes(at + 1, text.size - (size_t)(at + 1 - text.data));
}

bool tally_caller_may_ask(const struct tally_caller *caller)
{
	const struct tally_rights *rights = &caller->rights;

	return rights->is_full || rights->has_raw_report || rights->has_report || rights->has_evidence ||
	       rights->raw_extends || rights->appends || rights->log != TALLY_LOG_NONE;
}
