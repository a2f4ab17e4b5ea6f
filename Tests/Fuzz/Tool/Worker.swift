// The process that runs the inputs, and may be taken down by one.

import Foundation
import Fuzzing

/// Runs the inputs of one target.
enum Worker {
  /// Ends with this code after a finding that is no trap.
  static let foundSomething: Int32 = 3

  static func run(_ options: Options, target name: String) throws -> Int32 {
    let target = try FuzzTargets.make(name, root: options.root, scratch: options.scratch + "/files")
    let page = try SharedPage(path: options.scratch + "/page", longestInput: Supervisor.longestInput)
    if let path = options.input {
      return try run([UInt8](Data(contentsOf: URL(fileURLWithPath: path))), target, page)
    }
    let campaign = try Campaign(target, root: options.root, seed: options.seed)
    let end = campaign.runs(damaged: options.runs ?? target.usualRuns)
    while page.run < end {
      let code = try run(campaign.input(page.run), target, page)
      if code != 0 { return code }
      page.run += 1
    }
    return 0
  }

  private static func run(_ input: [UInt8], _ target: any FuzzTarget, _ page: SharedPage) throws -> Int32 {
    page.input = input
    let rows = target.rows
    do {
      if try target.run(input) { page.accepted += 1 }
      page.rows += target.rows - rows
      return 0
    } catch {
      page.finding = "\(error)"
      return foundSomething
    }
  }
}
