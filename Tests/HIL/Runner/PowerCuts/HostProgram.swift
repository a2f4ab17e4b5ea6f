// Programs that run on this machine, beside the board.

import Foundation

/// Programs that run on this machine.
enum HostProgram {
  /// A program of this build.
  static func built(_ name: String) -> String {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Runs a program to its end.
  static func run(_ program: String, _ arguments: [String]) throws -> Reply {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Reply(code: Int(process.terminationStatus), output: text)
  }
}
