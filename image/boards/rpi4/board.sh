# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Raspberry Pi 4: not built yet. What is decided stands here as data; what is missing is said, not faked.

board_arch=arm64
board_home=OFF
board_host_tools='mmdebstrap qemu-aarch64-static arch-test'
board_build_packages=''
board_run_packages=''
board_boot_modules=''

board_missing() {
	die "board rpi4 cannot be built yet. Missing: kernel and firmware packages of the board," \
		"partition table with two root slots, board_gear and board_image in boards/rpi4"
}
