#!/bin/sh
# Installs the programs that some tests need and a machine may lack, where it may: as root, or in CI with a password-less
# sudo, and with apt-get. Elsewhere it prints what is missing. Never fails: tests of what is missing are skipped aloud.

has() {
	command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]
}

missing=
for pair in curl:curl jq:jq unzip:unzip zsh:zsh busybox:busybox fish:fish shellcheck:shellcheck sshd:openssh-server tmux:tmux nvim:neovim strace:strace faketime:faketime mkfs.ext4:e2fsprogs direnv:direnv sqlite3:sqlite3 pytest:python3-pytest chromium:chromium; do
	has "${pair%%:*}" || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	if [ "$CI" = true ] && sudo -n true 2>/dev/null; then sudo=sudo; else sudo=none; fi
fi
if [ "$sudo" = none ] || ! has apt-get; then
	echo "missing, and tests of them will be skipped:$missing" >&2
	exit 0
fi

echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo timeout -k 10 180 apt-get update -qq </dev/null >&2
status=$?
# a mirror that takes connections and says nothing would be waited for at each package, for longer than all tests may take
if [ "$status" = 124 ] || [ "$status" = 137 ]; then
	echo "apt-get update does not end, and tests of what is missing will be skipped:$missing" >&2
	exit 0
fi
[ "$status" = 0 ] || echo 'apt-get update failed; trying with the lists that are there' >&2
# one by one, so that a package which this system does not know keeps no other away
for package in $missing; do
	$sudo apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null 2>&1 ||
		echo "could not install $package: tests of it will be skipped" >&2
done
exit 0
