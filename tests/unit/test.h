/* SPDX-License-Identifier: BSD-2-Clause */
/* What every test program includes: cmocka and its headers, in the order that it wants. */
#ifndef TALLY_TESTS_UNIT_TEST_H
#define TALLY_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
