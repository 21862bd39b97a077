/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail when a test says so. A program that depends on alloc_fail (tests/unit/meson.build) has its
 * own calls and libtally's of malloc and its kin wrapped; shared libraries, OpenSSL's and jansson's among them, keep
 * theirs.
 *
 * Each allocation of a call in turn:
 *
 *	for (unsigned n = 1;; n++) {
 *		alloc_fail_at(n);
 *		status = call();
 *		if (!alloc_fail_end())
 *			break;
 *		assert_int_equal(status, TALLY_NO_MEMORY);
 *	}
 *	assert_int_equal(status, TALLY_OK);
 */
#ifndef TALLY_TESTS_UNIT_ALLOC_FAIL_H
#define TALLY_TESTS_UNIT_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation of this thread from now on fails, and only that one; n counts from 1. */
void alloc_fail_at(unsigned n);

/* No more failures. True if the one that was asked for has happened. */
bool alloc_fail_end(void);

/* Bytes that this thread asks for from now on, whether it frees them or not. */
void alloc_total_start(void);
size_t alloc_total(void);

#endif
