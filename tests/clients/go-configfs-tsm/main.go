// SPDX-License-Identifier: BSD-2-Clause

// Ask for reports and extend registers with go-configfs-tsm, unmodified, as its users do.
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/google/go-configfs-tsm/configfs/configfsi"
	"github.com/google/go-configfs-tsm/configfs/linuxtsm"
	"github.com/google/go-configfs-tsm/report"
	"github.com/google/go-configfs-tsm/rtmr"
)

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	os.Exit(1)
}

// oneReport is an error unless the report carries the nonce that it was asked with.
func oneReport(client configfsi.Client) error {
	nonce := make([]byte, 64)
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	response, err := report.Get(client, &report.Request{InBlob: nonce})
	if err != nil {
		return err
	}
	if !bytes.Contains(response.OutBlob, nonce) {
		return fmt.Errorf("the report has another nonce")
	}
	return nil
}

// reports asks from as many goroutines as there are to be reports.
func reports(client configfsi.Client, count int) {
	var all sync.WaitGroup
	failures := make(chan error, count)
	for i := 0; i < count; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := oneReport(client); err != nil {
				failures <- err
			}
		}()
	}
	all.Wait()
	close(failures)
	for err := range failures {
		fail("report", err)
	}
}

// extend extends and prints the register's PCRs; the library's own view of the register must be the hash of both.
func extend(client configfsi.Client, index int) {
	before, err := rtmr.GetDigest(client, index)
	if err != nil {
		fail("digest before", err)
	}
	digest := sha512.Sum384([]byte("an event"))
	if err := rtmr.ExtendDigest(client, index, digest[:]); err != nil {
		fail("extend", err)
	}
	after, err := rtmr.GetDigest(client, index)
	if err != nil {
		fail("digest after", err)
	}
	expected := sha512.Sum384(append(append([]byte{}, before.Digest...), digest[:]...))
	if !bytes.Equal(after.Digest, expected[:]) {
		fail("digest after", fmt.Errorf("%s, not %s", hex.EncodeToString(after.Digest), hex.EncodeToString(expected[:])))
	}
	fmt.Printf("%s", after.TcgMap)
}

func main() {
	if len(os.Args) != 3 {
		fail("usage", fmt.Errorf("go-configfs-tsm reports COUNT | extend INDEX"))
	}
	number, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail("usage", err)
	}
	client, err := linuxtsm.MakeClient()
	if err != nil {
		fail("client", err)
	}
	if os.Args[1] == "reports" {
		reports(client, number)
	} else {
		extend(client, number)
	}
}
