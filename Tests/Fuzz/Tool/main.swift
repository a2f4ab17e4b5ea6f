// The fuzzer: `./dev fuzz`.

import Foundation
import Fuzzing
import Glibc

/// A directory in memory, if the machine has one: the log's files are written thousands of times.
func makeScratch() throws -> String {
  let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
  let path = "\(parent)/bombyx-fuzz-\(getpid())"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  return path
}

do {
  if CommandLine.arguments.contains("--help") {
    print(Options.usage)
    exit(0)
  }
  var options = try Options(CommandLine.arguments.dropFirst())
  if let target = options.worker { exit(try Worker.run(options, target: target)) }
  options.scratch = try makeScratch()
  defer { try? FileManager.default.removeItem(atPath: options.scratch) }
  var findings = 0
  for target in options.targets {
    try? FileManager.default.removeItem(atPath: options.scratch + "/page")
    findings += try Supervisor(options, target: target).run()
  }
  try? FileManager.default.removeItem(atPath: options.scratch)
  exit(findings == 0 ? 0 : 1)
} catch {
  FileHandle.standardError.write(Data("fuzz: \(error)\n".utf8))
  exit(2)
}
