// SPDX-License-Identifier: BSD-2-Clause
/* From register names to positions in a register set. */
#include "selection.h"

#include <stdio.h>
#include <stdlib.h>

#include "problem.h"

static void append(char *text, size_t capacity, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, capacity - used, "%s", more);
}

/* "pcr0 to pcr23" for a run of numbered names, else the names themselves: long sets stay readable. */
static void list_names(const struct tally_register_set *set, char *text, size_t capacity)
{
	text[0] = 0;
	for (size_t i = 0; i < set->count; i++) {
		size_t last = i;

		while (last + 1 < set->count && set->item[last + 1].kind == set->item[i].kind &&
		       set->item[last + 1].kind == TALLY_RUNTIME &&
		       set->item[last + 1].number == set->item[last].number + 1)
			last++;
		append(text, capacity, i ? ", " : "");
		append(text, capacity, set->item[i].name);
		if (last > i) {
			append(text, capacity, last == i + 1 ? ", " : " to ");
			append(text, capacity, set->item[last].name);
			i = last;
		}
	}
}

static enum tally_exit unknown_register(struct tally_cli *cli, const struct tally_register_set *set,
					struct tally_bytes name)
{
	char names[640];

	list_names(set, names, sizeof(names));
	return tally_refuse_usage(cli, "unknown register %.*s: there are %s", (int)(name.size > 80 ? 80 : name.size),
				  (const char *)name.data, names);
}

/* A decimal number of at most three digits at the end of text; -1 if there is none. */
static int number_of(struct tally_bytes text)
{
	int value = 0;

	if (text.size == 0 || text.size > 3)
		return -1;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		value = value * 10 + (text.data[i] - '0');
	}
	return value;
}

enum tally_exit tally_register_find(struct tally_cli *cli, const struct tally_register_set *set, const char *name,
				    size_t *ret)
{
	int i = tally_registers_find_text(set, tally_text(name));

	if (i < 0)
		return unknown_register(cli, set, tally_text(name));
	*ret = (size_t)i;
	return TALLY_EXIT_OK;
}

/* One element: a name, or NAME-LAST where LAST is a register's number and NAME is runtime. */
static enum tally_exit read_element(struct tally_cli *cli, const struct tally_register_set *set,
				    struct tally_bytes text, uint64_t *mask)
{
	const uint8_t *dash = memrchr(text.data, '-', text.size);
	int first = tally_registers_find_text(set, text), last = first;

	if (first < 0 && dash) {
		size_t size = (size_t)(dash - text.data);
		int number = number_of(tally_bytes(dash + 1, text.size - size - 1));

		first = tally_registers_find_text(set, tally_bytes(text.data, size));
		last = number < 0 ? -1 : tally_registers_find_number(set, (uint32_t)number);
	}
	if (first < 0 || last < first)
		return unknown_register(cli, set, text);
	for (int i = first; i <= last; i++)
		*mask |= (uint64_t)1 << i;
	return TALLY_EXIT_OK;
}

enum tally_exit tally_selection_read(struct tally_cli *cli, const struct tally_register_set *set, uint64_t *ret_mask)
{
	enum tally_exit code = TALLY_EXIT_OK;
	uint64_t mask = 0;
	const char *list;
	size_t i = 0;

	while (code == TALLY_EXIT_OK && (list = tally_argument_next(&cli->arguments, "register", &i))) {
		do {
			size_t size = strcspn(list, ",");

			code = read_element(cli, set, tally_bytes(list, size), &mask);
			list += size;
		} while (code == TALLY_EXIT_OK && *list++ == ',');
	}
	*ret_mask = i > 0 && mask ? mask : UINT64_MAX;
	return code;
}
