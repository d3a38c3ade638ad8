# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The virtual board: the same appliance under QEMU, with virtual radios and gpio lines, and a
# snapshot taken when everything but Bluetooth and the hub itself is up.

board_arch=amd64
board_home=ON
board_host_tools='mmdebstrap chroot tar qemu-system-x86_64 qemu-img mke2fs python3'
board_build_packages='linux-headers-amd64,linux-source-6.12,dpkg-dev,xz-utils,patch,libglib2.0-dev,libdbus-1-dev,
ca-certificates'
board_run_packages='linux-image-amd64,initramfs-tools,zstd,python3-minimal,libpython3-stdlib,iproute2'
board_boot_modules='virtio_pci virtio_blk ext4'

board_missing() { :; }

. "$here/boards/virtual/base.sh"
. "$here/boards/virtual/gear.sh"
. "$here/boards/virtual/disk.sh"
