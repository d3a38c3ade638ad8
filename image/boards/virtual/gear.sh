# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Gear of the virtual home that is built in the build root: the virtual radios (Debian's own bluez
# source with our patch), gpio lines (the kernel's own driver as a module of its own), and the
# preload that leaves bluetoothd one controller.

fill_radio() {
	local patch dir=/build/bluez
	rm -rf "$build_root$dir"
	mkdir -p "$build_root$dir"
	cp "$here"/patches/btvirt-*.patch "$build_root$dir/"
	in_build_root sh -ec "cd $dir && apt-get -qq update && apt-get -qq source --download-only bluez &&
		mkdir src && tar xf bluez_*.orig.tar.* -C src --strip-components=1 && cd src &&
		for p in ../btvirt-*.patch; do patch -p1 <\$p; done &&
		./configure --disable-dependency-tracking --enable-library --enable-testing --disable-manpages \
			--disable-systemd --disable-udev --disable-cups --disable-obex --disable-client \
			--disable-monitor --disable-tools --disable-a2dp --disable-avrcp --disable-network \
			--disable-hid --disable-hog --disable-midi --disable-bap --disable-datafiles \
			CFLAGS='-O1 -w' >configure.log &&
		make -s emulator/btvirt && strip emulator/btvirt"
	install -m 755 "$build_root$dir/src/emulator/btvirt" "$1/btvirt"
	rm -rf "$build_root$dir"
}

fill_gpio() {
	local dir=/build/gpio version
	version=$(kernel_of "$build_root")
	rm -rf "$build_root$dir"
	mkdir -p "$build_root$dir"
	tar xJf "$build_root"/usr/src/linux-source-6.12.tar.xz -C "$build_root$dir" --transform='s,.*/,,' \
		--wildcards '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib.h' '*/kernel/irq/irq_sim.c'
	# irq_to_desc is not exported; the way around it is.
	sed -i -e '/^EXPORT_SYMBOL_GPL/d' \
		-e 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/' "$build_root$dir/irq_sim.c"
	printf 'obj-m := gpio-simx.o\ngpio-simx-y := gpio-sim.o irq_sim.o\n' >"$build_root$dir/Makefile"
	in_build_root make -s -C "/lib/modules/$version/build" "M=$dir" modules
	install -m 644 "$build_root$dir/gpio-simx.ko" "$1/gpio-simx.ko"
	echo "$version" >"$1/kernel"
	rm -rf "$build_root$dir"
}

fill_preload() {
	cp "$here/gear/only-index.c" "$build_root/build/"
	in_build_root gcc -O2 -Wall -Wextra -Werror -shared -fPIC -o /build/only-index.so /build/only-index.c
	install -m 644 "$build_root/build/only-index.so" "$1/only-index.so"
}

kernel_of() { (cd "$1/lib/modules" && ls | head -n 1); }

board_gear() {
	step radio "$(hash_of "$build_root_id" "$here"/patches/*.patch "$here/boards/virtual/gear.sh")" fill_radio "$@"
	radio=$made
	step gpio "$(hash_of "$build_root_id" "$here/boards/virtual/gear.sh")" fill_gpio "$@"
	gpio=$made
	step preload "$(hash_of "$build_root_id" "$here/gear/only-index.c")" fill_preload "$@"
	preload=$made
}
