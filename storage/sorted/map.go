// Package sorted is an ordered map that can be copied for nothing: the memory of storage/memory and the unwritten changes of
// storage/bolt.
package sorted

import (
	"iter"
	"sync/atomic"
)

// Map keeps values under string keys in byte order. The zero Map is empty. It is a B+ tree: values stand in the leaves, a node
// that more than one Map reaches is copied before it is changed. A Map is for one goroutine; its copies are for others.
type Map[V any] struct {
	root  *node[V]
	owner uint64 // whose nodes may be changed in place
	len   int
}

const full = 32 // entries of a node before it is split

// node is a leaf, with a value for each key, or else has a child for each key: the keys of child i are >= keys[i], but for
// keys[0], which bounds nothing.
type node[V any] struct {
	owner uint64
	keys  []string
	vals  []V
	kids  []*node[V]
}

var owners atomic.Uint64

// Copy returns the map as it is now. Changes of either are not seen by the other.
func (m *Map[V]) Copy() Map[V] {
	c := *m
	m.owner, c.owner = owners.Add(1), owners.Add(1)
	return c
}

// Len counts the keys.
func (m *Map[V]) Len() int { return m.len }

// Get returns the value of key.
func (m *Map[V]) Get(key string) (v V, ok bool) {
	n := m.root
	if n == nil {
		return v, false
	}
	for n.kids != nil {
		n = n.kids[n.child(key)]
	}
	if i := n.find(key); i < len(n.keys) && n.keys[i] == key {
		return n.vals[i], true
	}
	return v, false
}

// Put sets the value of key and returns the one it had.
func (m *Map[V]) Put(key string, v V) (old V, had bool) {
	if m.root == nil {
		m.root = &node[V]{owner: m.owner}
	}
	m.root = m.mine(m.root)
	if old, had = m.put(m.root, key, v); !had {
		m.len++
	}
	if len(m.root.keys) > full {
		left := m.root
		m.root = &node[V]{owner: m.owner, keys: []string{left.keys[0]}, kids: []*node[V]{left}}
		m.split(m.root, 0)
	}
	return old, had
}

func (m *Map[V]) put(n *node[V], key string, v V) (old V, had bool) {
	if n.kids == nil {
		i := n.find(key)
		if i < len(n.keys) && n.keys[i] == key {
			old, n.vals[i] = n.vals[i], v
			return old, true
		}
		n.keys, n.vals = insert(n.keys, i, key), insert(n.vals, i, v)
		return old, false
	}
	i := n.child(key)
	n.kids[i] = m.mine(n.kids[i])
	old, had = m.put(n.kids[i], key, v)
	if len(n.kids[i].keys) > full {
		m.split(n, i)
	}
	return old, had
}

// split makes two of child i of n. Where keys come in order the left one stays full.
func (m *Map[V]) split(n *node[V], i int) {
	left := n.kids[i]
	at := len(left.keys) / 2
	if i == len(n.kids)-1 {
		at = len(left.keys) * 7 / 8
	}
	right := &node[V]{owner: m.owner, keys: cut(&left.keys, at)}
	if left.kids == nil {
		right.vals = cut(&left.vals, at)
	} else {
		right.kids = cut(&left.kids, at)
	}
	n.keys, n.kids = insert(n.keys, i+1, right.keys[0]), insert(n.kids, i+1, right)
}

// Delete removes key and returns the value it had. Nodes are dropped when they are empty, and not merged before.
func (m *Map[V]) Delete(key string) (old V, had bool) {
	if m.root == nil {
		return old, false
	}
	m.root = m.mine(m.root)
	if old, had = m.delete(m.root, key); !had {
		return old, false
	}
	m.len--
	for len(m.root.kids) == 1 {
		m.root = m.root.kids[0]
	}
	if len(m.root.keys) == 0 {
		m.root = nil
	}
	return old, true
}

func (m *Map[V]) delete(n *node[V], key string) (old V, had bool) {
	if n.kids == nil {
		i := n.find(key)
		if i == len(n.keys) || n.keys[i] != key {
			return old, false
		}
		old = n.vals[i]
		n.keys, n.vals = remove(n.keys, i), remove(n.vals, i)
		return old, true
	}
	i := n.child(key)
	n.kids[i] = m.mine(n.kids[i])
	old, had = m.delete(n.kids[i], key)
	if len(n.kids[i].keys) == 0 {
		n.keys, n.kids = remove(n.keys, i), remove(n.kids, i)
	}
	return old, had
}

// Range walks over from <= key < to, or backwards. An empty to is open. The map must not be changed meanwhile: walk over a Copy.
func (m *Map[V]) Range(from, to string, reverse bool) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		switch {
		case m.root == nil:
		case reverse:
			m.root.down(from, to, yield)
		default:
			m.root.up(from, to, yield)
		}
	}
}

func (n *node[V]) up(from, to string, yield func(string, V) bool) bool {
	if n.kids != nil {
		for i := n.child(from); i < len(n.kids); i++ {
			if i > 0 && to != "" && n.keys[i] >= to || !n.kids[i].up(from, to, yield) {
				return false
			}
		}
		return true
	}
	for i := n.find(from); i < len(n.keys); i++ {
		if to != "" && n.keys[i] >= to || !yield(n.keys[i], n.vals[i]) {
			return false
		}
	}
	return true
}

func (n *node[V]) down(from, to string, yield func(string, V) bool) bool {
	end := len(n.keys)
	if n.kids != nil {
		if to != "" {
			end = n.child(to) + 1
		}
		for i := end - 1; i >= 0; i-- {
			if !n.kids[i].down(from, to, yield) || i > 0 && n.keys[i] < from {
				return false
			}
		}
		return true
	}
	if to != "" {
		end = n.find(to)
	}
	for i := end - 1; i >= 0; i-- {
		if n.keys[i] < from || !yield(n.keys[i], n.vals[i]) {
			return false
		}
	}
	return true
}

// find is where key stands or would stand.
func (n *node[V]) find(key string) int {
	lo, hi := 0, len(n.keys)
	for lo < hi {
		if mid := (lo + hi) / 2; n.keys[mid] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// child is the child that key belongs to.
func (n *node[V]) child(key string) int {
	lo, hi := 1, len(n.keys)
	for lo < hi {
		if mid := (lo + hi) / 2; n.keys[mid] <= key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}

// mine returns n, or a copy of it, that m may change.
func (m *Map[V]) mine(n *node[V]) *node[V] {
	if n.owner == m.owner {
		return n
	}
	return &node[V]{m.owner, room(n.keys), room(n.vals), room(n.kids)}
}

func room[T any](s []T) []T {
	if s == nil {
		return nil
	}
	return append(make([]T, 0, min(len(s)+4, full+1)), s...)
}

func insert[T any](s []T, i int, v T) []T {
	s = append(s, v)
	copy(s[i+1:], s[i:])
	s[i] = v
	return s
}

func remove[T any](s []T, i int) []T {
	copy(s[i:], s[i+1:])
	clear(s[len(s)-1:])
	return s[:len(s)-1]
}

// cut takes the end of s off, from at on.
func cut[T any](s *[]T, at int) []T {
	end := append(make([]T, 0, full+1), (*s)[at:]...)
	clear((*s)[at:])
	*s = (*s)[:at]
	return end
}
