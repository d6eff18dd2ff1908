#!/usr/bin/env python3
"""The conformance run in a virtual machine: a Debian kernel with Bluetooth and the real bluetoothd, on any Linux.

By hand only; see docs/bluetooth-conformance.md. Needs Debian or Ubuntu with apt, `qemu-system-x86` and `cpio`, and a
folder into which `bumble` was installed. Packages come from the mirrors this machine already uses and are unpacked,
never installed. The machine sees this one's files read-only and has no network.
"""

import argparse
import gzip
import lzma
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_MODULES = (
    "virtio_pci", "9pnet_virtio", "9p", "overlay",
    "sha256_generic", "sha512_generic", "hmac", "ctr", "ecb", "cmac", "drbg", "hci_vhci",
)  # fmt: skip
"""What the machine needs of the kernel; what these need themselves is found by their own words."""
_SAID = re.compile(rb"CONFORMANCE EXIT (\d+)")
_NEEDS = re.compile(rb"\0depends=([^\0]*)")

_INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module || echo "$module was refused"; done
mkdir -p /below /over /all
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose below /below
mount -t tmpfs over /over; mkdir -p /over/upper /over/work
mount -t overlay -o lowerdir=/below,upperdir=/over/upper,workdir=/over/work all /all
mount -t proc proc /all/proc; mount -t sysfs sys /all/sys; mount -t devtmpfs dev /all/dev
mount -t tmpfs run /all/run; mkdir -p /all/run/dbus /all/var/lib/bluetooth /all/etc/dbus-1/system.d
cp /bluetooth.conf /all/etc/dbus-1/system.d/bluetooth.conf
cp /inside /all/run/inside; chmod 700 /all/run/inside
ip link set lo up 2>/dev/null
chroot /all /bin/sh /run/inside
echo "CONFORMANCE EXIT $?"
poweroff -f
"""

_INSIDE = """\
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run LD_LIBRARY_PATH={libraries} PYTHONPATH={bumble}
export PYTHONDONTWRITEBYTECODE=1
uname -r; {bluetoothd} --version
dbus-daemon --system --nopidfile || exit 90
{bluetoothd} -n -d >/run/bluetoothd.log 2>&1 &
{monitor} >/run/monitor.log 2>&1 &
cd {repository}
{python} scripts/{script} {options}
said=$?
if [ $said != 0 ]; then
  grep -v -E "sdpd|rfkill" /run/bluetoothd.log | tail -n 60
  grep -A 4 -E "onnect|Adver|Peripheral" /run/monitor.log | head -n {trace}
  dmesg | grep -i -E "bluetooth|hci" | tail -n 20
fi
exit $said
"""


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bumble", type=Path, required=True, help="a site-packages folder that holds bumble")
    parser.add_argument(
        "--work", type=Path, default=Path.home() / ".cache" / "nykter-bluetooth", help="kept for the next run"
    )
    parser.add_argument(
        "--kvm", action="store_true", help="where the processor lends itself to it; else all is emulated"
    )
    parser.add_argument(
        "--camera", action="store_true", help="the kernel's virtual camera instead of Bluetooth"
    )
    parser.add_argument(
        "--trace", type=int, default=0, help="lines of the HCI trace to show when a case fails"
    )
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds until the machine is given up")
    parser.add_argument("rest", nargs="*", help="for bluetooth_conformance.py, after --")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    tree = unpacked(options.work)
    kernel = next(iter(sorted((tree / "boot").glob("vmlinuz-*"))))
    initrd = options.work / "initrd.gz"
    inside = _INSIDE.format(
        libraries=tree / "usr/lib/x86_64-linux-gnu",
        bumble=options.bumble.resolve(),
        bluetoothd=tree / "usr/libexec/bluetooth/bluetoothd",
        monitor=tree / "usr/bin/btmon",
        trace=options.trace,
        repository=ROOT,
        python=Path(sys.executable),
        script="camera_conformance.py" if options.camera else "bluetooth_conformance.py",
        options=shlex.join(options.rest),
    )
    initrd.write_bytes(
        gzip.compress(
            archive(options.work / "initrd", tree, inside, *(["vivid"] if options.camera else [])), 1
        )
    )
    return boot(kernel, initrd, options.timeout, kvm=options.kvm)


def unpacked(work: Path) -> Path:
    """Kernel, bluetoothd and busybox of this machine's own mirrors, unpacked below `work`."""
    tree = work / "tree"
    if (tree / "boot").exists():
        return tree
    told = subprocess.run(
        ("apt-cache", "depends", "linux-image-amd64"), check=True, capture_output=True, text=True
    ).stdout
    kernel = next(word for word in told.split() if re.fullmatch(r"linux-image-\S*\d-amd64", word))
    wanted = (kernel, "bluez", "libell0", "busybox-static")
    subprocess.run(("apt-get", "download", *wanted), cwd=work, check=True, capture_output=True)
    for package in sorted(work.glob("*.deb")):
        subprocess.run(("dpkg-deb", "-x", package, tree), check=True)
    return tree


