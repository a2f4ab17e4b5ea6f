// What only the SCD4x has: its own pace, its settings, its recalibration.

import Climate
import Drivers
import Simulator
import Testing

@Suite("SCD4x")
struct SCD4xTests {
  private let clock = VirtualClock()
  private let probe = SimulatedProbe(seed: 1, noise: [:])
  private let bus: SimulatedBus
  private let device: SCD4xDevice
  private let sensor: SCD4x
  private let address: I2CAddress

  init() throws {
    address = try SensorModel.scd41.firstAddress
    bus = SimulatedBus(name: "test", clock: clock)
    device = SCD4xDevice(probe: probe)
    bus.attach(device, at: address)
    sensor = SCD4x(.scd41, at: address, altitude: 1_234.6)
  }

  private func wait(_ duration: Duration) { clock.sleep(until: clock.now().advanced(by: duration)) }

  /// Asks once a second.
  /// - Returns: the CO2 values that came.
  private func values(seconds: Int) throws -> [Double] {
    try (0..<seconds).compactMap { _ in
      defer { wait(.seconds(1)) }
      return try sensor.measure(on: bus, clock: clock)?.value(.co2)
    }
  }

  @Test("asked every second it gives a new value every 5 s, and no error in between")
  func period() throws {
    #expect(try values(seconds: 5).isEmpty)
    let values = try values(seconds: 100)
    #expect((19...21).contains(values.count))
    #expect(values.allSatisfy { $0 == 420 })
  }

  @Test("the altitude is set before it measures, within 0…3000 m")
  func altitude() throws {
    _ = try values(seconds: 1)
    #expect(device.altitude == 1_234)
    for (altitude, expected) in [(-50.0, 0), (5_000.0, 3_000)] as [(Double, UInt16)] {
      let sensor = SCD4x(.scd41, at: address, altitude: altitude)
      wait(.seconds(1))
      _ = try sensor.measure(on: bus, clock: clock)
      #expect(device.altitude == expected)
    }
  }

  @Test("the pressure can be told while it measures, within 700…1200 hPa")
  func pressure() throws {
    _ = try values(seconds: 10)
    for (pressure, expected) in [(962.6, 963), (20.0, 700), (9_000.0, 1_200)] as [(Double, UInt16)] {
      try sensor.setPressure(pressure, on: bus)
      wait(.milliseconds(1))
      #expect(device.pressure == expected)
    }
    #expect(try values(seconds: 10).count == 2)
  }

  @Test("a forced recalibration after three minutes tells the correction, and the values follow")
  func recalibration() throws {
    device.reset()
    probe.offsets = [.co2: 80]
    #expect(try values(seconds: 200).last == 500)
    #expect(try sensor.recalibrate(to: 420, on: bus, clock: clock) == -80)
    let after = try values(seconds: 20)
    #expect(!after.isEmpty && after.allSatisfy { $0 == 420 })
  }

  @Test("a forced recalibration that the sensor refuses is an error, and it measures again")
  func refusedRecalibration() throws {
    _ = try values(seconds: 60)
    #expect(throws: SensorError.self) { try sensor.recalibrate(to: 420, on: bus, clock: clock) }
    #expect(try values(seconds: 20).count >= 2)
  }

  @Test(
    "a recalibration to what no outdoor air has is refused before the bus is used",
    arguments: [0, 399, 2_001, -5, 70_000])
  func senselessRecalibration(concentration: Int) {
    #expect(throws: SensorError.self) { try sensor.recalibrate(to: concentration, on: bus, clock: clock) }
    #expect(bus.transfers == 0)
  }

  @Test("when it was reset it gives no value, and is started again after 15 s")
  func reset() throws {
    #expect(try !values(seconds: 20).isEmpty)
    device.reset()
    var errors = 0
    var secondsToValue = 0
    for second in 1...40 where secondsToValue == 0 {
      do {
        if try sensor.measure(on: bus, clock: clock) != nil { secondsToValue = second }
      } catch {
        #expect(error == .deviceReset)
        errors += 1
      }
      wait(.seconds(1))
    }
    #expect(errors == 1)
    #expect((15...25).contains(secondsToValue))
    #expect(device.altitude == 1_234)
  }
}
