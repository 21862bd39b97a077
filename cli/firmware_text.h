/* SPDX-License-Identifier: BSD-2-Clause */
/* What firmware and boot loaders wrote into an event, as far as it can be shown as text. Nothing here is authenticated. */
#ifndef TALLY_CLI_FIRMWARE_TEXT_H
#define TALLY_CLI_FIRMWARE_TEXT_H

#include <stdio.h>

#include "../core/record.h"

/* The name of an EFI variable, the text of an event, or its first bytes and size. */
void tally_firmware_text(FILE *file, const struct tally_record *record);

/* Bytes as quoted text if they are text, else as hex; the beginning of them if they are many. */
void tally_excerpt(FILE *file, struct tally_bytes bytes);

#endif
