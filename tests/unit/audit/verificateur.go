// Second opinion on checkpoints and proofs, by the Go authors' own library.
//
//	verificateur VKEY ANCIEN RECENT PREUVE FEUILLE COHERENCE
//
// Every argument is a file. Exit 0: both notes, the inclusion and the consistency stand, and a
// wrong index and a wrong root are refused.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(what string, err error) {
	if err != nil {
		fmt.Println("REFUSED", what, err)
		os.Exit(1)
	}
}

func refuse(what string, err error) {
	if err == nil {
		fmt.Println("ACCEPTED WRONGLY", what)
		os.Exit(2)
	}
}

func read(path string) string {
	content, err := os.ReadFile(path)
	check("read "+path, err)
	return string(content)
}

func open(text string, key note.Verifier) (int64, tlog.Hash) {
	signed, err := note.Open([]byte(text), note.VerifierList(key))
	check("note", err)
	lines := strings.Split(signed.Text, "\n")
	var size int64
	_, err = fmt.Sscan(lines[1], &size)
	check("size", err)
	root, err := tlog.ParseHash(lines[2])
	check("root", err)
	return size, root
}

func hashes(lines []string) []tlog.Hash {
	found := []tlog.Hash{}
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		check("base64", err)
		var hash tlog.Hash
		copy(hash[:], raw)
		found = append(found, hash)
	}
	return found
}

func main() {
	key, err := note.NewVerifier(strings.TrimSpace(read(os.Args[1])))
	check("vkey", err)
	oldSize, oldRoot := open(read(os.Args[2]), key)
	newSize, newRoot := open(read(os.Args[3]), key)

	parts := strings.SplitN(read(os.Args[4]), "\n\n", 2)
	head := strings.Split(parts[0], "\n")
	var index int64
	_, err = fmt.Sscanf(head[1], "index %d", &index)
	check("index", err)
	size, root := open(parts[1], key)
	path := tlog.RecordProof(hashes(head[2:]))
	leaf := tlog.RecordHash([]byte(read(os.Args[5])))
	check("inclusion", tlog.CheckRecord(path, size, root, index, leaf))
	refuse("wrong index", tlog.CheckRecord(path, size, root, index+1, leaf))

	lines := strings.Split(strings.TrimSpace(read(os.Args[6])), "\n")
	growth := tlog.TreeProof(hashes(lines[1:]))
	check("consistency", tlog.CheckTree(growth, newSize, newRoot, oldSize, oldRoot))
	oldRoot[0] ^= 1
	refuse("wrong root", tlog.CheckTree(growth, newSize, newRoot, oldSize, oldRoot))
	fmt.Println("OK", oldSize, newSize, index)
}
