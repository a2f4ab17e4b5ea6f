#!/usr/bin/env python3
"""Makes what a guest boots: a stock Debian kernel with its modules, two drivers for wires that a program plays, a small root folder.

  image.py --architecture amd64|arm64 --output FOLDER

Everything comes from Debian packages, downloaded by apt as the user who runs it. Made once and kept until this script, the files
beside it, or Debian's kernel change. Standard library only.
"""

import argparse
import gzip
import hashlib
import lzma
import os
import subprocess
import sys
import zlib
from pathlib import Path

from archive import Archive
import drivers

HERE = Path(__file__).resolve().parent
# Programs of the tests, of one source file each.
PROGRAMS = ["ask", "greedy"]
MODULES = ["virtio_pci", "virtio_console", "virtio_blk", "ext4", "i2c-dev"]
FOLDERS = "bin sbin etc proc sys dev run tmp mnt lib usr/bin usr/sbin usr/libexec/bombyx usr/share/bombyx var/lib/bombyx root"
PASSWD = "root:x:0:0::/:/bin/sh\nbombyx:x:901:901::/:/bin/sh\nbombyx-guardian:x:902:901::/:/bin/sh\n"
GROUP = "root:x:0:\nbombyx:x:901:\nbombyx-guardian:x:902:bombyx-guardian\ni2c:x:903:bombyx\n"


def run(*command, **options):
    """Runs a program; its failure ends this one."""
    return subprocess.run([str(word) for word in command], check=True, text=True, stdout=subprocess.PIPE, **options).stdout


class Packages:
    """Debian packages of one architecture, downloaded without being installed."""

    def __init__(self, architecture, folder):
        self.architecture, self.folder = architecture, folder
        self.options = []
        own = run("dpkg", "--print-architecture").strip()
        if architecture != own:
            # Package lists of our own, so that the machine's stay as they are.
            lists = folder / "lists"
            (lists / "partial").mkdir(parents=True, exist_ok=True)
            status = folder / "status"
            status.touch()
            self.options = [
                "-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures={architecture}",
                "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::State::Status={status}", "-o", "Dir::Cache::pkgcache=",
                "-o", "Dir::Cache::srcpkgcache=", "-o", "Acquire::Languages=none",
            ]  # fmt: skip
            run("apt-get", *self.options, "update", stderr=subprocess.DEVNULL)

    def depends(self, package):
        """The packages that one depends on, by name."""
        lines = run("apt-cache", *self.options, "depends", "--no-recommends", "--no-suggests", package).splitlines()
        return [line.split()[-1] for line in lines if line.strip().startswith("Depends:")]

    def version(self, package):
        lines = run("apt-cache", *self.options, "show", "--no-all-versions", package).splitlines()
        return next(line.split()[1] for line in lines if line.startswith("Version:"))

    def get(self, package):
        """The file of a package."""
        before = set(self.folder.glob("*.deb"))
        run("apt-get", *self.options, "-o", "APT::Sandbox::User=", "download", package, cwd=self.folder, stderr=subprocess.DEVNULL)
        name = package.split(":")[0]
        new = set(self.folder.glob("*.deb")) - before or set(self.folder.glob(f"{name}_*.deb"))
        return max(new, key=lambda path: path.stat().st_mtime)

    def unpack(self, package, folder):
        run("dpkg-deb", "-x", self.get(package), folder)
        return folder


def uncompressed(kernel, architecture):
    """The kernel as an ELF file if it is packed in one that unpacks itself: an emulated processor would take seconds for that."""
    if architecture == "arm64":
        return gzip.decompress(kernel) if kernel[:2] == b"\x1f\x8b" else kernel
    for magic, unpack in ((b"\xfd7zXZ\0", lambda data: lzma.LZMADecompressor().decompress(data)),
                          (b"\x1f\x8b\x08", lambda data: zlib.decompressobj(31).decompress(data))):  # fmt: skip
        start = kernel.find(magic)
        while start >= 0:
            try:
                data = unpack(kernel[start:])
                if data[:4] == b"\x7fELF":
                    return data
            except (lzma.LZMAError, zlib.error):
                pass
            start = kernel.find(magic, start + 1)
    return kernel


def build_drivers(packages, release, folder, architecture):
    """Builds the two drivers against the headers of the kernel."""
    archive = packages.get("linux-source-6.1")
    tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE)
    inner = subprocess.Popen(["tar", "xO", "--wildcards", "./usr/src/linux-source-*.tar.xz"], stdin=tar.stdout, stdout=subprocess.PIPE)
    names = [f"linux-source-6.1/{name}" for name in drivers.SOURCES]
    run("tar", "xJ", "-C", folder, *names, stdin=inner.stdout)
    archive.unlink()
    source = folder / "drivers"
    source.mkdir(exist_ok=True)
    for name, change in drivers.SOURCES.items():
        text = (folder / "linux-source-6.1" / name).read_text(encoding="utf-8")
        (source / Path(name).name).write_text(change(text), encoding="utf-8")
    (source / "Makefile").write_text(drivers.MAKEFILE, encoding="utf-8")
    headers, options, strip = Path(f"/usr/src/linux-headers-{release}"), [], "strip"
    if architecture == "arm64":
        # The headers of arm64, with this machine's tools and what all architectures share.
        packages.unpack(f"linux-headers-{release}", folder / "headers")
        headers = folder / "headers/usr/src" / f"linux-headers-{release}"
        tools = headers.parent.parent / "lib"
        tools.mkdir(exist_ok=True)
        for kbuild in Path("/usr/lib").glob("linux-kbuild-*"):
            if not (tools / kbuild.name).exists():
                (tools / kbuild.name).symlink_to(kbuild)
        options, strip = ["ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-"], "aarch64-linux-gnu-strip"
    run("make", "-s", "-C", headers, f"M={source}", *options, "modules")
    for module in source.glob("*.ko"):
        run(strip, "-g", module)
    return [source / "i2c-virtio.ko", source / "gpio-virtio.ko"]


