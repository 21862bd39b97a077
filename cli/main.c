// SPDX-License-Identifier: BSD-2-Clause
/* The program: one table of subcommands. */
#include <stdio.h>

int main(void)
{
	puts("tally " TALLY_VERSION);
	return 0;
}
