package access

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
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

// hashing bounds how many passwords are hashed at a time, and so the memory and the processors that strangers can make us use. Who
// comes when all places in the queue are taken is sent away at once: a flood of guesses is not to hold up those who are signed in.
var hashing = queue{turns: make(chan struct{}, min(8, max(1, runtime.GOMAXPROCS(0)/2))), places: make(chan struct{}, 64)}

type queue struct{ turns, places chan struct{} }

func (q queue) do(fn func()) error {
	select {
	case q.places <- struct{}{}:
	default:
		return ErrBusy
	}
	defer func() { <-q.places }()
	q.turns <- struct{}{}
	defer func() { <-q.turns }()
	fn()
	return nil
}

// HashPassword makes a password ready to be kept. It is slow on purpose: call it outside of any transaction. Where too many are being
// hashed it refuses with ErrBusy.
func HashPassword(password string) (Hash, error) {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return "", &Invalid{"password", "too_short"}
	case n > maxPassword:
		return "", &Invalid{"password", "too_long"}
	case !utf8.ValidString(password):
		return "", &Invalid{"password", "malformed"}
	}
	return cost.hash(password)
}

func (s settings) hash(password string) (Hash, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	key, err := s.key(password, salt)
	if err != nil {
		return "", err
	}
	text := base64.RawStdEncoding.EncodeToString
	return Hash(s.prefix() + text(salt) + "$" + text(key)), nil
}

func (s settings) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, s.memory, s.passes, s.threads)
}

func (s settings) key(password string, salt []byte) (key []byte, err error) {
	err = hashing.do(func() { key = argon2.IDKey([]byte(password), salt, s.passes, s.memory, s.threads, keyLength) })
	return key, err
}

// nobody is verified where there is no user, so that an answer takes as long.
var nobody = Hash(cost.prefix() + "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")

// verify tells whether a password is the one that was hashed: nil, ErrPassword or ErrBusy.
func (h Hash) verify(password string) error {
	if h == "" {
		return cmp.Or(nobody.verify(password), ErrPassword)
	}
	var version int
	var s settings
	var rest string
	_, err := fmt.Sscanf(string(h), "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &s.memory, &s.passes, &s.threads, &rest)
	salt, key, ok := strings.Cut(rest, "$")
	if err != nil || !ok || version != argon2.Version || len(password) > 4*maxPassword {
		return ErrPassword
	}
	saltBytes, err1 := base64.RawStdEncoding.DecodeString(salt)
	keyBytes, err2 := base64.RawStdEncoding.DecodeString(key)
	if err1 != nil || err2 != nil || len(keyBytes) != keyLength {
		return ErrPassword
	}
	made, err := s.key(password, saltBytes)
	if err == nil && subtle.ConstantTimeCompare(made, keyBytes) != 1 {
		err = ErrPassword
	}
	return err
}

func (h Hash) outdated() bool { return !strings.HasPrefix(string(h), cost.prefix()) }
