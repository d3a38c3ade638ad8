# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The roots every board shares: one to build in, one to ship, both plain Debian.

suite=trixie
product_build_packages='gcc,libc6-dev,make,cmake,ninja-build,pkgconf,clang,libuv1-dev,libsystemd-dev,
libmosquitto-dev,libsqlite3-dev,libyaml-dev,libjansson-dev,libsodium-dev,liblz4-dev,libcmocka-dev,libcbor-dev,libgpiod-dev,
libbluetooth-dev,libssl-dev'
product_run_packages='systemd,systemd-sysv,udev,dbus,bluez,kmod,e2fsprogs,tzdata,libuv1t64,libsqlite3-0,
libyaml-0-2,libjansson4,libsodium23,liblz4-1,libmosquitto1,libgpiod3,libsystemd0'

# debian ROOT PACKAGES [mmdebstrap options…]
debian() {
	local root=$1 packages=$2
	shift 2
	mmdebstrap --quiet --variant=minbase --architectures="$board_arch" \
		--include="$(tr -d '\n' <<<"$packages")" \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--aptopt='Acquire::Retries "3"' \
		--dpkgopt=force-unsafe-io --dpkgopt=force-confold \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
		"$@" "$suite" "$root"
}

fill_build_root() {
	debian "$1/root" "$product_build_packages,$board_build_packages"
	# Sources come from where the packages came from.
	sed -n 's/^deb /deb-src /p' "$1/root/etc/apt/sources.list" >"$1/root/etc/apt/sources.list.d/src.list"
	mkdir -p "$1/root/build"
}

make_build_root() {
	step build-root "$(hash_of "$board_arch" "$suite" "$product_build_packages" \
		"$board_build_packages")" fill_build_root "$@"
	build_root=$made/root
	build_root_id=${made##*/}
}

in_build_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
	chroot "$build_root" "$@"; }

product_parts='CMakeLists.txt CMakePresets.json cmake daemon plugins systemd config tests/CMakeLists.txt
tests/home/CMakeLists.txt tests/home/kit'

# present PATH…: those that exist below the repository.
present() { local p; for p; do [ ! -e "$repo/$p" ] || echo "$p"; done; }

fill_product() {
	if [ -n "$product" ]; then
		cp -a "$product" "$1/root"
		return
	fi
	# The build folder stays in the build root, so that the next build is an incremental one.
	rm -rf "$build_root/build/vaka"
	mkdir -p "$build_root/build/vaka" "$1/root"
	# shellcheck disable=SC2046,SC2086	# lists of words
	(cd "$repo" && tar -c --exclude=__pycache__ $(present $product_parts)) |
		tar -x -C "$build_root/build/vaka"
	in_build_root sh -ec "cd /build/vaka && cmake --preset release -B /build/vaka-release \
		-DVAKA_TESTS=OFF -DVAKA_HOME=$board_home -DCMAKE_INSTALL_PREFIX=/usr && \
		ninja -C /build/vaka-release && rm -rf /build/vaka-tree && \
		DESTDIR=/build/vaka-tree ninja -C /build/vaka-release install/strip"
	cp -a "$build_root/build/vaka-tree/." "$1/root"
}

make_product() {
	local inputs=() part
	if [ -n "$product" ]; then
		inputs=("$product")
	else
		for part in $(present $product_parts); do inputs+=("$part" "$repo/$part"); done
	fi
	step product "$(hash_of "$board_home" "$build_root_id" "${inputs[@]}")" fill_product "$@"
	product_tree=$made/root
}

fill_base_root() {
	debian "$1/root" "$product_run_packages,$board_run_packages" \
		--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
		--essential-hook="printf 'MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n' >\"\$1/etc/initramfs-tools/conf.d/vaka\"" \
		--essential-hook="printf '%s\n' $board_boot_modules >\"\$1/etc/initramfs-tools/modules\"" \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/* "$1"/usr/share/doc/*/changelog*'
	board_base "$1/root"
}

make_base_root() {
	step base-root "$(hash_of "$board_arch" "$suite" "$product_run_packages" "$board_run_packages" \
		"$board_boot_modules" "$here/boards/$board/base.sh" "$here/common/roots.sh")" fill_base_root "$@"
	base_root=$made/root
	base_root_id=${made##*/}
}
