// A bus of the kernel that is not there, or is no bus.

import Climate
import Drivers
import Testing

@Suite("Bus of the kernel")
struct LinuxI2CBusTests {
  @Test(
    "a bus that is not there, and a file that is no bus, give errors that say so",
    arguments: [
      ("/dev/i2c-does-not-exist", I2CFault.removed), ("/dev/null", .notSupported), ("/dev", .other(code: 21)),
    ])
  func noBus(path: String, fault: I2CFault) throws {
    let address = try SensorModel.sht31.firstAddress
    let bus = LinuxI2CBus(name: "i2c1", path: path)
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
    let bus = LinuxI2CBus(name: "i2c7", path: "/dev/i2c-does-not-exist")
    for model in SensorModel.allCases {
      let settings = SensorSettings(inputs: DeviceRig.inputs)
      let sensor = makeSensor(model, at: try model.firstAddress, settings: settings)
      let error = #expect(throws: SensorError.self) { try sensor.trigger(on: bus, at: .zero) }
      #expect(error?.description.contains("i2c7") == true)
    }
  }
}
