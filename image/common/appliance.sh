# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What every board's appliance leaves out of a plain Debian, and what it sets in it.

# quieten ROOT: what an appliance does not need does not run.
quieten() {
	local unit
	for unit in getty@tty1.service getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
		e2scrub_all.timer e2scrub_reap.service fstrim.timer man-db.timer motd-news.timer \
		systemd-tmpfiles-clean.timer systemd-pcrphase.service systemd-update-utmp.service \
		systemd-hibernate-resume.service systemd-firstboot.service systemd-homed.service \
		console-getty.service serial-getty@ttyS0.service systemd-rfkill.service \
		systemd-rfkill.socket systemd-hostnamed.service sys-kernel-debug.mount sys-kernel-tracing.mount \
		dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount; do
		ln -sf /dev/null "$1/etc/systemd/system/$unit"
	done
}

# hear_all ROOT: the kernel makes one LE connection at a time, and a device that was heard and is gone
# again blocks the others for 20 s unless bluetoothd says less. A kit advertises for 5 s. And bluetoothd
# speaks GATT to nobody it was not asked to connect: a link that the kernel made while the collector's
# socket was gone (a stop, an adapter that comes back) is bluetoothd's, and as a GATT client it would
# confirm a reading that nobody stores.
hear_all() {
	printf '\n[LE]\nAutoconnecttimeout=3000\n\n[GATT]\nClient=false\n' >>"$1/etc/bluetooth/main.conf"
}
