// SPDX-License-Identifier: BSD-2-Clause

// Parse a crypto-agile log and verify that it replays to its own PCR values, as a verifier built on go-eventlog does.
package main

import (
	"crypto"
	"fmt"
	"hash"
	"os"

	"github.com/google/go-eventlog/register"
	"github.com/google/go-eventlog/tcg"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, "go-eventlog:", err)
	os.Exit(1)
}

func main() {
	raw, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	log, err := tcg.ParseEventLog(raw, tcg.ParseOpts{})
	if err != nil {
		fail(err)
	}
	// The values to verify against: what the log's own digests replay to.
	var values [24][]byte
	var hasher hash.Hash = crypto.SHA256.New()
	for i := range values {
		values[i] = make([]byte, crypto.SHA256.Size())
	}
	for _, event := range log.Events(register.HashSHA256) {
		if event.Type == tcg.NoAction {
			continue
		}
		hasher.Reset()
		hasher.Write(values[event.Index])
		hasher.Write(event.Digest)
		values[event.Index] = hasher.Sum(nil)
	}
	var bank []register.MR
	for i, value := range values {
		bank = append(bank, register.PCR{Index: i, Digest: value, DigestAlg: crypto.SHA256})
	}
	events, err := log.Verify(bank)
	if err != nil {
		fail(err)
	}
	fmt.Println(len(events))
}
