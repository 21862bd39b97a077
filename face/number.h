/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as Linux reads them from attribute files. */
#ifndef TALLY_FACE_NUMBER_H
#define TALLY_FACE_NUMBER_H

#include "../core/bytes.h"

/*
 * As kstrtouint with base 0: decimal, 0x hexadecimal or 0 octal, an optional + before and one newline behind.
 * What follows a NUL is not looked at. 0, -EINVAL or -ERANGE.
 */
int tally_number_read(struct tally_bytes text, unsigned *ret);

#endif