def archive(folder: Path, tree: Path, inside: str, *more: str) -> bytes:
    """The first files the kernel sees, as a cpio archive."""
    for name in ("bin", "modules", "proc", "sys", "dev"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "bin" / "busybox").write_bytes((tree / "bin" / "busybox").read_bytes())
    (folder / "bin" / "busybox").chmod(0o755)
    order = modules(tree, folder / "modules", more)
    (folder / "modules" / "order").write_text("\n".join(order) + "\n", encoding="ascii")
    (folder / "bluetooth.conf").write_bytes((tree / "etc/dbus-1/system.d/bluetooth.conf").read_bytes())
    (folder / "inside").write_text(inside, encoding="utf-8")
    (folder / "init").write_text(_INIT, encoding="utf-8")
    (folder / "init").chmod(0o755)
    names = "\0".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*"))).encode()
    made = subprocess.run(
        ("cpio", "--quiet", "-0", "-o", "-H", "newc"),
        cwd=folder,
        input=names,
        check=True,
        capture_output=True,
    )
    return made.stdout


def modules(tree: Path, into: Path, more: tuple[str, ...]) -> list[str]:
    """Copy the kernel modules that are needed, plain; returns their names in the order they must be loaded."""
    files = {path.name.split(".ko")[0].replace("-", "_"): path for path in tree.rglob("*.ko*")}
    order: list[str] = []

    def load(name: str) -> None:
        path = files.get(name.replace("-", "_"))
        if path is None or f"{name}.ko" in order:  # built into the kernel, or there already
            return
        data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
        told = _NEEDS.search(data)
        for needed in filter(None, (told[1].decode() if told else "").split(",")):
            load(needed.replace("-", "_"))
        (into / f"{name}.ko").write_bytes(data)
        order.append(f"{name}.ko")

    for name in (*_MODULES, *more):
        load(name)
    return order


def boot(kernel: Path, initrd: Path, timeout_s: float, *, kvm: bool) -> int:
    """Start the machine, show what it says, and return what the run inside ended with."""
    command = (
        "qemu-system-x86_64", "-accel", "kvm" if kvm else "tcg", "-cpu", "max", "-m", "1024", "-nographic",
        "-no-reboot", "-nic", "none", "-kernel", str(kernel), "-initrd", str(initrd),
        "-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on mitigations=off",
        "-virtfs", "local,path=/,mount_tag=below,security_model=none,readonly=on,multidevs=remap",
    )  # fmt: skip
    heard = b""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as machine:
        killer = subprocess.Popen(("sh", "-c", f"sleep {timeout_s:.0f}; kill {machine.pid}"))
        assert machine.stdout is not None
        for line in machine.stdout:
            heard += line
            print(line.decode(errors="replace").rstrip(), flush=True)
        killer.kill()
        killer.wait()
    said = _SAID.search(heard)
    if said is None:
        print("The machine ended without a word of the run.")
        return 91
    return int(said[1])


if __name__ == "__main__":
    raise SystemExit(main())
