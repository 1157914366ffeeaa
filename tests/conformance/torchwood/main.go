// Judges every vector under a folder with torchwood, an implementation of
// C2SP tlog-proof that is not ours. Prints "<folder> valid" or "<folder> refused".
package main

import (
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func read(folder, name string) []byte {
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		log.Fatal(err)
	}
	return data
}

func main() {
	folders, err := filepath.Glob(filepath.Join(os.Args[1], "*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, folder := range folders {
		verifier, err := note.NewVerifier(strings.TrimSpace(string(read(folder, "key.txt"))))
		if err != nil {
			log.Fatal(err)
		}
		entry, err := hex.DecodeString(strings.TrimSpace(string(read(folder, "entry.hex"))))
		if err != nil {
			log.Fatal(err)
		}
		policy := torchwood.ThresholdPolicy(2,
			torchwood.OriginPolicy(verifier.Name()), torchwood.SingleVerifierPolicy(verifier))
		verdict := "valid"
		proof := read(folder, "proof.tlog-proof")
		if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry), proof); err != nil {
			verdict = "refused"
		}
		fmt.Println(filepath.Base(folder), verdict)
	}
}
