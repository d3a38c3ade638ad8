# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The virtual board's part of the appliance root: kernel, initrd, and few of 4000 modules.

# What stays of the kernel's modules: the boot's, and what the gear and the bus need.
board_modules="$board_boot_modules virtio_net virtio_console hci_vhci bluetooth af_packet configfs vivid
irqbypass virtio_rng sch_netem autofs4 algif_hash algif_skcipher ecb cmac ccm aes_generic ecdh_generic"

board_base() {
	local root=$1 version keep
	version=$(kernel_of "$root")
	chroot "$root" mkinitramfs -o /boot/small.img "$version"
	mkdir "$root/boot/out"
	mv "$root/boot/small.img" "$root/boot/out/initrd"
	cp "$root/boot/vmlinuz-$version" "$root/boot/out/vmlinuz"
	trim_modules "$root" "$version"
	rm -f "$root"/boot/initrd.img* "$root"/boot/System.map* "$root"/boot/config-* "$root"/boot/vmlinuz-*
}

# trim_modules ROOT VERSION: of some 4000 modules a few dozen stay, so that disk and boot are small.
trim_modules() {
	local root=$1 version=$2 name kept=$1/modules.kept
	for name in $board_modules; do
		chroot "$root" modprobe -S "$version" --show-depends "$name" || :
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u >"$kept"
	(cd "$root" && find lib/modules/ -name '*.ko*' | sed 's,^,/,' | sort | comm -23 - "$kept" |
		sed 's,^/,,' | xargs -r rm -f)
	rm "$kept"
	find "$root/lib/modules" -type d -empty -delete
	chroot "$root" depmod "$version"
}
