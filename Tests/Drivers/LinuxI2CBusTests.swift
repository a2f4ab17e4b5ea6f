// A bus of the kernel that is not there, or is no bus.

import Climate
import Foundation
import Testing

@testable import Drivers

@Suite("Bus of the kernel")
struct LinuxI2CBusTests {
  @Test(
    "a bus that is not there, and a file that is no bus, give errors that say so",
    arguments: [
      ("/dev/i2c-does-not-exist", I2CFault.removed), ("/dev/null", .notSupported), ("/dev", .other(code: 21)),
    ])
  func noBus(path: String, fault: I2CFault) throws {
    let address = try SensorModel.sht31.firstAddress
    let bus = LinuxI2CBus(name: "i2c1", adapter: .device(path))
    let error = I2CError(fault, bus: "i2c1", address: address)
    // Again and again: it is opened anew each time.
    for _ in 0..<3 {
      #expect(throws: error) { try bus.write([0x24, 0x00], to: address) }
      #expect(throws: error) { try bus.read(6, from: address) }
      #expect(throws: error) { try bus.writeRead([0xF3, 0x2D], 3, at: address) }
      #expect(throws: error) { try bus.transaction([], at: address) }
      #expect(bus.probe(address) == .failure(error))
    }
    #expect(error.description.hasPrefix("i2c1 0x44: "))
  }

  @Test("a sensor on a bus that is not there says which bus")
  func sensor() throws {
    let bus = LinuxI2CBus(name: "i2c7", adapter: .device("/dev/i2c-does-not-exist"))
    for model in SensorModel.allCases {
      let settings = SensorSettings(inputs: DeviceRig.usualInputs)
      let sensor = makeSensor(model, at: try model.firstAddress, settings: settings)
      let error = #expect(throws: SensorError.self) { try sensor.trigger(on: bus, at: .zero) }
      #expect(error?.description.contains("i2c7") == true)
    }
  }

  @Test("a bus is found by its adapter's name, whatever number it has after a boot")
  func renumbered() throws {
    let machine = try SysfsTree()
    try machine.add(adapter: 0, name: "bcm2835 (i2c@7e205000)")
    try machine.add(adapter: 11, name: "bcm2835 (i2c@7e804000)")
    #expect(machine.adapters.numbers(named: "bcm2835 (i2c@7e804000)") == [11])
    try machine.remove(adapter: 11)
    try machine.add(adapter: 3, name: "bcm2835 (i2c@7e804000)")
    #expect(machine.adapters.numbers(named: "bcm2835 (i2c@7e804000)") == [3])
    #expect(machine.adapters.all().map(\.number) == [0, 3])
  }

  @Test("a bus whose adapter is not there, or is there twice, is refused and not guessed")
  func notGuessed() throws {
    let machine = try SysfsTree()
    try machine.add(adapter: 1, name: "other")
    let bus = LinuxI2CBus(name: "i2c1", adapter: .named("wanted"), adapters: machine.adapters)
    let address = try SensorModel.sht31.firstAddress
    #expect(throws: I2CError(.removed, bus: "i2c1", address: address)) { try bus.read(6, from: address) }
    try machine.add(adapter: 2, name: "wanted")
    try machine.add(adapter: 5, name: "wanted")
    #expect(throws: I2CError(.other(code: 76), bus: "i2c1", address: address)) { try bus.read(6, from: address) }
  }

  @Test("a device that a kernel driver has is known by bus and address")
  func driver() throws {
    let machine = try SysfsTree()
    let address = try SensorModel.sht31.firstAddress
    try machine.bind(driver: "sht3x", to: address, bus: 4)
    #expect(machine.adapters.driver(of: address, bus: 4) == "sht3x")
    #expect(machine.adapters.driver(of: address, bus: 1) == nil)
  }

  @Test("a link to a device is the bus that it leads to")
  func link() throws {
    let machine = try SysfsTree()
    let target = machine.root.appending(path: "i2c-7")
    let link = machine.root.appending(path: "shed-bus")
    try Data().write(to: target)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
    #expect(machine.adapters.number(ofDevice: link.path) == 7)
    #expect(machine.adapters.number(ofDevice: "/dev/i2c-12") == 12)
    #expect(machine.adapters.number(ofDevice: "/dev/null") == nil)
  }
}

/// What the kernel would list, in a folder of its own.
private final class SysfsTree {
  let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "bombyx-sysfs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  var adapters: I2CAdapters { I2CAdapters(root: root.path) }

  func add(adapter: Int, name: String) throws {
    let folder = root.appending(path: "i2c-\(adapter)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data((name + "\n").utf8).write(to: folder.appending(path: "name"))
  }

  func remove(adapter: Int) throws { try FileManager.default.removeItem(at: root.appending(path: "i2c-\(adapter)")) }

  func bind(driver: String, to address: I2CAddress, bus: Int) throws {
    let digits = String(address.value, radix: 16)
    let device = root.appending(path: "\(bus)-" + String(repeating: "0", count: 4 - digits.count) + digits)
    try FileManager.default.createDirectory(at: device, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: device.appending(path: "driver").path, withDestinationPath: "../../drivers/\(driver)")
  }
}
