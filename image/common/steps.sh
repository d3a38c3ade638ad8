# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Steps of an image build: a step is a name, the hash of its inputs and a function that fills a
# folder. The folder appears under its final name only when it is whole.

started=$(date +%s)
say() { printf 'image %4ds  %s\n' $(($(date +%s) - started)) "$*" >&2; }
die() { say "error: $*"; exit 1; }

need() {
	local tool missing=()
	for tool; do command -v "$tool" >/dev/null || missing+=("$tool"); done
	[ ${#missing[@]} = 0 ] || die "not installed: ${missing[*]}"
}

# hash_of WORD|PATH…: words as they are; files and folders by content, mode and name.
hash_of() {
	local item
	for item; do
		if [ -d "$item" ]; then
			(cd "$item" && find . -path ./.git -prune -o -name __pycache__ -prune -o \
				\( -type f -o -type l \) -printf '%p %m\n' | LC_ALL=C sort &&
				find . -path ./.git -prune -o -name __pycache__ -prune -o -type f -print0 |
				LC_ALL=C sort -z | xargs -0r sha256sum)
		elif [ -f "$item" ]; then
			sha256sum <"$item"
		else
			printf '%s\n' "$item"
		fi
	done | sha256sum | cut -c1-16
}

# step NAME KEY FUNCTION [quiet]: prints nothing on stdout; sets $made to the folder.
step() {
	local name=$1 key=$2 make=$3 quiet=${4:-} old began failed
	made=$cache/$name-$key
	if [ -d "$made" ]; then
		[ -n "$quiet" ] || say "$name: from cache"
		return 0
	fi
	began=$(date +%s)
	say "$name: building"
	rm -rf "$made.part"
	mkdir -p "$made.part"
	set +e		# not in an if: there bash would go on after a failed command of the step
	(set -e; "$make" "$made.part") >"$cache/$name.log" 2>&1
	failed=$?
	set -e
	if [ $failed != 0 ]; then
		tail -n 30 "$cache/$name.log" >&2
		die "$name failed; whole log: $cache/$name.log"
	fi
	for old in "$cache/$name"-????????????????; do
		[ ! -d "$old" ] || rm -rf --one-file-system "$old"
	done
	mv "$made.part" "$made"
	say "$name: built in $(($(date +%s) - began)) s"
}
