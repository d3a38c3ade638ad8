# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The virtual board's disk and the snapshot "base" in it.

fill_disk() {
	local root=$1/root size
	[ "$(kernel_of "$base_root")" = "$(cat "$gpio/kernel")" ] ||
		die "kernel and headers differ in version: remove the cache and build again"
	cp -a "$base_root" "$root"
	mv "$root/boot/out/vmlinuz" "$root/boot/out/initrd" "$1/"
	rmdir "$root/boot/out"
	cp -a --no-preserve=ownership "$product_tree/." "$root/"
	install -d "$root/usr/lib/vaka-home"
	install -m 755 "$radio/btvirt" "$root/usr/lib/vaka-home/"
	install -m 644 "$gpio/gpio-simx.ko" "$preload/only-index.so" "$root/usr/lib/vaka-home/"
	cp -a --no-preserve=ownership "$repo/tests/home/guest/root/." "$root/"
	chroot "$root" systemd-sysusers
	quieten "$root"
	hear_all "$root"
	chroot "$root" systemctl --quiet enable vaka-home-agent vaka-home-lines systemd-networkd
	chroot "$root" systemctl --quiet disable bluetooth
	echo vaka >"$root/etc/hostname"
	printf '127.0.0.1 localhost vaka\n10.0.2.2 broker.vaka.test\n' >"$root/etc/hosts"
	: >"$root/etc/fstab"
	rm -f "$root/etc/machine-id"
	echo 5a6b000000000000000000000000aaaa >"$root/etc/machine-id"
	size=$(($(du -sm "$root" | cut -f1) * 5 / 4 + 160))
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$root" -F "$1/disk.raw" "${size}M"
	rm -rf --one-file-system "$root"
	qemu-img convert -O qcow2 "$1/disk.raw" "$1/disk.qcow2"
	rm "$1/disk.raw"
	python3 -u "$here/boards/virtual/snapshot.py" "$1"
}

board_image() {
	step image "$(hash_of "$build_root_id" "$base_root_id" "$product_tree" "$radio/btvirt" \
		"$gpio/gpio-simx.ko" "$preload/only-index.so" "$repo/tests/home/guest/root" \
		"$here/boards/virtual" "$repo/tests/home/wardlib/machine.py" "$here/common/appliance.sh")" fill_disk "$@"
	ln -sfn "${made##*/}" "$cache/current"
}

board_result() { echo "$cache/current: disk.qcow2 with the snapshot \"base\", vmlinuz, initrd"; }
