// SPDX-License-Identifier: BSD-2-Clause

//go:build tools

// Package tools pins programs that others wrote, as they are.
package tools

import (
	_ "github.com/google/go-tdx-guest/tools/attest"
)
