// bombyx scan: what is on the buses.

import ArgumentParser
import Drivers
import Glibc
import LocalService
import TerminalUI

struct Scan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Every bus and address: what answers, and which sensor it is.", "扫描所有总线和地址，识别传感器。"))

  @Argument(help: help("Buses, such as /dev/i2c-1; without them all.", "总线，如 /dev/i2c-1；不给则全部。"))
  var buses: [String] = []

  @OptionGroup var output: OutputOptions

  /// One finding as JSON.
  struct Message: Codable {
    var bus: String
    /// The kernel's name of the adapter; board files can name a bus by it.
    var adapter: String?
    var address: String
    var models: [String]
    var confidence: String
    var kernelDriver: String?

    private enum CodingKeys: String, CodingKey {
      case bus, adapter, address, models, confidence
      case kernelDriver = "kernel_driver"
    }
  }

  func run() throws {
    try bombyx.run {
      let paths = buses.isEmpty ? Self.allBuses() : buses
      guard !paths.isEmpty else {
        throw Failure(
          "there is no /dev/i2c-*: enable the bus (dtparam=i2c_arm=on in config.txt, see board/) and load i2c-dev",
          "没有 /dev/i2c-*：请启用总线（config.txt 中 dtparam=i2c_arm=on，见 board/）并加载 i2c-dev")
      }
      var messages: [Message] = []
      for path in paths { messages += try scan(path) }
      if output.json { return try output.printJSON(messages) }
      show(messages)
    }
  }

  private func scan(_ path: String) throws -> [Message] {
    let bus = LinuxI2CBus(name: path, adapter: .device(path))
    if let first = I2CAddress.all.first, case .failure(let error) = bus.probe(first) {
      switch error.fault {
      case .removed, .notSupported, .other:
        throw Failure("\(error); run the command with sudo, or check the path", "\(error)；请用 sudo 运行或检查路径")
      default: break
      }
    }
    let adapter = I2CAdapters().name(ofDevice: path)
    return BusScan(bus: bus, clock: SystemClock()).run { bus.probe($0) }.map { finding in
      Message(
        bus: path, adapter: adapter, address: finding.address.description, models: finding.models.map(\.rawValue),
        confidence: finding.confidence.rawValue, kernelDriver: finding.kernelDriver)
    }
  }

  private func show(_ messages: [Message]) {
    guard !messages.isEmpty else { return print(text("nothing answers; check plugs and supply", "无应答；请检查插头和供电")) }
    var table = TextTable([
      .text(text("bus", "总线")), .text(text("adapter", "适配器")), .text(text("address", "地址")),
      .text(text("sensor", "传感器")), .text(text("sure", "把握")),
    ])
    for message in messages {
      let models = message.models.isEmpty ? text("unknown", "未知") : message.models.joined(separator: " / ")
      let driver = message.kernelDriver.map { text("used by kernel driver \($0)", "被内核驱动 \($0) 占用") }
      table.add([message.bus, message.adapter ?? "", message.address, driver ?? models, sure(message.confidence)])
    }
    print(table.lines(output.style).joined(separator: "\n"))
  }

  private func sure(_ confidence: String) -> String {
    switch confidence {
    case "certain": text("certain", "确定")
    case "likely": text("likely", "可能")
    default: text("unknown", "未知")
    }
  }

  private static func allBuses() -> [String] {
    (0..<32).map { "/dev/i2c-\($0)" }.filter { access($0, F_OK) == 0 }
  }
}
