// SPDX-License-Identifier: BSD-2-Clause

// Verifiers that others wrote in Go, each asked for one verdict: peers NAME FILE... It prints "accepted" or "rejected" and why.
// With "repeat COUNT" before NAME it is asked as often, for tools/bench: what is read from files is read once.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/proto/sevsnp"
	sev "github.com/google/go-sev-guest/verify"
	"github.com/google/go-tdx-guest/pcs"
	tdx "github.com/google/go-tdx-guest/verify"
	"github.com/hf/nitrite"
	"github.com/veraison/ccatoken"
)

// One verdict on what was read.
type judge func() error

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
func judgeNitrite(arguments []string) judge {
	document := read(arguments[0])
	now := at(arguments[1])
	return func() error {
		_, err := nitrite.Verify(document, nitrite.VerifyOptions{CurrentTime: now})
		return err
	}
}

// ccatoken TOKEN KEY
func judgeCcatoken(arguments []string) judge {
	token := read(arguments[0])
	block, _ := pem.Decode(read(arguments[1]))
	return func() error {
		if block == nil {
			return fmt.Errorf("no key")
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return err
		}
		evidence, err := ccatoken.DecodeAndValidateEvidenceFromCBOR(token)
		if err != nil {
			return err
		}
		return evidence.Verify(key)
	}
}

// go-sev-guest REPORT VCEK TIME
func judgeSev(arguments []string) judge {
	raw := read(arguments[0])
	certificate := read(arguments[1])
	options := sev.DefaultOptions()
	options.DisableCertFetching = true
	options.Now = at(arguments[2])
	return func() error {
		report, err := abi.ReportToProto(raw)
		if err != nil {
			return err
		}
		return sev.SnpAttestation(&sevsnp.Attestation{
			Report:           report,
			CertificateChain: &sevsnp.CertificateChain{VcekCert: certificate},
		}, options)
	}
}

// Collateral out of files, answered as Intel's services do.
type files struct {
	stem   string
	chains map[string]string // header of an answer: ending of the file
}

func (f files) Get(address string) (map[string][]string, []byte, error) {
	endings := map[string][2]string{
		"/tcb?":         {"tcbinfo.json", pcs.TcbInfoIssuerChainPhrase},
		"/qe/identity":  {"qeidentity.json", pcs.SgxQeIdentityIssuerChainPhrase},
		"/pckcrl?":      {"pckcrl.der", pcs.SgxPckCrlIssuerChainPhrase},
		"IntelSGXRootC": {"rootcrl.der", ""},
	}
	for part, ending := range endings {
		if strings.Contains(address, part) {
			header := map[string][]string{}
			if ending[1] != "" {
				header[ending[1]] = []string{url.QueryEscape(string(read(f.stem + "." + f.chains[ending[1]])))}
			}
			return header, read(f.stem + "." + ending[0]), nil
		}
	}
	return nil, nil, fmt.Errorf("nobody serves %s", address)
}

// go-tdx-guest QUOTE TIME [COLLATERAL]: by default without any
func judgeTdx(arguments []string) judge {
	quote := read(arguments[0])
	now := at(arguments[1])
	options := tdx.DefaultOptions()
	options.Now = &tdx.TimeSet{PckCertChain: now, TcbInfo: now, QeIdentity: now, PckCrl: now, RootCaCrl: now}
	if len(arguments) > 2 {
		options.GetCollateral = true
		options.CheckRevocations = true
		options.Getter = files{arguments[2], map[string]string{
			pcs.TcbInfoIssuerChainPhrase:       "tcbsign-chain.pem",
			pcs.SgxQeIdentityIssuerChainPhrase: "tcbsign-chain.pem",
			pcs.SgxPckCrlIssuerChainPhrase:     "pckcrl-chain.pem",
		}}
	}
	return func() error { return tdx.RawTdxQuote(quote, options) }
}

func main() {
	judges := map[string]func([]string) judge{
		"nitrite":      judgeNitrite,
		"ccatoken":     judgeCcatoken,
		"go-sev-guest": judgeSev,
		"go-tdx-guest": judgeTdx,
	}
	arguments := os.Args[1:]
	count := 1
	if len(arguments) > 2 && arguments[0] == "repeat" {
		count, _ = strconv.Atoi(arguments[1])
		arguments = arguments[2:]
	}
	if count < 1 || len(arguments) < 3 || judges[arguments[0]] == nil {
		fmt.Fprintln(os.Stderr, "usage: peers [repeat COUNT] NAME FILE...")
		os.Exit(2)
	}
	ask := judges[arguments[0]](arguments[1:])
	for i := 0; i < count; i++ {
		if err := ask(); err != nil {
			fmt.Println("rejected:", err)
			return
		}
	}
	fmt.Println("accepted")
}
