package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Hash is a password as it is kept: argon2id in the usual text form, $argon2id$v=19$m=…,t=…,p=…$salt$key.
type Hash string

// cost is what one try costs: 19 MiB, two passes, one thread (the first choice of OWASP), some 20 ms.
var cost = settings{memory: 19 << 10, passes: 2, threads: 1}

type settings struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

const (
	minPassword = 8
	maxPassword = 200
	keyLength   = 32
)

// turns bounds how many passwords are hashed at a time, and so the memory that strangers can make us use.
var turns = make(chan struct{}, 4)

// HashPassword makes a password ready to be kept. It is slow on purpose: call it outside of any transaction.
func HashPassword(password string) (Hash, error) {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return "", &Invalid{"password", "too_short"}
	case n > maxPassword:
		return "", &Invalid{"password", "too_long"}
	case !utf8.ValidString(password):
		return "", &Invalid{"password", "malformed"}
	}
	return cost.hash(password), nil
}

func (s settings) hash(password string) Hash {
	salt := make([]byte, 16)
	rand.Read(salt)
	text := base64.RawStdEncoding.EncodeToString
	return Hash(s.prefix() + text(salt) + "$" + text(s.key(password, salt)))
}

func (s settings) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, s.memory, s.passes, s.threads)
}

func (s settings) key(password string, salt []byte) []byte {
	turns <- struct{}{}
	defer func() { <-turns }()
	return argon2.IDKey([]byte(password), salt, s.passes, s.memory, s.threads, keyLength)
}

// nobody is verified where there is no user, so that an answer takes as long.
var nobody = Hash(cost.prefix() + "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")

func (h Hash) verify(password string) bool {
	if h == "" {
		nobody.verify(password)
		return false
	}
	var version int
	var s settings
	var rest string
	_, err := fmt.Sscanf(string(h), "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &s.memory, &s.passes, &s.threads, &rest)
	salt, key, ok := strings.Cut(rest, "$")
	if err != nil || !ok || version != argon2.Version || len(password) > 4*maxPassword {
		return false
	}
	saltBytes, err1 := base64.RawStdEncoding.DecodeString(salt)
	keyBytes, err2 := base64.RawStdEncoding.DecodeString(key)
	if err1 != nil || err2 != nil || len(keyBytes) != keyLength {
		return false
	}
	return subtle.ConstantTimeCompare(s.key(password, saltBytes), keyBytes) == 1
}

func (h Hash) outdated() bool { return !strings.HasPrefix(string(h), cost.prefix()) }
