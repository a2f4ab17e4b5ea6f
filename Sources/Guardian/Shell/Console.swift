// Log lines without buffers: what was said before a crash has been written.

import Glibc

/// Writes to the standard error, which the service manager keeps.
enum Console {
  /// Writes one line in one call.
  static func log(_ message: StaticString, _ detail: String) {
    let line = "bombyx-guardian: \(message)\(detail)\n"
    var copy = line
    copy.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
  }
}
