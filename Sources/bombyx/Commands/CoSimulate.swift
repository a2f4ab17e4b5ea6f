// bombyx cosim: lock step with somebody else's plant model on standard input and output.

import ArgumentParser
import Configuration
import Controller
import FoundationEssentials
import Glibc
import LocalService
import Station
import TerminalUI

struct CoSimulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cosim",
    abstract: text("Close the loop with a plant model of your own.", "与自备的对象模型联合仿真（锁步）。"),
    discussion: text(
      "Reads and writes JSON, one object a line. First line: {\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":60}. "
        + "Every other: {\"t\":0,\"channels\":{\"shed.temperature\":21.3}}. The answer holds each output's mean over the step. "
        + "docs/cosim.md and examples/cosim show the rest.",
      "以JSON读写，每行一个对象。首行：{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":60}；其后：{\"t\":0,\"channels\":{\"shed.temperature\":21.3}}。"
        + "回答为各输出在该步内的平均值。详见 docs/cosim.zh-CN.md 与 examples/cosim。"))

  @Option(help: help("The device's configuration.", "设备配置文件。"))
  var config: String

  @Option(help: help("Zone in which a relay test of its heaters runs first.", "先在该区做一次加热继电试验。"))
  var tune: String?

  @OptionGroup var share: ShareOptions

  @Option(help: help("Language of messages: zh or en. Default: from LANG.", "语言：zh 或 en，默认取自 LANG。"))
  var lang: Language?

  func run() throws {
    try bombyx.run {
      let configuration = try configuration()
      var simulation = CoSimulation(configuration, tunedZone: try tune.map { try zone($0, in: configuration.plan) })
      var lines = LineBuffer(limit: CoSimulation.longestLine)
      var chunk = [UInt8](repeating: 0, count: 65_536)
      var number = 0
      var isOpen = true
      while isOpen {
        let count = read(STDIN_FILENO, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        isOpen = count > 0
        if isOpen {
          lines.append(chunk[..<count])
        } else if lines.count > 0 {
          // A last line without an end is a line.
          lines.append([UInt8(ascii: "\n")])
        }
        while let line = lines.next() {
          number += 1
          try answer(line, number, &simulation)
        }
        if lines.isTooLong {
          try fail(
            CoSimulationError(
              .tooLong, "the line is longer than \(CoSimulation.longestLine) bytes",
              "该行超过 \(CoSimulation.longestLine) 字节"), line: number + 1)
        }
      }
    }
  }

  private func zone(_ name: String, in plan: Plan) throws -> ZoneID {
    if let zone = plan.zone(named: name) { return zone }
    let names = plan.zones.map(\.name).joined(separator: ", ")
    try fail(
      CoSimulationError(.configuration, "there is no zone \(name); zones: \(names)", "没有区 \(name)；现有：\(names)"),
      line: nil)
    throw ExitCodes.failed
  }

  private func answer(_ line: Data, _ number: Int, _ simulation: inout CoSimulation) throws {
    guard !line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) else { return }
    let answer: Data
    do throws(CoSimulationError) {
      answer = try simulation.answer(line)
    } catch {
      try fail(error, line: number)
      return
    }
    try Self.write(answer)
  }

  /// The plant model reads the error on its end of the pipe, a person on the screen.
  private func fail(_ error: CoSimulationError, line: Int?) throws {
    let message = text(error.english, error.chinese)
    try Self.write(CoSimulation.errorLine(error, message: message, line: line))
    let place = line.map { text("line \($0): ", "第 \($0) 行：") } ?? ""
    throw Failure(place + error.english, place + error.chinese)
  }

  private func configuration() throws -> DeviceConfiguration {
    let (loaded, faults) = ConfigurationFiles(configuration: config, share: share.directory).load(isSimulated: true)
    if let loaded { return loaded }
    let errors = faults.filter { $0.severity == .error }
    try fail(
      CoSimulationError(
        .configuration, errors.map { "\($0.location): \($0.english)" }.joined(separator: "\n"),
        errors.map { "\($0.location): \($0.chinese)" }.joined(separator: "\n")), line: nil)
    throw ExitCodes.failed
  }

  /// Writes a line at once: the plant model waits for it.
  private static func write(_ line: Data) throws {
    var rest = [UInt8](line) + [UInt8(ascii: "\n")]
    while !rest.isEmpty {
      let count = Glibc.write(STDOUT_FILENO, rest, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Failure("nobody reads the answers", "无人读取回答") }
      rest.removeFirst(count)
    }
  }
}
