// SPDX-License-Identifier: BSD-2-Clause

// Verifiers that others wrote in Go, each asked for one verdict: peers NAME FILE... It prints "accepted" or "rejected" and why.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/proto/sevsnp"
	sev "github.com/google/go-sev-guest/verify"
	tdx "github.com/google/go-tdx-guest/verify"
	"github.com/hf/nitrite"
	"github.com/veraison/ccatoken"
)

func read(name string) []byte {
	data, err := os.ReadFile(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return data
}

func at(seconds string) time.Time {
	value, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return time.Unix(value, 0).UTC()
}

// nitrite DOCUMENT TIME
func judgeNitrite(arguments []string) error {
	_, err := nitrite.Verify(read(arguments[0]), nitrite.VerifyOptions{CurrentTime: at(arguments[1])})
	return err
}

// ccatoken TOKEN KEY
func judgeCcatoken(arguments []string) error {
	block, _ := pem.Decode(read(arguments[1]))
	if block == nil {
		return fmt.Errorf("no key")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	evidence, err := ccatoken.DecodeAndValidateEvidenceFromCBOR(read(arguments[0]))
	if err != nil {
		return err
	}
	return evidence.Verify(key)
}

// go-sev-guest REPORT VCEK TIME
func judgeSev(arguments []string) error {
	report, err := abi.ReportToProto(read(arguments[0]))
	if err != nil {
		return err
	}
	options := sev.DefaultOptions()
	options.DisableCertFetching = true
	options.Now = at(arguments[2])
	return sev.SnpAttestation(&sevsnp.Attestation{
		Report:           report,
		CertificateChain: &sevsnp.CertificateChain{VcekCert: read(arguments[1])},
	}, options)
}

// go-tdx-guest QUOTE TIME: without collateral, as it does by default
func judgeTdx(arguments []string) error {
	now := at(arguments[1])
	options := tdx.DefaultOptions()
	options.Now = &tdx.TimeSet{PckCertChain: now, TcbInfo: now, QeIdentity: now, PckCrl: now, RootCaCrl: now}
	return tdx.RawTdxQuote(read(arguments[0]), options)
}

func main() {
	judges := map[string]func([]string) error{
		"nitrite":      judgeNitrite,
		"ccatoken":     judgeCcatoken,
		"go-sev-guest": judgeSev,
		"go-tdx-guest": judgeTdx,
	}
	if len(os.Args) < 4 || judges[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: peers NAME FILE...")
		os.Exit(2)
	}
	if err := judges[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Println("rejected:", err)
		return
	}
	fmt.Println("accepted")
}
