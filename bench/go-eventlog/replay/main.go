// SPDX-License-Identifier: BSD-2-Clause

// Print the events that go-eventlog reads in a log, and verify that they replay to the values that are given:
// replay cel|tcg2|ccel LOG INDEX=HEX...
package main

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/google/go-eventlog/cel"
	pb "github.com/google/go-eventlog/proto/state"
	"github.com/google/go-eventlog/register"
	"github.com/google/go-eventlog/tcg"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-eventlog:", err)
		os.Exit(1)
	}
}

// The values, by the numbers that their kind of register has here: an RTMR's own, not that of its CC register.
func values(arguments []string) map[int][]byte {
	found := map[int][]byte{}
	for _, argument := range arguments {
		index, digits, _ := strings.Cut(argument, "=")
		number, err := strconv.Atoi(index)
		must(err)
		found[number], err = hex.DecodeString(digits)
		must(err)
	}
	return found
}

func rtmrs(values map[int][]byte) register.RTMRBank {
	var bank register.RTMRBank
	for index, value := range values {
		bank.RTMRs = append(bank.RTMRs, register.RTMR{Index: index, Digest: value})
	}
	return bank
}

func pcrs(values map[int][]byte) register.PCRBank {
	bank := register.PCRBank{TCGHashAlgo: pb.HashAlgo_SHA256}
	for index, value := range values {
		bank.PCRs = append(bank.PCRs, register.PCR{Index: index, Digest: value, DigestAlg: crypto.SHA256})
	}
	return bank
}

func readCEL(raw []byte, values map[int][]byte) {
	log, err := cel.DecodeToCEL(bytes.NewBuffer(raw))
	must(err)
	for _, record := range log.Records() {
		fmt.Printf("%d %d %d %x\n", record.RecNum, record.IndexType, record.Index, record.Content.Value)
	}
	if log.MRType() == cel.CCMRType {
		must(log.Replay(rtmrs(values)))
	} else {
		must(log.Replay(pcrs(values)))
	}
}

func readFirmware(raw []byte, mrs []register.MR, padding bool) {
	events, err := tcg.ParseAndReplay(raw, mrs, tcg.ParseOpts{AllowPadding: padding})
	must(err)
	for _, event := range events {
		fmt.Printf("%d %d %x\n", event.MRIndex(), uint32(event.UntrustedType()), event.RawData())
	}
}

func main() {
	raw, err := os.ReadFile(os.Args[2])
	must(err)
	values := values(os.Args[3:])
	switch os.Args[1] {
	case "cel":
		readCEL(raw, values)
	case "ccel":
		readFirmware(raw, rtmrs(values).MRs(), true)
	default:
		readFirmware(raw, pcrs(values).MRs(), false)
	}
}
