// A stock client of a tile log: reads a running product over HTTP with golang.org/x/mod/sumdb alone,
// and shares no code with it.
//
//	tlog URL VKEY OLD-CHECKPOINT-FILE LEAF-FILE
//
// It verifies the checkpoint's signature, recomputes the root from every tile and from every entry,
// proves the inclusion of every leaf (one hash in hex per line of LEAF-FILE, in any order, each of
// which must be in the log), and proves that the old checkpoint is contained in the new one.
package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(url, vkey, oldFile, leafFile string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	known := note.VerifierList(verifier)
	raw, err := get(url + "/log/checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(raw, verifier.Name(), known)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	reader := tlog.TileHashReader(tree, &tiles{url: url})

	entries, err := readEntries(url, tree.N)
	if err != nil {
		return err
	}
	var stored []tlog.Hash
	places := map[tlog.Hash]int64{}
	storage := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(i), entry, storage)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
		places[tlog.RecordHash(entry)] = int64(i)
	}
	rebuilt, err := tlog.TreeHash(tree.N, storage)
	if err != nil {
		return err
	}
	if rebuilt != tree.Hash {
		return fmt.Errorf("entries make the root %v, signed is %v", rebuilt, tree.Hash)
	}
	fromTiles, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	if fromTiles != tree.Hash {
		return fmt.Errorf("tiles make the root %v, signed is %v", fromTiles, tree.Hash)
	}
	if err := compareLowest(entries, reader); err != nil {
		return err
	}
	included, err := checkLeaves(leafFile, places, tree, reader)
	if err != nil {
		return err
	}
	if err := checkOld(oldFile, verifier.Name(), known, tree, reader); err != nil {
		return err
	}
	fmt.Printf("%d entries, %d included\n", tree.N, included)
	return nil
}

// compareLowest has every tile of the lowest level read: the root alone needs few of them.
func compareLowest(entries [][]byte, reader tlog.HashReader) error {
	indexes := make([]int64, len(entries))
	for i := range entries {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	for i, hash := range hashes {
		if hash != tlog.RecordHash(entries[i]) {
			return fmt.Errorf("tiles: leaf %d is another than the entry's", i)
		}
	}
	return nil
}

func checkLeaves(
	file string, places map[tlog.Hash]int64, tree tlog.Tree, reader tlog.HashReader,
) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	included := 0
	for _, line := range strings.Fields(string(text)) {
		digest, err := hex.DecodeString(line)
		if err != nil || len(digest) != 32 {
			return 0, fmt.Errorf("not a hash: %q", line)
		}
		leaf := tlog.Hash(digest)
		index, found := places[leaf]
		if !found {
			return 0, fmt.Errorf("leaf %s is not among the entries", line)
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
			return 0, err
		}
		included++
	}
	return included, nil
}

func checkOld(
	file, origin string, known note.Verifiers, tree tlog.Tree, reader tlog.HashReader,
) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	old, err := open(raw, origin, known)
	if err != nil {
		return fmt.Errorf("old checkpoint: %w", err)
	}
	if old.N == 0 || old.N >= tree.N {
		return fmt.Errorf("the old checkpoint has %d leaves, the new one %d", old.N, tree.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// open reads a signed checkpoint. Its three lines are those of C2SP tlog-checkpoint; x/mod's own
// parser wants the fixed origin of Go's checksum database, so the origin is put in for it.
func open(raw []byte, origin string, known note.Verifiers) (tlog.Tree, error) {
	opened, err := note.Open(raw, known)
	if err != nil {
		return tlog.Tree{}, err
	}
	rest, found := strings.CutPrefix(opened.Text, origin+"\n")
	if !found {
		return tlog.Tree{}, fmt.Errorf("checkpoint of another origin: %q", opened.Text)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func readEntries(url string, size int64) ([][]byte, error) {
	var entries [][]byte
	for index := int64(0); int64(len(entries)) < size; index++ {
		width := min(256, size-index*256)
		body, err := get(url + "/log/" + entriesPath(index, int(width)))
		if err != nil {
			return nil, err
		}
		for range width {
			if len(body) < 2 || len(body) < 2+(int(body[0])<<8|int(body[1])) {
				return nil, fmt.Errorf("entry bundle %d is cut short", index)
			}
			length := int(body[0])<<8 | int(body[1])
			entries = append(entries, body[2:2+length])
			body = body[2+length:]
		}
		if len(body) != 0 {
			return nil, fmt.Errorf("entry bundle %d has %d bytes too many", index, len(body))
		}
	}
	return entries, nil
}

// entriesPath and tilePath follow C2SP tlog-tiles: x/mod's path with another prefix.
func entriesPath(index int64, width int) string {
	path := tlog.Tile{H: height, L: 0, N: index, W: width}.Path()
	return "tile/entries/" + strings.TrimPrefix(path, "tile/8/0/")
}

func tilePath(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
}

// tiles reads hash tiles over HTTP. What tlog.TileHashReader makes of them is checked against the
// signed root before it is used.
type tiles struct{ url string }

func (t *tiles) Height() int { return height }

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		body, err := get(t.url + "/log/" + tilePath(tile))
		if err != nil {
			return nil, err
		}
		found = append(found, body)
	}
	return found, nil
}

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func get(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s %s", url, answer.Status, bytes.TrimSpace(body))
	}
	return body, nil
}