def build(name, folder, architecture):
    """A program of the tests, without libraries."""
    compiler = "gcc" if architecture == run("dpkg", "--print-architecture").strip() else "aarch64-linux-gnu-gcc"
    run(compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-s", "-o", folder / name, HERE / f"{name}.c")
    return folder / name


def closure(root, release, names):
    """The files of modules and of all that they need, in the order in which they can be loaded."""
    if not (root / "lib/modules" / release / "modules.dep.bin").exists():
        run("depmod", "-b", root, release)
    files = []
    for name in names:
        for line in run("modprobe", "-d", root, "-S", release, "--show-depends", name).splitlines():
            words = line.split()
            if words[0] == "insmod" and words[1] not in files:
                files.append(words[1])
    return files


def unsigned(path, folder):
    """A module without its signature, which the kernel does not ask for and an emulated processor takes long to check."""
    data = Path(path).read_bytes()
    name = Path(path).name.removesuffix(".xz")
    plain = lzma.decompress(data) if path.endswith(".xz") else data
    marker = b"~Module signature appended~\n"
    if plain.endswith(marker):
        # Before the marker stand the signature and twelve bytes, of which the last four are its length.
        length = int.from_bytes(plain[-len(marker) - 4 : -len(marker)], "big")
        plain = plain[: -len(marker) - 12 - length]
    modules = folder / "modules"
    modules.mkdir(exist_ok=True)
    (modules / name).write_bytes(plain)
    return modules / name


def make_root(packages, folder, kernel, release, wires):
    """The root folder, without the programs under test."""
    archive = Archive()
    for name in FOLDERS.split():
        archive.folder(name)
    archive.add("bin/busybox", packages.unpack("busybox-static", folder / "busybox") / "bin/busybox")
    archive.add("usr/bin/chrt", packages.unpack("util-linux", folder / "util-linux") / "usr/bin/chrt")
    tools = packages.unpack("gpiod", folder / "gpiod") / "usr/bin"
    for name in ("gpiodetect", "gpioinfo", "gpioset"):
        archive.add(f"usr/bin/{name}", tools / name)
    for name in PROGRAMS:
        archive.add(f"usr/bin/{name}", build(name, folder, packages.architecture))
    archive.add("init", HERE / "init")
    archive.add("agent", HERE / "agent")
    archive.put("etc/passwd", PASSWD.encode())
    archive.put("etc/group", GROUP.encode())
    loaded = closure(kernel, release, MODULES) + [str(path) for path in wires]
    for path in loaded:
        module = unsigned(path, folder)
        archive.add(f"lib/drivers/{module.name}", module)
    plain = [Path(path).name.removesuffix(".xz") for path in loaded]
    archive.put("lib/drivers/order", "".join(f"{name}\n" for name in plain).encode())
    return archive


def stamp(packages, release):
    """What the image depends on, as one word."""
    digest = hashlib.sha256()
    for name in ("image.py", "archive.py", "drivers.py", *(f"{name}.c" for name in PROGRAMS), "init", "agent"):
        digest.update((HERE / name).read_bytes())
    digest.update(f"{packages.architecture} {release}".encode())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architecture", choices=["amd64", "arm64"], default="amd64")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    folder = options.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "stamp"
    packages = Packages(options.architecture, folder)
    meta = f"linux-image-{options.architecture}"
    release = next(name for name in packages.depends(meta) if name.startswith("linux-image-")).removeprefix("linux-image-")
    release = release.removesuffix("-unsigned")
    if done.exists() and done.read_text() == stamp(packages, release):
        return
    print(f"==> making the {options.architecture} guest with Debian's kernel {release}", file=sys.stderr)
    kernel = packages.unpack(f"linux-image-{release}", folder / "kernel")
    (folder / "vmlinux").write_bytes(uncompressed((kernel / f"boot/vmlinuz-{release}").read_bytes(), options.architecture))
    wires = build_drivers(packages, release, folder, options.architecture)
    make_root(packages, folder, kernel, release, wires).write(folder / "root.cpio")
    for archive in folder.glob("*.deb"):
        archive.unlink()
    done.write_text(stamp(packages, release))


if __name__ == "__main__":
    os.umask(0o022)
    main()
