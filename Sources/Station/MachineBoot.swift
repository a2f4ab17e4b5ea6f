// Which boot of the machine this is.

import Platform

/// The kernel's name for the machine's present boot (random(4)).
enum MachineBoot {
  private static let path = "/proc/sys/kernel/random/boot_id"

  /// A name that no other boot has; `nil` where the kernel tells none.
  static func name() -> String? {
    let text = (try? TextFile.read(path, limit: 64))?.filter { $0.isHexDigit || $0 == "-" }
    return text?.isEmpty == false ? text : nil
  }
}
