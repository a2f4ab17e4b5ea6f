#!/usr/bin/env bash
# Builds the programs for arm64 boards on an x86-64 machine, into .build-arm64/release.
#
# Compiler and libraries are Debian's: Swift from Debian unstable, in a folder of its own, and a Debian release for arm64 to link
# with. Both must be of one Swift version, because compiled modules of different versions do not mix. Nothing outside the
# checkout is changed; entering the compiler's folder and making it need root.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A program links with the C library that it was built against or a later one: Debian 13, which current Raspberry Pi OS is.
release=trixie
sdk_name=debian-$release-arm64
work=$root/.build-arm64
toolchain=$work/toolchain
sdk=$work/sdks/$sdk_name.artifactbundle/$sdk_name
sysroot=$sdk/sysroot
scratch=$work/$release
# The mirror that this machine's own packages come from.
# shellcheck disable=SC2016 # A format of apt's.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/\?$' || true)
[[ -n $mirror ]] || {
  printf 'cross-arm64: apt knows no mirror of Debian; this works on Debian machines only\n' >&2
  exit 2
}

# Arguments: folder, architecture, variant, suite, comma-separated packages. Left alone when it is whole, with the same packages.
make_root() {
  local folder=$1 architecture=$2 variant=$3 suite=$4 packages=$5
  [[ -e $folder.whole && $(<"$folder.whole") == "$packages" ]] && return
  printf '==> unpacking Debian %s for %s\n' "$suite" "$architecture" >&2
  # What an interrupted run may have left mounted in it is not ours to remove.
  rm -rf --one-file-system "$folder"
  mkdir -p "$(dirname "$folder")"
  # Mirrors that are frozen at a date have lists that are past theirs; packages stay signed.
  mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --variant="$variant" --architectures="$architecture" \
    --include="$packages" "$suite" "$folder" "$mirror"
  printf '%s\n' "$packages" >"$folder.whole"
}

make_sdk() {
  make_root "$toolchain" amd64 minbase sid swiftlang,g++,git,ca-certificates,pkg-config
  make_root "$sysroot" arm64 extract "$release" \
    libc6-dev,libgcc-14-dev,libstdc++-14-dev,libsqlite3-dev,libgpiod-dev,libi2c-dev,libmosquitto-dev,libssl-dev,libsodium-dev,libzstd-dev
  local runtime=$work/runtime
  [[ $sdk/runtime.whole -nt $sysroot.whole ]] && return
  make_root "$runtime" arm64 extract sid libswiftlang,swiftlang
  # Made by the packages' scripts, which nobody runs in a folder that is only unpacked; the linker looks there.
  [[ -e $sysroot/lib ]] || ln -s usr/lib "$sysroot/lib"
  cp -a "$runtime"/usr/libexec/swift/lib/{swift,swift_static,clang} "$sysroot/usr/lib/"
  rm -rf "$runtime" "$runtime.whole"
  cat >"$(dirname "$sdk")/info.json" <<JSON
{
  "schemaVersion": "1.0",
  "artifacts": {
    "$sdk_name": {"type": "swiftSDK", "version": "1", "variants": [{"path": "$sdk_name"}]}
  }
}
JSON
  cat >"$sdk/swift-sdk.json" <<JSON
{
  "schemaVersion": "4.0",
  "targetTriples": {
    "aarch64-unknown-linux-gnu": {
      "sdkRootPath": "sysroot",
      "swiftResourcesPath": "sysroot/usr/lib/swift",
      "swiftStaticResourcesPath": "sysroot/usr/lib/swift_static",
      "toolsetPaths": ["toolset.json"]
    }
  }
}
JSON
  printf '{"schemaVersion": "1.0", "swiftCompiler": {"extraCLIOptions": ["-use-ld=lld"]}}\n' >"$sdk/toolset.json"
  touch "$sdk/runtime.whole"
}

# Runs a command in the compiler's folder, with the checkout in its place, in a mount namespace that ends with it.
in_toolchain() {
  local folders=("$root") folder
  # Where git is told to look for repositories on this machine's disk.
  while read -r folder; do
    [[ -d $folder ]] && folders+=("$folder")
  done < <(git config --get-regexp '^url\..*\.insteadof$' | sed 's/^url\.\(.*\)\.insteadof .*/\1/' | sort -u)
  # shellcheck disable=SC2016 # The inner shell's own arguments.
  unshare --mount --propagation private bash -c '
    set -e
    toolchain=$1; checkout=$2; libraries=$3; count=$4; shift 4
    mount -t proc proc "$toolchain/proc"
    mount --rbind /dev "$toolchain/dev"
    for folder in "${@:1:count}"; do
      mkdir -p "$toolchain$folder"
      mount --bind "$folder" "$toolchain$folder"
    done
    shift "$count"
    for file in /etc/resolv.conf /etc/gitconfig; do
      [ ! -f "$file" ] || cp "$file" "$toolchain$file"
    done
    exec chroot "$toolchain" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/libexec/swift/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      PKG_CONFIG_PATH="$libraries" bash -c "cd \"\$0\" && exec \"\$@\"" "$checkout" "$@"
  ' in-toolchain "$toolchain" "$root" "$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig" "${#folders[@]}" "${folders[@]}" "$@"
}

make_sdk
in_toolchain git config --global --add safe.directory '*'
in_toolchain swift --version >&2
[[ ${1-} != --toolchain ]] || exit 0
build=(swift build -c release --static-swift-stdlib --swift-sdks-path "$work/sdks" --swift-sdk "$sdk_name" --scratch-path "$scratch")
for program in bombyx bombyxd bombyx-guardian; do
  in_toolchain "${build[@]}" --product "$program"
done
ln -sfn "$release/aarch64-unknown-linux-gnu/release" "$work/release"
printf '==> built for Debian %s, arm64, in .build-arm64/release\n' "$release" >&2
